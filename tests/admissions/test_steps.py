"""Forms of several pages over HTTP: in whatever order pages come, nothing that was typed is lost.

Shown on the insurance form, whose pages are the most.
"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from admissions import drafts
from admissions.enums import DraftKind
from admissions.models import Draft, InsuranceVerification, Lead, LeadEvent, StatusAccess
from admissions.views.insurance import InsuranceStepView
from tests.admissions.conftest import dump, writes_fail
from tests.admissions.wizard import FIRST, STEPS, Wizard
from tests.factories import inquiry_post, insurance_step, new_key
from tests.pages import fields_of

pytestmark = pytest.mark.usefixtures("wordings", "insurance_wordings", "texts_wording", "provider")

PHONE = "617-555-0199"
TYPED = {
    "who": {"patient_legal_name": "Qx patient"},
    "reach": {"first_name": "Qx first"},
    "coverage": {"member_id": "Qx12345678"},
    "subscriber": {
        "relationship_to_subscriber": "spouse",
        "subscriber_name": "Qx subscriber",
        "subscriber_birth_date_month": "Mar",
        "subscriber_birth_date_day": "27",
        "subscriber_birth_date_year": "1985",
    },
}
typing = pytest.mark.parametrize("step", TYPED)


@pytest.fixture
def wizard(client: Client) -> Wizard:
    return Wizard(client)


@pytest.fixture
def access(lead: Lead) -> StatusAccess:
    return StatusAccess.objects.get(lead=lead)


def text_of(response: Any) -> str:
    return response.content.decode()


def still_there(response: Any, step: str) -> bool:
    """Return whether all that was typed on a page stands on the page that is shown now."""
    shown = fields_of(response.content)
    return all(shown.get(name) == value for name, value in TYPED[step].items())


def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    raise OperationalError("connection to 10.1.2.3 failed for Qx")


# -- the way through


def test_first_page_begins_a_draft_and_leads_to_the_second(wizard: Wizard) -> None:
    response = wizard.begin()
    assert response.status_code == 302
    assert response["Location"] == f"{FIRST}{wizard.token}/"
    resumed = wizard.client.get(response["Location"])
    assert resumed["Location"] == wizard.url("reach")
    assert wizard.draft.answers["who"]["patient_legal_name"] == "Avery Quill"
    assert not Lead.objects.exists()


@pytest.mark.parametrize("number", range(1, 6))
def test_each_page_leads_to_the_next_and_back(wizard: Wizard, number: int) -> None:
    wizard.until(STEPS[number])
    shown = wizard.open(STEPS[number])
    assert shown.status_code == 200
    assert shown["Cache-Control"] == "no-store"
    assert f"Step {number + 1} of 6" in text_of(shown)
    assert f'href="{wizard.url(STEPS[number - 1])}"' in text_of(shown)
    assert f'action="{wizard.url(STEPS[number])}"' in text_of(shown)
    assert "noindex" in text_of(shown)
    assert "not watched for emergencies" in text_of(shown)
    assert "Leave this site now" in text_of(shown)


def test_page_shows_what_was_kept(wizard: Wizard) -> None:
    wizard.begin()
    for step, answers in TYPED.items():
        assert wizard.post(step, **answers).status_code == 302
    for step, typed in TYPED.items():
        shown = fields_of(wizard.open(step).content)
        assert {k: v for k, v in shown.items() if k in typed} == {
            **typed,
            **({"subscriber_birth_date_month": "3"} if step == "subscriber" else {}),
        }


def test_changed_page_leads_back_to_the_summary(wizard: Wizard) -> None:
    wizard.until("check")
    for step in STEPS[:-1]:
        assert wizard.post(step)["Location"] == wizard.url("check")


def test_page_in_the_middle_that_is_changed_early_leads_to_what_is_open(wizard: Wizard) -> None:
    wizard.until("subscriber")
    assert wizard.post("who")["Location"] == wizard.url("subscriber")


def test_link_leads_to_what_is_open(wizard: Wizard) -> None:
    for number, step in enumerate(STEPS[1:], 1):
        wizard.until(step)
        response = wizard.client.get(f"{FIRST}{wizard.token}/")
        assert response["Location"] == wizard.url(STEPS[number])


def test_page_says_until_when_it_is_kept_and_under_which_link(
    wizard: Wizard, settings: Any
) -> None:
    settings.SITE_URL = "https://iop.example.org"
    with time_machine.travel("2026-12-01T15:30:00Z", tick=False):
        wizard.begin()
        shown = text_of(wizard.open("reach"))
    assert "until Wednesday, December 2, 10:30 a.m." in shown
    assert f"https://iop.example.org{FIRST}{wizard.token}/" in shown


def test_address_holds_nothing_that_was_typed(wizard: Wizard) -> None:
    wizard.begin(patient_legal_name="Qxname")
    for step, answers in TYPED.items():
        location = wizard.post(step, **answers)["Location"].replace(wizard.token, "")
        assert "Qx" not in location
        assert "?" not in location


# -- out of order


@pytest.mark.shows("ASVS 2.3.1")
@pytest.mark.parametrize("step", STEPS[2:])
def test_page_out_of_reach_leads_to_the_first_that_is_open(wizard: Wizard, step: str) -> None:
    wizard.begin()
    assert wizard.open(step)["Location"] == wizard.url("reach")


@pytest.mark.parametrize("step", ["coverage", "subscriber"])
def test_page_that_is_sent_out_of_order_is_kept(wizard: Wizard, step: str) -> None:
    wizard.begin()
    assert wizard.post(step, **TYPED[step])["Location"] == wizard.url("reach")
    assert set(wizard.draft.answers) == {"who", step}
    wizard.post("reach")
    assert wizard.draft.answers["reach"]["first_name"] == "Avery"


def test_page_that_is_sent_out_of_order_with_a_fault_is_shown_again(wizard: Wizard) -> None:
    wizard.begin()
    response = wizard.post("coverage", payer="nobody", member_id="Qx1")
    assert response.status_code == 422
    assert fields_of(response.content)["member_id"] == "Qx1"


def test_last_page_sent_too_early_sends_nothing(wizard: Wizard) -> None:
    wizard.until("coverage", coverage=TYPED["coverage"])
    wizard.post("coverage")
    response = wizard.send()
    assert response["Location"] == wizard.url("subscriber")
    assert "check" not in wizard.draft.answers
    assert not Lead.objects.exists()


@pytest.mark.parametrize("step", ["nowhere", "suspicions", "discarded"])
def test_page_that_there_is_not_is_not_found(wizard: Wizard, step: str) -> None:
    wizard.begin()
    assert wizard.open(step).status_code == 404
    assert wizard.client.post(wizard.url(step), {}).status_code == 404


def test_page_that_is_not_asked_leads_on(wizard: Wizard, access: StatusAccess) -> None:
    wizard.goes_on_from(access)
    assert wizard.open("reach")["Location"] == wizard.url("who")
    assert wizard.post("reach")["Location"] == wizard.url("who")
    assert wizard.draft.answers == {}


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_are_refused(wizard: Wizard, method: str) -> None:
    wizard.begin()
    assert getattr(wizard.client, method)(wizard.url("who")).status_code == 405
    assert getattr(wizard.client, method)(f"{FIRST}{wizard.token}/").status_code == 405
    assert wizard.client.get(f"{FIRST}{wizard.token}/discard/").status_code == 405


def test_head_is_answered_like_get(wizard: Wizard) -> None:
    wizard.begin()
    assert wizard.client.head(wizard.url("reach")).status_code == 200
    assert wizard.client.head(wizard.url("check")).status_code == 302


# -- links that work no longer


@pytest.mark.parametrize("token", ["x", "x" * 32, "é", "..", "a.b", "x" * 2000, "%00", "<b>"])
def test_link_that_was_not_given_out_says_so(client: Client, token: str) -> None:
    pages = [f"{FIRST}{token}/", *(f"{FIRST}{token}/{step}/" for step in STEPS)]
    for address in pages:
        response = client.get(address)
        assert response.status_code == 404
        assert "This link works no longer" in text_of(response)
        assert PHONE in text_of(response)


def test_link_that_ran_out_says_the_same_as_one_that_never_was(wizard: Wizard) -> None:
    wizard.begin()
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        old, none = wizard.open("reach"), wizard.client.get(f"{FIRST}{'A' * 32}/reach/")
    assert old.status_code == none.status_code == 404
    assert text_of(old).replace(wizard.token, "A" * 32) == text_of(none)


@typing
def test_page_left_open_too_long_is_kept_in_a_new_draft(wizard: Wizard, step: str) -> None:
    """What was typed is shown again on a page of a new draft, which takes it."""
    wizard.until(step)
    page = wizard.url(step)
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        drafts.purge()
        response = wizard.client.post(page, insurance_step(step, **TYPED[step]))
        assert response.status_code == 410
        assert "What you typed on this page is still here" in text_of(response)
        assert PHONE in text_of(response)
        assert still_there(response, step)
        again = response.context["form"].helper.form_action
        assert again != page
        wizard.token = again.removeprefix(FIRST).split("/")[0]
        shown = {name: value for name, value in fields_of(response.content).items() if value}
        assert wizard.client.post(again, shown).status_code == 302
        assert set(wizard.draft.answers) == {step}


def test_page_left_open_for_19_hours_is_taken(wizard: Wizard) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=40)):
        wizard.until("subscriber")
    with time_machine.travel(timezone.now() - timedelta(hours=19)):
        wizard.post("subscriber")  # 21 hours after the page before it
    assert wizard.post("photos").status_code == 302
    assert wizard.send()["Location"].startswith("/admissions/sent/")


def test_last_page_of_a_draft_that_ran_out_says_so(wizard: Wizard) -> None:
    wizard.until("check")
    Draft.objects.all().delete()
    response = wizard.send()
    assert response.status_code == 404
    assert "This link works no longer" in text_of(response)
    assert not Draft.objects.exists()


def test_photos_for_a_draft_that_ran_out_have_to_be_chosen_again(wizard: Wizard) -> None:
    wizard.until("photos")
    Draft.objects.all().delete()
    response = wizard.post("photos")
    assert response.status_code == 410
    assert "Please choose them again." in text_of(response)


# -- after it was sent


def test_back_button_after_the_end_leads_to_what_was_sent(wizard: Wizard) -> None:
    wizard.until("check")
    sent = wizard.send()["Location"]
    before = dump()
    for step in STEPS:
        assert wizard.open(step)["Location"].startswith("/admissions/sent/")
        assert wizard.post(step)["Location"].startswith("/admissions/sent/")
    resumed = wizard.client.get(f"{FIRST}{wizard.token}/")
    discarded = wizard.client.post(f"{FIRST}{wizard.token}/discard/")
    reference = StatusAccess.objects.get().reference
    for response in (resumed, discarded, wizard.client.get(sent)):
        page = wizard.client.get(response["Location"]) if "Location" in response else response
        assert reference in text_of(page)
    assert dump() == before


def test_double_click_at_the_end_is_one_form(wizard: Wizard) -> None:
    wizard.until("check")
    places = {wizard.send()["Location"] for _ in range(3)}
    assert InsuranceVerification.objects.count() == 1
    assert all(place.startswith("/admissions/sent/") for place in places)


def test_first_page_sent_again_goes_on_with_the_same_draft(wizard: Wizard) -> None:
    key = new_key()
    wizard.begin(idempotency_key=key)
    wizard.until("check", coverage=TYPED["coverage"])
    token = wizard.token
    response = wizard.begin(idempotency_key=key, patient_legal_name="Corrected Name")
    assert wizard.token == token
    assert wizard.client.get(response["Location"])["Location"] == wizard.url("check")
    assert wizard.draft.answers["who"]["patient_legal_name"] == "Corrected Name"
    assert wizard.draft.answers["coverage"]["member_id"] == "Qx12345678"


def test_first_page_sent_again_after_the_end_begins_anew(wizard: Wizard) -> None:
    key = new_key()
    wizard.begin(idempotency_key=key)
    wizard.until("check").send()
    token = wizard.token
    wizard.begin(idempotency_key=key)
    assert wizard.token != token
    assert set(wizard.draft.answers) == {"who"}


class Meanwhile(InsuranceStepView):
    """A page during whose sending something happens to its draft in another tab."""

    happens: Any = None

    def keep(self, form: Any) -> None:
        type(self).happens(self.draft)
        super().keep(form)


def meanwhile(wizard: Wizard, rf: Any, happens: Any) -> HttpResponse:
    view = type("View", (Meanwhile,), {"happens": staticmethod(happens)}).as_view()
    page = rf.post(wizard.url("coverage"), insurance_step("coverage", **TYPED["coverage"]))
    response = view(page, token=wizard.token, step="coverage")
    return response.render() if hasattr(response, "render") else response


def test_page_of_a_draft_that_is_sent_meanwhile_leads_to_what_was_sent(
    wizard: Wizard, access: StatusAccess, rf: Any
) -> None:
    wizard.until("coverage")
    response = meanwhile(wizard, rf, lambda draft: drafts.close(draft, sent_access=access))
    assert response["Location"].startswith("/admissions/sent/")
    assert wizard.draft.answers == {}


def test_page_of_a_draft_that_is_discarded_meanwhile_keeps_what_was_typed(
    wizard: Wizard, rf: Any
) -> None:
    wizard.until("coverage")
    response = meanwhile(wizard, rf, drafts.discard)
    assert response.status_code == 410
    assert still_there(response, "coverage")


def test_page_of_a_draft_that_only_seemed_over_is_shown(wizard: Wizard, rf: Any) -> None:
    wizard.until("coverage")

    def happens(draft: Draft) -> None:
        raise drafts.DraftOver

    response = meanwhile(wizard, rf, happens)
    assert response["Location"] == wizard.url("coverage")


# -- thrown away


def test_draft_is_thrown_away_and_says_so(wizard: Wizard) -> None:
    wizard.until("check")
    shown = wizard.open("check")
    assert f'action="{FIRST}{wizard.token}/discard/"' in text_of(shown)
    response = wizard.client.post(f"{FIRST}{wizard.token}/discard/", follow=True)
    assert "What you typed is deleted" in text_of(response)
    assert response["Cache-Control"] == "no-store"
    assert not Draft.objects.exists()
    assert wizard.open("check").status_code == 404


def test_draft_that_is_not_there_can_be_thrown_away(client: Client) -> None:
    response = client.post(f"{FIRST}{'A' * 32}/discard/", follow=True)
    assert "What you typed is deleted" in text_of(response)


def test_throwing_away_needs_the_protection_cookie(wizard: Wizard) -> None:
    wizard.begin()
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(f"{FIRST}{wizard.token}/discard/").status_code == 403
    assert Draft.objects.count() == 1


# -- the database is away


@typing
@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_page_is_shown_again_while_every_query_fails(
    wizard: Wizard, step: str, fault: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    wizard.until(step)
    wizard.open(step)  # what the pages need was read once

    def gone(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise fault("connection to 10.1.2.3 failed for Qx")

    with connection.execute_wrapper(gone):
        response = wizard.post(step, **TYPED[step])
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert still_there(response, step)
    assert "Nothing was sent" in text_of(response)
    assert PHONE in text_of(response)
    assert "10.1.2.3" not in text_of(response) + caplog.text
    shown = {name: value for name, value in fields_of(response.content).items() if value}
    assert wizard.client.post(wizard.url(step), shown).status_code == 302
    assert step in wizard.draft.answers


@typing
def test_page_that_cannot_be_kept_is_shown_again(wizard: Wizard, step: str) -> None:
    wizard.until(step)
    before = dump()
    with writes_fail("admissions_draft", "UPDATE"):
        response = wizard.post(step, **TYPED[step])
    assert response.status_code == 503
    assert still_there(response, step)
    assert dump() == before


def test_first_page_that_cannot_begin_a_draft_is_shown_again(wizard: Wizard) -> None:
    for verb in ("INSERT", "UPDATE"):
        with writes_fail("admissions_draft", verb):
            response = wizard.begin(**TYPED["who"])
        assert response.status_code == 503
        assert still_there(response, "who")


def test_page_that_is_opened_while_the_database_is_away_says_so(wizard: Wizard) -> None:
    wizard.begin()
    wizard.client.raise_request_exception = False
    with connection.execute_wrapper(away):
        for address in (wizard.url("reach"), f"{FIRST}{wizard.token}/"):
            response = wizard.client.get(address)
            assert response.status_code == 503
            assert PHONE in text_of(response)
        thrown = wizard.client.post(f"{FIRST}{wizard.token}/discard/")
        assert thrown.status_code == 503
        assert "deleted" not in text_of(thrown)


@pytest.mark.parametrize("table", ["admissions_lead", "admissions_leadevent"])
def test_form_that_cannot_be_stored_stays_a_draft(wizard: Wizard, table: str) -> None:
    wizard.until("check")
    before = dump()
    with writes_fail(table):
        response = wizard.send(agree_texts="on")
    assert response.status_code == 503
    assert "Nothing was sent. We still have your answers" in text_of(response)
    assert "Avery Quill" in text_of(response)
    assert fields_of(response.content)["agree_texts"] == "on"
    assert dump() == before
    assert wizard.send()["Location"].startswith("/admissions/sent/")


def test_last_page_is_shown_while_every_query_fails(wizard: Wizard) -> None:
    wizard.until("check")
    wizard.open("check")
    with connection.execute_wrapper(away):
        response = wizard.send(agree_texts="on")
    assert response.status_code == 503
    assert "We still have your answers" in text_of(response)
    assert fields_of(response.content)["agree_texts"] == "on"
    assert wizard.send()["Location"].startswith("/admissions/sent/")


# -- the protection cookie


@typing
@pytest.mark.parametrize("cookie", [None, "", "x" * 32])
def test_page_without_its_cookie_is_kept_and_says_so(
    wizard: Wizard, step: str, cookie: str | None
) -> None:
    wizard.until(step)
    strict = Client(enforce_csrf_checks=True)
    if cookie is not None:
        strict.cookies["csrftoken"] = cookie
    typed = insurance_step(step, **TYPED[step])
    response = strict.post(wizard.url(step), {**typed, "csrfmiddlewaretoken": "y" * 64})
    assert response.status_code == 403
    assert "was not sent" in text_of(response)
    assert still_there(response, step)
    assert PHONE in text_of(response)
    assert step not in wizard.draft.answers or step == "who"
    again = {name: value for name, value in fields_of(response.content).items() if value}
    assert strict.post(wizard.url(step), again).status_code == 302
    assert step in wizard.draft.answers


def test_door_of_the_inquiry_without_its_cookie_is_kept(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/admissions/inquiry/myself/", inquiry_post(first_name="Qxfirst"))
    assert response.status_code == 403
    assert fields_of(response.content)["first_name"] == "Qxfirst"
    assert strict.post("/admissions/inquiry/nobody/", {}).status_code == 404


def test_page_of_a_draft_that_is_over_without_its_cookie_is_kept_too(wizard: Wizard) -> None:
    wizard.until("coverage")
    Draft.objects.all().delete()
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(wizard.url("coverage"), insurance_step("coverage", **TYPED["coverage"]))
    assert response.status_code == 403
    assert still_there(response, "coverage")
    assert not Draft.objects.exists()


def test_page_of_a_form_that_was_sent_without_its_cookie_leads_to_it(wizard: Wizard) -> None:
    wizard.until("check").send()
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(wizard.url("check"), {})
    assert response["Location"].startswith("/admissions/sent/")


def test_page_that_there_is_not_without_its_cookie_is_not_found(
    wizard: Wizard, access: StatusAccess
) -> None:
    wizard.goes_on_from(access)
    strict = Client(enforce_csrf_checks=True)
    for step in ("reach", "nowhere"):
        assert strict.post(wizard.url(step), {}).status_code == 404


def test_page_without_its_cookie_while_the_database_is_away_is_kept(wizard: Wizard) -> None:
    wizard.until("coverage")
    wizard.open("coverage")
    strict = Client(enforce_csrf_checks=True)
    with connection.execute_wrapper(away):
        response = strict.post(
            wizard.url("coverage"), insurance_step("coverage", **TYPED["coverage"])
        )
    assert response.status_code == 403
    assert still_there(response, "coverage")


# -- what speaks against a page


def test_trap_on_any_page_holds_the_form(wizard: Wizard) -> None:
    wizard.until("check", coverage={"subject": "x"})
    assert wizard.send()["Location"].startswith("/admissions/sent/")
    lead = Lead.objects.get()
    assert lead.suspicions == ["trap"]
    assert lead.quarantined_at is not None


def test_first_page_that_came_too_fast_holds_the_form(wizard: Wizard, settings: Any) -> None:
    settings.SPAM_MINIMUM_SECONDS = 3
    shown = fields_of(wizard.client.get(FIRST).content)
    wizard.begin(page_time=shown["page_time"])
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        wizard.until("check").send()
    assert Lead.objects.get().suspicions == ["too_fast"]


def test_pages_of_a_robot_that_came_all_at_once_hold_the_form(
    wizard: Wizard, settings: Any
) -> None:
    settings.SPAM_MINIMUM_SECONDS = 3
    wizard.until("check").send()
    assert "too_fast" in Lead.objects.get().suspicions


def test_pages_of_a_person_hold_nothing(wizard: Wizard, settings: Any) -> None:
    settings.SPAM_MINIMUM_SECONDS = 3
    start = timezone.now()
    with time_machine.travel(start):
        shown = fields_of(wizard.client.get(FIRST).content)
    with time_machine.travel(start + timedelta(seconds=30)):
        wizard.begin(page_time=shown["page_time"])
    with time_machine.travel(start + timedelta(seconds=40)):
        wizard.until("check").send()  # the later pages came quickly: they had little to type
    assert Lead.objects.get().suspicions == []


def test_every_stored_form_has_its_event(wizard: Wizard) -> None:
    wizard.until("check").send()
    kinds = set(LeadEvent.objects.values_list("kind", flat=True))
    assert {"insurance_received", "consent_given"} <= kinds
    assert drafts.find(DraftKind.INSURANCE, wizard.token) is not None
