"""A log line holds what the code says, never what a person typed."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from iop_site.logs import ALLOWED, AllowListFormatter

CANARY = "canary-617-555-0101"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the root logger writes during the test, as production would write it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(AllowListFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.shows("ASVS 16.2.2", "ASVS 16.2.4", "ASVS 16.4.1")
def test_a_line_is_one_json_object_with_time_level_and_logger(stream: io.StringIO) -> None:
    logging.getLogger("iop.test").warning("first\nsecond")
    (line,) = lines(stream)
    assert line["message"] == "first\nsecond"
    assert line["level"] == "WARNING"
    assert line["logger"] == "iop.test"
    assert line["timestamp"].endswith("+00:00")


@pytest.mark.shows("ASVS 16.1.1", "ASVS 16.2.3", "ASVS 16.2.5")
def test_only_allowed_keys_are_written(stream: io.StringIO) -> None:
    logging.getLogger("iop.test").warning(
        "form not stored", extra={"kind": "inquiry", "phone": CANARY, "request": CANARY}
    )
    (line,) = lines(stream)
    assert line["kind"] == "inquiry"
    assert set(line) <= ALLOWED | {"message", "level", "logger", "timestamp"}
    assert CANARY not in stream.getvalue()


@pytest.mark.shows("ASVS 16.2.5")
def test_arguments_of_a_message_are_left_out(stream: io.StringIO) -> None:
    logging.getLogger("iop.test").warning("could not reach %s", CANARY)
    (line,) = lines(stream)
    assert line["message"] == "could not reach %s"
    assert CANARY not in stream.getvalue()


@pytest.mark.shows("ASVS 16.3.4")
def test_of_an_exception_type_and_place_are_kept_and_its_text_is_not(stream: io.StringIO) -> None:
    typed = CANARY
    try:
        raise ValueError(f"bad value {typed}")
    except ValueError:
        logging.getLogger("iop.test").exception("failed")
    (line,) = lines(stream)
    assert line["error_type"] == "builtins.ValueError"
    assert line["where"][-1].startswith("tests/iop_site/test_logs.py:")
    assert CANARY not in stream.getvalue()


def test_an_exception_as_the_message_is_its_type(stream: io.StringIO) -> None:
    error = ValueError(f"bad value {CANARY}")
    logging.getLogger("iop.test").error(error)
    logging.getLogger("iop.test").error(str(error), exc_info=error)
    assert [line["message"] for line in lines(stream)] == ["ValueError", "ValueError"]
    assert CANARY not in stream.getvalue()


def test_stack_and_unknown_objects_are_left_out(stream: io.StringIO) -> None:
    logging.getLogger("iop.test").warning(
        "with stack", stack_info=True, extra={"person": {"name": CANARY}}
    )
    assert "Stack" not in stream.getvalue()
    assert CANARY not in stream.getvalue()


@pytest.mark.django_db
def test_a_request_is_logged_by_its_route_and_never_by_its_address(stream: io.StringIO) -> None:
    client = Client()
    client.get(f"/articles/{CANARY}/?name={CANARY}", headers={"referer": CANARY})
    client.get(f"/nowhere/{CANARY}")
    known, unknown = [line for line in lines(stream) if line["logger"] == "iop.request"]
    assert known["route"] == "articles/<slug:slug>/"
    assert known["method"] == "GET"
    assert known["status"] == 404
    assert known["duration_ms"] >= 0
    assert unknown["route"] == ""
    assert CANARY not in stream.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"host": f"{CANARY}.example.com"},
        {"host": f"testserver:{CANARY}"},
        {"cookie": f"csrftoken={CANARY}"},
        {"content-type": f"multipart/form-data; boundary={CANARY}"},
    ],
)
def test_what_a_refused_request_sent_is_not_logged(
    stream: io.StringIO, headers: dict[str, str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.post("/contact/", data=CANARY, content_type="text/plain", headers=headers)
    assert lines(stream)
    assert CANARY not in stream.getvalue()


@pytest.mark.django_db
def test_a_fault_in_a_query_is_logged_without_its_values(stream: io.StringIO) -> None:
    from django.contrib.auth.models import Group
    from django.db import DatabaseError, transaction

    try:
        with transaction.atomic():
            Group.objects.create(pk=990_001, name=CANARY)
            Group.objects.create(pk=990_002, name=CANARY)
    except DatabaseError:
        logging.getLogger("iop.test").exception("not stored")
    (line,) = lines(stream)
    assert line["error_type"].endswith("IntegrityError")
    assert CANARY not in stream.getvalue()
