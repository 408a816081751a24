"""The inquiry and the estimate over HTTP: stored whole, or shown again with what was typed."""

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.core import signing
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import intake
from admissions.forms.fields import readable
from admissions.forms.inquiry import DOORS, EstimateForm, InquiryForm
from admissions.models import ConsentWording, Inquiry, Lead, StatusAccess
from admissions.views import base
from admissions.views.base import LEADS_ON_SECONDS
from tests.admissions.conftest import dump, writes_fail
from tests.factories import inquiry_post
from tests.pages import field_names, fields_of

pytestmark = pytest.mark.usefixtures("wordings", "texts_wording", "provider")

FORM = "application/x-www-form-urlencoded"
PHONE = "617-555-0199"


@dataclass(frozen=True)
class Page:
    """A public form as the tests need it."""

    name: str
    url: str
    form: type[InquiryForm]

    model = Inquiry

    def post(self, **changes: Any) -> dict[str, str]:
        own = {"someone": {"relationship": "friend"}, "professional": {"organization": "A clinic"}}
        return inquiry_post(**{**own.get(self.name, {}), "role": None, **changes})

    @property
    def texts(self) -> tuple[str, ...]:
        """The fields that take any text."""
        return tuple(name for name in self._names() if name not in self.choices)

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(name for name in self._names() if name in CHOICES)

    def _names(self) -> list[str]:
        ticks = ("voicemail_ok", "email_ok", "may_say_who", "needs_interpreter")
        shown = self.form.base_fields.keys() - {*self.form.left_out, *ticks}
        return sorted(name for name in shown if name in TYPED)

    def filled(self) -> dict[str, str]:
        """Return a valid post in which every free-text field holds something."""
        typed = {"phone": "617-555-0142", "email": "qx@example.org"}
        return self.post(**{name: typed.get(name, f"Qx {name}") for name in self.texts})


CHOICES = (
    "relationship",
    "patient_knows",
    "preferred_channel",
    "age_band",
    "track",
    "time_of_day",
    "coverage_kind",
)
# A value of each field that has to be mended.
BAD = {
    "first_name": "x" * 101,
    "last_name": "x" * 101,
    "phone": "12 Qx",
    "email": "qx at example",
    "organization": "x" * 161,
    "job_title": "x" * 121,
    "preferred_channel": "pigeon",
    "good_times": "x" * 201,
    "do_not_speak_to": "x" * 301,
    "age_band": "old",
    "track": "nowhere",
    "time_of_day": "dawn",
    "coverage_kind": "gold",
    "language": "x" * 41,
    "access_needs": "x" * 301,
    "heard_from": "x" * 161,
    "message": "x" * 2001,
    "relationship": "boss",
    "patient_knows": "perhaps",
}
TYPED = tuple(BAD)
PAGES = [
    *(Page(door, f"/admissions/inquiry/{door}/", form) for door, form in DOORS.items()),
    Page("estimate", "/admissions/estimate/", EstimateForm),
]
INQUIRY = PAGES[0]
every = pytest.mark.parametrize("form", PAGES, ids=lambda form: form.name)


def text_of(response: Any) -> str:
    return response.content.decode()


def says_thanks(response: Any) -> bool:
    return "thank you" in text_of(response).lower()


def nothing_stored(form: Page) -> bool:
    return not (form.model.objects.exists() or Lead.objects.exists())


def reference_on(client: Client, response: Any) -> str:
    """Follow a redirect to the confirmation and return the reference that it shows."""
    assert response.status_code in (302, 303)
    shown = client.get(response["Location"])
    assert shown.status_code == 200
    (reference,) = (
        one
        for one in StatusAccess.objects.values_list("reference", flat=True)
        if one in text_of(shown)
    )
    return reference


# -- the empty form


@every
def test_form_is_shown_and_kept_by_nobody(client: Client, form: Page) -> None:
    response = client.get(form.url)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert PHONE in text_of(response)
    assert not says_thanks(response)
    assert client.head(form.url).status_code == 200


@every
def test_form_has_every_field_and_its_hidden_ones(client: Client, form: Page) -> None:
    names = field_names(client.get(form.url).content)
    assert names >= {*form.texts, *form.choices}
    assert names >= {"csrfmiddlewaretoken", "idempotency_key", "wordings_shown"}


