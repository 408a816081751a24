"""What people write stands nowhere but encrypted: not in a table, a log line or a mail."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client

from admissions import intake, mails, outbox, triage
from admissions.enums import AttemptResult, Channel, CloseReason, LeadStatus
from admissions.forms.fields import PlainText
from admissions.forms.inquiry import SomeoneForm
from admissions.forms.insurance_check import FORMS
from admissions.models import Inquiry, InsuranceVerification, Lead
from iop_site.logs import AllowListFormatter
from tests.admissions.conftest import dump
from tests.factories import inquiry_post, insurance_step

pytestmark = pytest.mark.usefixtures("wordings", "insurance_wordings", "texts_wording", "provider")

INQUIRY = {
    "first_name": "Canaryfirst",
    "last_name": "Canarylast",
    "phone": "617-555-0142",
    "email": "canarymail@example.org",
    "relationship": "parent",
    "age_band": "65_plus",
    "good_times": "Canarytimes",
    "do_not_speak_to": "Canaryavoid",
    "language": "Canarylanguage",
    "access_needs": "Canaryaccess",
    "heard_from": "Canaryheard",
    "message": "Canarymessage",
}
INSURANCE = {
    "role": "family",
    "relationship": "parent",
    "last_name": "Canarylast",
    "good_times": "Canarytimes",
    "do_not_speak_to": "Canaryavoid",
    "language": "Canarylanguage",
    "employer": "Canaryemployer",
    "first_name": "Canaryfirst",
    "phone": "617-555-0142",
    "email": "canaryother@example.org",
    "patient_legal_name": "Canarypatient",
    "patient_birth_date_month": "11",
    "patient_birth_date_day": "23",
    "patient_birth_date_year": "1951",
    "payer_other": "Canarypayer",
    "member_id": "CANARYMEMBER1",
    "group_number": "Canarygroup",
    "plan_type": "Canaryplan",
    "behavioral_health_phone": "800-555-0143",
    "zip_code": "01699",
    "relationship_to_subscriber": "child",
    "subscriber_name": "Canarysubscriber",
    "subscriber_birth_date_month": "12",
    "subscriber_birth_date_day": "24",
    "subscriber_birth_date_year": "1931",
    "secondary_coverage": "Canarysecondary",
}
URL = "/admissions/inquiry/someone/"
# What would betray a person: the marked words, the numbers and dates in any of their writings.
TRACES = ("canary", "555-0142", "5550142", "555-0143", "5550143", "01699", "1951-11", "1931-12")


def traces_in(text: str) -> list[str]:
    lowered = text.lower()
    return [trace for trace in TRACES if trace in lowered]


class _Lines(logging.Handler):
    """Keeps every line as it would be written, by our formatter and by a plain one."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.ours: list[str] = []
        self.plain: list[str] = []
        self._formatter = AllowListFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        self.ours.append(self._formatter.format(record))
        self.plain.append(f"{record.getMessage()} {vars(record)}")


@pytest.fixture
def lines() -> Iterator[_Lines]:
    handler = _Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def both_sent(client: Client, lines: _Lines, settings: Any) -> Lead:
    """Send both forms with a marked word in every field."""
    settings.SPAM_MINIMUM_SECONDS = 0  # this robot is welcome
    assert client.post(URL, inquiry_post(**INQUIRY)).status_code in (302, 303)
    send_pages(client)
    return Lead.objects.get()


def send_pages(client: Client) -> Any:
    """Send every page of the insurance form, and return the answer to the last one."""
    url = "/admissions/insurance/"
    for step in FORMS:
        wanted = FORMS[step].base_fields.keys() & INSURANCE.keys()
        data = insurance_step(step, **{name: INSURANCE[name] for name in wanted})
        if step in ("who", "subscriber"):
            data |= {k: v for k, v in INSURANCE.items() if "birth_date" in k}
        response = client.post(url, data)
        if step == "check":
            break
        assert response.status_code == 302, (step, response.content)
        url = client.get(response["Location"], follow=True).request["PATH_INFO"]
    return response


def tables_with_traces() -> dict[str, list[str]]:
    found = {}
    for table, rows in dump().items():
        for row in rows:
            traces = traces_in(" ".join(str(value) for value in row))
            if traces:
                found.setdefault(table, []).extend(traces)
    return found


