"""Reports of breaches of the policy: both formats, nobody named in the log, no way to flood it."""

import json
import logging
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.test import Client

from iop_site.csp_reports import LARGEST, LINES_A_MINUTE
from iop_site.logs import ALLOWED

ADDRESS = "/csp-reports"
OLD, NEW = "application/csp-report", "application/reports+json"
START, MINUTES = datetime(2026, 3, 4, 14, 0, tzinfo=UTC), count(step=2)
PAGE = "http://testserver/admissions/status/canary-token/?canary=1#canary"


@pytest.fixture(autouse=True)
def a_minute_of_its_own() -> Any:
    """Each test has its own minute, since lines are counted by minutes."""
    with time_machine.travel(START + timedelta(minutes=next(MINUTES)), tick=False) as clock:
        yield clock


def old(**changes: str) -> Any:
    body = {
        "document-uri": PAGE,
        "referrer": "https://elsewhere.example/canary",
        "violated-directive": "script-src 'self'",
        "blocked-uri": "https://evil.example:8443/canary.js?canary",
        "script-sample": "canary",
        **changes,
    }
    return {"csp-report": body}


def new(**changes: str) -> Any:
    body = {
        "documentURL": PAGE,
        "effectiveDirective": "script-src-elem",
        "blockedURL": "inline",
        "sample": "canary",
        **changes,
    }
    return {"type": "csp-violation", "age": 5, "url": PAGE, "user_agent": "canary", "body": body}


def send(client: Client, report: Any, kind: str) -> int:
    data = report if isinstance(report, bytes | str) else json.dumps(report)
    answer = client.post(ADDRESS, data, content_type=kind)
    assert not answer.cookies
    return answer.status_code


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    names = ("directive", "blocked", "route")
    found = [one for one in caplog.records if one.name == "iop.csp"]
    return [{name: getattr(one, name) for name in names} for one in found]


def test_report_of_each_format_is_a_line_without_an_address(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    guarded = Client(enforce_csrf_checks=True)
    assert send(guarded, old(), OLD) == 204
    assert send(guarded, [new(), {"type": "csp-violation", "body": {}}], NEW) == 204
    route = "admissions/status/<str:token>/"
    assert lines(caplog) == [
        {"directive": "script-src", "blocked": "evil.example", "route": route},
        {"directive": "script-src-elem", "blocked": "inline", "route": route},
        {"directive": "other", "blocked": "other", "route": ""},
    ]
    assert "canary" not in str([vars(one) for one in caplog.records])
    assert {"directive", "blocked", "route"} <= ALLOWED


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"blocked-uri": "http://testserver/static/x.js"}, {"blocked": "self"}),
        ({"blocked-uri": "data:text/html,canary"}, {"blocked": "data"}),
        ({"blocked-uri": "https://[canary"}, {"blocked": "other"}),
        ({"blocked-uri": "https://" + "a" * 101}, {"blocked": "other"}),
        ({"blocked-uri": 'https://a"\r\n{}'}, {"blocked": "other"}),
        ({"effective-directive": "Canary Quill 617"}, {"directive": "other"}),
        ({"document-uri": "https://[canary"}, {"route": ""}),
        ({"document-uri": "http://testserver/canary/"}, {"route": ""}),
    ],
)
def test_what_is_odd_in_a_report_is_not_kept(
    client: Client, caplog: pytest.LogCaptureFixture, changes: dict[str, str], kept: dict[str, str]
) -> None:
    assert send(client, old(**changes), OLD) == 204
    (line,) = lines(caplog)
    assert kept.items() <= line.items()


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_other_types_are_refused(client: Client, kind: str) -> None:
    assert send(client, "{}", kind) == 415


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (b" ", OLD),
        (b"\xff\xfe", OLD),
        ("{", OLD),
        ("null", OLD),
        ("[]", OLD),
        ("{}", OLD),
        ('"csp-report"', OLD),
        ('{"csp-report": 5}', OLD),
        ("[" * 60_000, OLD),
        ("5", NEW),
        ('{"type": 1}', NEW),
        ("[5]", NEW),
        ("[{}]", NEW),
        ('[{"type": "csp-violation"}]', NEW),
        ('[{"type": "csp-violation", "body": []}]', NEW),
    ],
)
def test_rubbish_is_refused_quietly(
    client: Client, caplog: pytest.LogCaptureFixture, sent: Any, kind: str
) -> None:
    assert send(client, sent, kind) == 400
    assert lines(caplog) == []


@pytest.mark.parametrize("size", [LARGEST + 1, 600_000])
def test_what_is_too_large_is_refused(client: Client, size: int) -> None:
    assert send(client, "x" * size, OLD) == 413


def test_reports_of_other_kinds_are_taken_and_dropped(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(client, [{"type": "deprecation", "body": {}}], NEW) == 204
    assert send(client, [], NEW) == 204
    assert lines(caplog) == []


def test_flood_fills_no_log(
    client: Client, caplog: pytest.LogCaptureFixture, a_minute_of_its_own: Any
) -> None:
    assert send(client, [new()] * 100, NEW) == 204
    assert send(client, old(), OLD) == 204
    assert len(lines(caplog)) == LINES_A_MINUTE
    a_minute_of_its_own.shift(60)
    assert send(client, old(), OLD) == 204
    assert len(lines(caplog)) == LINES_A_MINUTE + 1


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_reports_are_only_posted(client: Client, method: str) -> None:
    answer = getattr(client, method)(ADDRESS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