@every
def test_form_as_it_is_shown_can_be_sent(form: Page) -> None:
    client = Client(enforce_csrf_checks=True)
    shown = fields_of(client.get(form.url).content)
    typed = form.post()
    response = client.post(form.url, {**typed, **{k: v for k, v in shown.items() if v}})
    reference_on(client, response)
    assert str(form.model.objects.get().idempotency_key) == shown["idempotency_key"]


@every
def test_address_fills_in_nothing(client: Client, form: Page) -> None:
    query = urlencode(dict.fromkeys(form.texts, "Qxquery"))
    assert "Qxquery" not in text_of(client.get(f"{form.url}?{query}"))


@every
@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_are_refused(client: Client, form: Page, method: str) -> None:
    assert getattr(client, method)(form.url).status_code == 405


# -- sent


@every
def test_form_that_is_right_is_stored_and_confirmed(client: Client, form: Page) -> None:
    response = client.post(form.url, form.filled())
    reference = reference_on(client, response)
    lead = Lead.objects.get()
    assert lead.reference == reference
    answers = form.model.objects.get().answers
    assert answers["first_name"] == "Qx first_name"
    assert lead.notices.filter(audience="desk").exists()


@pytest.mark.shows("ASVS 14.2.1")
@every
def test_redirect_holds_no_word_of_what_was_sent(client: Client, form: Page) -> None:
    location = client.post(form.url, form.filled())["Location"]
    assert location.startswith("/admissions/sent/")
    for word in ("first_name", "message", "0142", "example"):  # parts of what was typed
        assert word not in location


@every
def test_confirmation_is_kept_by_nobody_and_can_be_refreshed(client: Client, form: Page) -> None:
    location = client.post(form.url, form.filled())["Location"]
    before = dump()
    for _ in range(3):
        shown = client.get(location)
        assert shown.status_code == 200
        assert shown["Cache-Control"] == "no-store"
        assert says_thanks(shown)
        assert Lead.objects.get().reference in text_of(shown)
        assert "Qx " not in text_of(shown)  # a random token may hold the two letters
        assert PHONE in text_of(shown)
    assert dump() == before
    assert client.post(location).status_code == 405


@every
def test_form_sent_twice_is_stored_once_with_one_reference(client: Client, form: Page) -> None:
    data = form.post()
    first = reference_on(client, client.post(form.url, data))
    before = dump()
    assert reference_on(client, client.post(form.url, data)) == first
    assert dump() == before


@every
def test_form_sent_from_two_tabs_is_one_lead_with_two_references(
    client: Client, form: Page
) -> None:
    """Who sends a phone number and a name has not proved to be who sent them first.

    A professional may write about two people: that is two leads, of which one points to the other.
    """
    first = reference_on(client, client.post(form.url, form.post()))
    assert reference_on(client, client.post(form.url, form.post())) != first
    joins = form.name != "professional"
    assert Lead.objects.count() == (1 if joins else 2)
    assert form.model.objects.count() == 2
    opened = sorted(StatusAccess.objects.values_list("opened_lead", flat=True))
    assert opened == [not joins, True]


def token(value: Any, salt: str = base._SALT) -> str:
    return signing.dumps(value, salt=salt)


FORGED = {
    "word": "x",
    "parts": "a:b:c",
    "other script": "é:ü:ß",
    "colons": ":" * 200,
    "long": "x" * 3000,
    "path": "..%2f..%2fetc",
    "changed end": token(["inquiry", "ABCDEFGH"])[:-1] + "!",
    "changed start": "A" + token(["inquiry", "ABCDEFGH"]),
    "of Django": token(["inquiry", "ABCDEFGH"], salt="django.core.signing"),
    "of another page": token(["inquiry", "ABCDEFGH"], salt="another"),
    "no pair": token("ABCDEFGH"),
    "one of two": token(["inquiry"]),
    "three": token(["inquiry", "ABCDEFGH", "more"]),
    "nothing": token(None),
    "number": token(7),
}


@pytest.mark.shows("ASVS 9.1.1", "ASVS 9.1.2")
@pytest.mark.parametrize("forged", FORGED)
def test_confirmation_that_was_not_given_out_is_not_found(client: Client, forged: str) -> None:
    response = client.get(f"/admissions/sent/{quote(FORGED[forged])}/")
    assert response.status_code == 404
    assert not says_thanks(response)