@pytest.mark.shows("45 CFR 164.312(a)(2)(iv)", "ASVS 14.2.4")
def test_no_table_holds_what_was_written(both_sent: Lead) -> None:
    # What is looked for is really there, and only encrypted.
    assert Inquiry.objects.get().answers["message"] == "Canarymessage"
    assert InsuranceVerification.objects.get().answers["member_id"] == "CANARYMEMBER1"
    assert both_sent.phone == "+1 617-555-0142"
    assert tables_with_traces() == {}


def test_every_text_that_can_be_written_is_marked() -> None:
    forms_marked = [(SomeoneForm(), INQUIRY), *((form(), INSURANCE) for form in FORMS.values())]
    for form, marked in forms_marked:
        for name, field in form.fields.items():
            if isinstance(field, PlainText):
                assert name in marked, name


@pytest.mark.shows("45 CFR 164.312(a)(2)(iv)", "ASVS 14.2.4")
def test_no_table_holds_what_staff_wrote(both_sent: Lead, coordinator: User) -> None:
    triage.claim(lead=both_sent, by=coordinator)
    triage.log_attempt(
        lead=both_sent,
        channel=Channel.PHONE,
        result=AttemptResult.TALKED,
        by=coordinator,
        note="Canarycall",
    )
    triage.add_note(lead=both_sent, text="Canarynote", by=coordinator)
    both_sent.refresh_from_db()
    triage.transition(
        lead=both_sent,
        to=LeadStatus.CLOSED,
        by=coordinator,
        version=both_sent.version,
        reason=CloseReason.REFERRED_OUT,
        referred_to="Canaryclinic",
        note="Canaryclosing",
    )
    assert tables_with_traces() == {}


def test_no_log_line_holds_what_was_written(both_sent: Lead, lines: _Lines) -> None:
    outbox.send_due(mails.compose)
    assert len(lines.ours) >= 2
    assert traces_in("\n".join(lines.ours)) == []
    # SQL is logged with its values only in debug mode, which is off; nothing else says them.
    said = [line for line in lines.plain if "django.db" not in line]
    assert traces_in("\n".join(said)) == []
    assert all(json.loads(line) for line in lines.ours)


def test_no_mail_holds_what_was_written(both_sent: Lead, mailoutbox: list[Any]) -> None:
    assert outbox.send_due(mails.compose) >= 2
    assert len(mailoutbox) >= 2
    for mail in mailoutbox:
        assert traces_in(f"{mail.subject} {mail.body} {mail.to} {mail.extra_headers}") == []
        assert traces_in(mail.message().as_string()) == []


@pytest.mark.parametrize("fault", [OperationalError, ValueError])
def test_no_log_line_holds_what_could_not_be_stored(
    lines: _Lines, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    """A fault quotes what it failed on; a traceback holds the variables."""

    def fail(**kwargs: Any) -> None:
        raise fault(f"cannot store {kwargs}")

    monkeypatch.setattr(intake, "submit_inquiry", fail)
    monkeypatch.setattr(intake, "submit_insurance", fail)
    client = Client(raise_request_exception=False)
    assert client.post(URL, inquiry_post(**INQUIRY)).status_code in (500, 503)
    assert send_pages(client).status_code in (500, 503)
    assert any('"ERROR"' in line for line in lines.ours)
    assert traces_in("\n".join(lines.ours)) == []


def test_no_log_line_holds_what_had_to_be_mended(client: Client, lines: _Lines) -> None:
    url, form = URL, "application/x-www-form-urlencoded"
    answers = [
        client.post(url, inquiry_post(**INQUIRY | {"age_band": "canary"})),
        client.post(url, "first_name=canary&" + "x" * 600_000, content_type=form),
        client.get(f"{url}?first_name=canary"),
        client.get("/admissions/sent/canary/"),
        client.get("/canary/"),
        Client(enforce_csrf_checks=True).post(url, inquiry_post(**INQUIRY)),
    ]
    assert [answer.status_code for answer in answers] == [422, 413, 200, 404, 404, 403]
    assert len(lines.ours) >= len(answers)
    assert traces_in("\n".join(lines.ours)) == []