@pytest.mark.shows("ASVS 9.1.3")
def test_confirmation_of_another_site_is_not_found(client: Client, settings: Any) -> None:
    location = client.post(INQUIRY.url, INQUIRY.post())["Location"]
    settings.SECRET_KEY = "another-" + "y" * 50
    assert client.get(location).status_code == 404


# -- something to mend


@pytest.mark.shows("ASVS 2.2.1")
@pytest.mark.parametrize(
    ("form", "name"),
    [(form, name) for form in PAGES for name in (*form.texts, *form.choices)],
    ids=lambda value: getattr(value, "name", value),
)
def test_field_to_mend_is_shown_with_all_that_was_typed(
    client: Client, form: Page, name: str
) -> None:
    data = {**form.filled(), name: BAD[name]}
    response = client.post(form.url, data)
    assert response.status_code == 422
    assert response["Cache-Control"] == "no-store"
    shown = fields_of(response.content)
    for field in {*form.texts, "idempotency_key"}:
        assert shown[field] == data[field], field
    for field in form.choices:
        if field != name and field in data:
            assert shown[field] == data[field], field
    for field in data:
        if field.startswith("agree_"):
            assert shown[field] == "on"
    assert not says_thanks(response)
    assert nothing_stored(form)


@pytest.mark.shows("ASVS 2.1.1")
def test_every_field_of_every_form_is_broken_above() -> None:
    ticks = {"voicemail_ok", "email_ok", "may_say_who", "needs_interpreter"}
    technical = {*InquiryForm._technical}
    assert set(InquiryForm.base_fields) - ticks - technical == set(BAD)


@every
def test_form_that_was_mended_is_stored(client: Client, form: Page) -> None:
    wrong = client.post(form.url, {**form.filled(), "phone": "12"})
    again = {k: v for k, v in fields_of(wrong.content).items() if v}
    response = client.post(form.url, {**again, "phone": "617-555-0142"})
    reference_on(client, response)


@pytest.mark.shows("ASVS 1.1.2", "ASVS 1.2.1")
@every
def test_what_was_typed_is_shown_as_text_and_never_runs(client: Client, form: Page) -> None:
    attack = "\"'><script>alert(1)</script>{{7*7}}{% now %}<img src=x onerror=alert(1)>"
    response = client.post(form.url, {**dict.fromkeys(form.texts, attack)})
    assert response.status_code == 422
    assert "<script>alert(1)" not in text_of(response)
    assert "<img src=x" not in text_of(response)
    assert fields_of(response.content)["first_name"] == attack


@pytest.mark.shows("ASVS 2.2.2")
@every
def test_form_with_nothing_in_it_is_shown_again(client: Client, form: Page) -> None:
    for data in ({}, {"unknown": "x"}, {"csrfmiddlewaretoken": "x"}):
        response = client.post(form.url, data)
        assert response.status_code == 422
    assert nothing_stored(form)


# -- the database is away


@every
@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_form_that_cannot_be_stored_is_kept_and_says_so(
    client: Client,
    form: Page,
    fault: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def away(**kwargs: Any) -> None:
        raise fault("connection to 10.1.2.3 failed for Qx")

    monkeypatch.setattr(intake, "submit_inquiry", away)
    data = form.filled()
    with caplog.at_level(logging.DEBUG):
        response = client.post(form.url, data)
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert response["Cache-Control"] == "no-store"
    shown = fields_of(response.content)
    assert {name: shown[name] for name in data} == data
    assert PHONE in text_of(response)
    assert "Nothing was sent" in text_of(response)
    assert not says_thanks(response)
    assert "10.1.2.3" not in text_of(response) + caplog.text
    assert "Qx" not in caplog.text

    monkeypatch.undo()
    reference_on(client, client.post(form.url, {k: v for k, v in shown.items() if v}))


@every
@pytest.mark.parametrize("table", ["admissions_lead", "admissions_leadevent"])
def test_form_on_a_full_disk_is_kept_and_nothing_is_stored(
    client: Client, form: Page, table: str
) -> None:
    before, data = dump(), form.filled()
    with writes_fail(table):
        response = client.post(form.url, data)
    assert response.status_code == 503
    assert not says_thanks(response)
    assert fields_of(response.content)["first_name"] == data["first_name"]
    assert dump() == before
    reference_on(client, client.post(form.url, data))


@every
def test_form_is_shown_and_kept_while_every_query_fails(client: Client, form: Page) -> None:
    client.get(form.url)  # what the pages need was read once
    data = form.filled()

    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        shown = client.get(form.url)
        response = client.post(form.url, data)
    assert shown.status_code == 200
    assert PHONE in text_of(shown)
    assert response.status_code == 503
    assert PHONE in text_of(response)
    assert not says_thanks(response)
    kept = fields_of(response.content)
    assert {name: kept[name] for name in data} == data
    assert nothing_stored(form)


@every
def test_confirmation_needs_no_database(client: Client, form: Page) -> None:
    location = client.post(form.url, form.post())["Location"]

    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        assert client.get(location).status_code == 200


# -- the protection cookie


@every
@pytest.mark.parametrize("cookie", [None, "", "x" * 32, "wrong"])
def test_form_without_its_cookie_is_kept_and_says_so(form: Page, cookie: str | None) -> None:
    client = Client(enforce_csrf_checks=True)
    if cookie is not None:
        client.cookies["csrftoken"] = cookie
    data = form.filled()
    response = client.post(form.url, {**data, "csrfmiddlewaretoken": "y" * 64})
    assert response.status_code == 403
    assert response["Cache-Control"] == "no-store"
    shown = fields_of(response.content)
    assert {name: shown[name] for name in data} == data
    assert PHONE in text_of(response)
    assert "was not sent" in text_of(response)
    assert not says_thanks(response)
    assert nothing_stored(form)

    again = client.post(form.url, {name: value for name, value in shown.items() if value})
    reference_on(client, again)  # the page that says so has a cookie that works


@pytest.mark.shows("ASVS 3.5.1")
@every
def test_form_from_another_site_is_not_stored(form: Page) -> None:
    client = Client(enforce_csrf_checks=True)
    shown = fields_of(client.get(form.url).content)
    response = client.post(
        form.url,
        {**form.post(), "csrfmiddlewaretoken": shown["csrfmiddlewaretoken"]},
        headers={"origin": "https://attacker.example"},
    )
    assert response.status_code == 403
    assert nothing_stored(form)


# -- what no browser sends


@every
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "application/xml",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        f"{FORM}; charset=utf-16",
        "",
        "x" * 500,
    ],
)
def test_body_of_a_foreign_type_is_refused(client: Client, form: Page, content_type: str) -> None:
    for body in (json.dumps(form.post()), urlencode(form.post()), "", "\x00\xff"):
        response = client.generic("POST", form.url, body.encode(), content_type=content_type)
        assert 400 <= response.status_code < 500
    assert nothing_stored(form)


@every
@pytest.mark.parametrize("name", ["first_name", "idempotency_key", "unknown"])
def test_body_that_is_far_too_large_is_refused(client: Client, form: Page, name: str) -> None:
    body = urlencode({**form.post(), name: "x" * 600_000})
    response = client.post(form.url, body, content_type=FORM)
    assert 400 <= response.status_code < 500
    assert nothing_stored(form)


@every
def test_body_that_is_far_too_large_is_refused_before_the_cookie_is_checked(form: Page) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(form.url, "first_name=" + "x" * 600_000, content_type=FORM)
    assert 400 <= response.status_code < 500


@every
def test_body_of_too_many_fields_is_refused(client: Client, form: Page) -> None:
    body = "&".join(f"f{number}=x" for number in range(500))
    assert 400 <= client.post(form.url, body, content_type=FORM).status_code < 500
    assert nothing_stored(form)


@pytest.mark.shows("ASVS 1.1.1")
@every
def test_bytes_that_are_no_utf8_are_no_fault(client: Client, form: Page) -> None:
    for name in form.texts:
        data = form.post()
        data.pop(name, None)
        for raw in ("%ff%fe", "%ed%a0%80", "a%00b", "%", "%zz", "%F0%9F"):
            body = f"{urlencode(data)}&{name}={raw}"
            response = client.post(form.url, body, content_type=FORM)
            assert response.status_code in (302, 303, 422), (name, raw)


@every
def test_null_bytes_in_every_field_are_no_fault(client: Client, form: Page) -> None:
    for name in (*form.texts, *form.choices, "idempotency_key", "wordings_shown", "agree_contact"):
        data = form.post()
        data[name] = f"\x00{data.get(name, '')}\x00"
        response = client.post(form.url, urlencode(data), content_type=FORM)
        assert response.status_code in (302, 303, 422), name


@pytest.mark.shows("ASVS 15.3.7")
@every
def test_field_that_comes_twice_is_no_fault(client: Client, form: Page) -> None:
    body = urlencode([*form.post().items(), *form.post().items()])
    assert client.post(form.url, body, content_type=FORM).status_code in (302, 303)
    assert form.model.objects.count() == 1


@pytest.mark.shows("ASVS 8.2.3", "ASVS 15.3.3")
@every
def test_fields_of_the_lead_cannot_be_set_from_outside(client: Client, form: Page) -> None:
    extra = {
        "status": "admitted",
        "owner": "1",
        "is_demo": "on",
        "reference": "HACKED22",
        "version": "99",
        "vob_status": "verified_viable",
        "close_reason": "spam",
        "lead": "1",
    }
    client.post(form.url, {**form.post(), **extra})
    lead = Lead.objects.get()
    assert lead.status == "new"
    assert lead.owner is None
    assert lead.is_demo is False
    assert lead.reference != "HACKED22"
    assert lead.vob_status in ("not_requested", "not_applicable")
    assert not set(extra) & set(form.model.objects.get().answers)


# -- anything at all

typed_text = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(["x" * 3000, "617-555-0101", "3", "1985", "01601", "a@example.org"]),
)


def fuzz(form: Page) -> Any:
    """Return a strategy of posts with arbitrary text in every field and a few left out."""
    return st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(form.texts, typed_text),
            **dict.fromkeys(form.choices, typed_text),
            "idempotency_key": typed_text,
            "wordings_shown": typed_text,
        },
    )


def check_kept_or_stored(client: Client, form: Page, typed: dict[str, str], base: Any) -> None:
    data = {**base, **typed}
    response = client.post(form.url, urlencode(data), content_type=FORM)
    assert response.status_code in (302, 303, 422)
    if response.status_code == 422:
        shown = fields_of(response.content)
        for name in form.texts:
            assert shown[name] == data.get(name, ""), name
    else:
        answers = form.model.objects.order_by("-id")[0].answers
        assert answers["first_name"] == readable(data.get("first_name", "")).strip()
        assert answers["message"] == readable(data.get("message", ""))


fuzzing = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@every
@fuzzing
@given(data=st.data())
def test_anything_typed_into_a_form_is_kept_or_stored(
    client: Client, form: Page, data: st.DataObject
) -> None:
    check_kept_or_stored(client, form, data.draw(fuzz(form)), form.post())


@fuzzing
@given(
    first=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100),
    message=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300),
)
def test_inquiry_in_any_script_is_stored_word_for_word(
    client: Client, first: str, message: str
) -> None:
    data = INQUIRY.post(first_name=first, message=message)
    response = client.post(INQUIRY.url, urlencode(data), content_type=FORM)
    if not readable(first).strip():
        assert response.status_code == 422
        return
    reference = reference_on(client, response)
    inquiry = Inquiry.objects.order_by("-id")[0]
    assert inquiry.access.reference == reference
    assert inquiry.answers["first_name"] == readable(first).strip()
    assert inquiry.answers["message"] == readable(message)


def test_addresses_are_those_that_others_link_to() -> None:
    assert reverse("admissions:inquiry") == "/admissions/inquiry/"
    assert [reverse("admissions:inquiry-door", args=[door]) for door in DOORS] == [
        page.url for page in PAGES[:3]
    ]


def test_form_whose_consents_cannot_be_asked_for_takes_nothing(client: Client) -> None:
    ConsentWording.objects.filter(topic="texts").delete()
    answer = client.post(INQUIRY.url, inquiry_post(last_name="Keepsake"))
    assert answer.status_code == 503
    assert "Keepsake" in answer.content.decode()
    assert not Inquiry.objects.exists()


def test_ways_on_from_a_confirmation_end_after_a_day(client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        location = client.post(INQUIRY.url, INQUIRY.post())["Location"]
        assert client.get(location).context["leads_on"] is True
        clock.shift(timedelta(seconds=LEADS_ON_SECONDS + 1))
        later = client.get(location)
        assert (later.status_code, later.context["leads_on"]) == (200, False)
        assert later.context["code"] == ""


def test_a_way_on_that_there_is_not_is_not_found(client: Client) -> None:
    location = client.post(INQUIRY.url, INQUIRY.post())["Location"]
    assert client.post(f"{location}nowhere/").status_code == 404
