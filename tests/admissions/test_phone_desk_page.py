"""The page of the phone desk: nothing typed is lost, nothing is stored twice or by the wrong."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions.forms.inquiry import InquiryForm
from admissions.forms.phone_desk import PARTS, PhoneDeskForm
from admissions.models import (
    Consent,
    ConsentWording,
    ContactAttempt,
    Inquiry,
    Lead,
    LeadEvent,
    ReferralSource,
)
from iop_site import roles
from tests.factories import inquiry_post, new_key

pytestmark = pytest.mark.django_db
PAGE = "/admin/phone/"


@pytest.fixture
def desk(client: Client, coordinator: User, wordings: Any, texts_wording: Any) -> Client:
    client.force_login(coordinator)
    return client


def post(**changes: Any) -> dict[str, str]:
    """Return what a browser sends for a call that was taken down."""
    fields = inquiry_post(source="phone", for_whom="self", next_step="suggested", seen="")
    del fields["role"]
    fields |= {name: str(value) for name, value in changes.items() if value is not None}
    return {name: value for name, value in fields.items() if changes.get(name, "") is not None}


def refusals() -> list[Any]:
    return list(LeadEvent.objects.filter(kind="refused").values_list("data", flat=True))


def test_the_form_asks_all_that_the_public_form_asks(desk: Client) -> None:
    shown = {name for part in PARTS for name in part.names}
    technical = set(InquiryForm._technical)
    assert set(InquiryForm.base_fields) - technical <= shown
    page = desk.get(PAGE).content.decode()
    for name in shown:
        assert f'name="{name}"' in page
    for topic in ("contact", "privacy-notice", "texts"):
        assert f"I agree to {topic}." in page


def test_help_in_a_crisis_comes_first_with_the_numbers_of_the_database(
    desk: Client, starter_content: None
) -> None:
    page = desk.get(PAGE).content.decode()
    assert page.index("in danger right now") < page.index("<form method")
    for number in ("tel:911", "tel:988", "833-773-2445"):
        assert number in page


def test_nothing_is_inline_and_the_first_field_has_the_focus(desk: Client) -> None:
    page = desk.get(PAGE).content.decode()
    assert not re.search(r"<[^>]* (style|on\w+)=", page)
    assert page.count("autofocus") == 1
    assert re.search(r'<select name="source"[^>]*autofocus', page)
    assert "no-store" in desk.get(PAGE)["Cache-Control"]


def test_the_first_button_of_the_form_saves_nothing(desk: Client) -> None:
    page = desk.get(PAGE).content.decode()
    form = page[page.index('<form method="post" class="desk-form"') :]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None
    assert 'name="look"' in first[0]


def test_a_call_becomes_a_lead_and_the_reference_is_said(desk: Client, coordinator: User) -> None:
    answer = desk.post(PAGE, post(message="Their words."), follow=True)
    lead = Lead.objects.get()
    assert answer.redirect_chain[0][0] == lead.get_absolute_url()
    assert f"Their reference, to tell them: {lead.reference}." in answer.content.decode()
    assert (lead.owner, lead.role, lead.attempts) == (coordinator, "self", 1)
    answers = Inquiry.objects.get().answers
    asked = set(InquiryForm.base_fields) - set(InquiryForm._technical)
    assert set(answers) == asked | {"role", "text_ok"}
    assert (answers["role"], answers["message"]) == ("self", "Their words.")
    assert {one.channel for one in Consent.objects.all()} == {"phone"}


def test_a_visit_in_person_is_told_so_in_the_timeline(desk: Client) -> None:
    page = desk.post(PAGE, post(source="walk_in"), follow=True).content.decode()
    assert "In person: Talked with them" in page


def test_what_is_wrong_is_said_at_the_top_and_what_was_typed_stays(desk: Client) -> None:
    answer = desk.post(PAGE, post(first_name="", phone="12", message="Typed words."))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Typed words." in page
    assert 'value="12"' in page
    assert "<title>Error: take a call" in page
    assert '<a href="#id_first_name">' in page
    assert page.index("There is something to mend") < page.index("in danger right now")
    assert page.count("autofocus") == 1
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"for_whom": "family"}, "relationship"),
        ({"for_whom": "professional"}, "organization"),
        ({"for_whom": ""}, "for_whom"),
        ({"for_whom": "robot"}, "for_whom"),
        ({"source": ""}, "source"),
        ({"source": "web_inquiry"}, "source"),
        ({"age_band": ""}, "age_band"),
        ({"phone": "", "email": ""}, "phone"),
        ({"preferred_channel": "email", "email": ""}, "email"),
        ({"preferred_channel": "text"}, "agree_texts"),
        ({"agree_contact": None}, "agree_contact"),
        ({"agree_privacy_notice": None}, "agree_privacy_notice"),
        ({"source": "walk_in", "agree_contact": None}, "agree_contact"),
        ({"source": "referral"}, "referral_source"),
        ({"referral_source": "99999"}, "referral_source"),
        ({"source_person": "J. Frost"}, "source_kind"),
        ({"source_organization": "x" * 161, "source_kind": "court"}, "source_organization"),
        ({"source_kind": "bribe", "source_person": "J. Frost"}, "source_kind"),
        ({"next_step": "own"}, "next_follow_up_at"),
        ({"next_step": "own", "next_follow_up_at": "soon"}, "next_follow_up_at"),
        ({"next_step": "never"}, "next_step"),
    ],
)
def test_what_a_call_needs_is_asked_for(desk: Client, changes: dict[str, Any], field: str) -> None:
    answer = desk.post(PAGE, post(**changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Lead.objects.exists()


def test_a_source_of_the_list_and_a_new_one_are_one_too_many(desk: Client) -> None:
    source = ReferralSource.objects.create(kind="court", organization="Elm Court")
    both = post(referral_source=source.pk, source_person="J. Frost", source_kind="other")
    assert list(desk.post(PAGE, both).context["form"].errors) == ["referral_source"]
    off = ReferralSource.objects.create(kind="court", organization="Gone", is_active=False)
    assert desk.post(PAGE, post(referral_source=off.pk)).status_code == 422
    assert "Gone" not in desk.get(PAGE).content.decode()


@pytest.mark.parametrize("source", ["email", "event"])
def test_of_who_was_read_no_wording_no_consent_is_asked_or_made_up(
    desk: Client, source: str
) -> None:
    sent = post(source=source, agree_contact=None, agree_privacy_notice=None)
    assert desk.post(PAGE, sent).status_code == 302
    lead = Lead.objects.get()
    assert (lead.source, lead.owner) == (source, None)
    assert not Consent.objects.exists()


def test_the_wording_that_was_read_out_is_the_one_that_is_kept(
    desk: Client, wordings: list[ConsentWording]
) -> None:
    shown = desk.get(PAGE).context["form"].initial["wordings_shown"]
    ConsentWording.objects.create(topic="contact", version=901, label="Newer.", required=True)
    desk.post(PAGE, post(wordings_shown=shown))
    kept = Consent.objects.get(wording__topic="contact").wording
    assert kept == next(one for one in wordings if one.topic == "contact")


@pytest.mark.parametrize(
    ("for_whom", "relationship", "knows"),
    [("self", "", ""), ("family", "parent", "no"), ("professional", "", "no")],
)
def test_only_what_fits_for_whom_they_call_is_kept(
    desk: Client, for_whom: str, relationship: str, knows: str
) -> None:
    sent = post(
        for_whom=for_whom, relationship="parent", patient_knows="no", organization="Elm Clinic"
    )
    assert desk.post(PAGE, sent).status_code == 302
    lead = Lead.objects.get()
    assert (lead.role, lead.relationship, lead.patient_knows) == (for_whom, relationship, knows)
    assert lead.organization == "Elm Clinic"  # what was typed is never dropped


def test_texts_are_allowed_by_the_consent_to_them_alone(desk: Client) -> None:
    desk.post(PAGE, post(preferred_channel="text", agree_texts="on", voicemail_ok="on"))
    lead = Lead.objects.get()
    assert (lead.text_ok, lead.voicemail_ok, lead.email_ok) == (True, True, False)


def test_a_new_source_that_was_typed_is_in_the_list_from_then_on(desk: Client) -> None:
    typed = {"source_organization": "Elm School", "source_kind": "school"}
    assert desk.post(PAGE, post(source="referral", **typed)).status_code == 302
    assert str(Lead.objects.get().referral_source) == "Elm School"
    assert "Elm School" in desk.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("typed", "local"),
    [({"next_step": "none"}, None), ({"next_follow_up_at": "2099-03-01T14:30"}, "refused")],
)
def test_the_next_step_is_set_or_the_page_says_why_not(
    desk: Client, typed: dict[str, str], local: str | None
) -> None:
    answer = desk.post(PAGE, post(**typed, message="Typed words."))
    if local is None:
        lead = Lead.objects.get()
        assert (answer.status_code, lead.no_next_step, lead.next_follow_up_at) == (302, True, None)
        return
    assert answer.status_code == 409
    assert "within a year" in answer.content.decode()
    assert "Typed words." in answer.content.decode()
    assert refusals() == [{"act": "phone_desk", "why": "WorkflowError"}]
    assert not Lead.objects.exists()


# -- perhaps we know them


@pytest.mark.parametrize("by", [{"email": ""}, {"phone": "", "preferred_channel": "email"}])
def test_on_a_first_save_a_known_contact_is_shown_before_anything_is_stored(
    desk: Client, lead: Lead, by: dict[str, str]
) -> None:
    sent = post(**by, message="Typed words.")
    answer = desk.post(PAGE, sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert lead.reference in page
    assert "Typed words." in page
    assert Inquiry.objects.count() == 1
    assert not ContactAttempt.objects.exists()
    searched = LeadEvent.objects.get(kind="searched")
    assert searched.data == {"by": ["phone" if "email" in by else "email"], "found": 1}
    assert desk.post(PAGE, sent | {"seen": answer.context["seen"]}).status_code == 302
    assert Inquiry.objects.filter(lead=lead).count() == 2


def test_another_that_came_meanwhile_is_shown_as_well(
    desk: Client, lead: Lead, make_lead: Any
) -> None:
    other = make_lead(first_name="Robin")
    answer = desk.post(PAGE, post(seen=str(lead.pk)))
    assert answer.status_code == 409
    assert other.reference in answer.content.decode()


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 300, "0.0"])
def test_a_broken_list_of_what_was_seen_shows_it_again(desk: Client, lead: Lead, seen: str) -> None:
    assert desk.post(PAGE, post(seen=seen)).status_code == 409


def test_look_shows_who_is_known_and_complains_of_nothing_else(desk: Client, lead: Lead) -> None:
    sent = {"look": "1", "phone": "(617) 555-0101", "message": "Typed words."}
    answer = desk.post(PAGE, sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert lead.reference in page
    assert "Typed words." in page
    assert "There is something to mend" not in page
    assert answer.context["seen"] == str(lead.pk)
    assert Inquiry.objects.count() == 1


def test_look_says_when_nobody_is_known_and_needs_something_to_look_for(
    desk: Client, lead: Lead
) -> None:
    page = desk.post(PAGE, {"look": "1", "phone": "617-555-0150"}).content.decode()
    assert "No open lead has this phone or e-mail." in page
    assert lead.reference not in page
    for phone in ("", "12"):
        answer = desk.post(PAGE, {"look": "1", "phone": phone})
        assert list(answer.context["form"].errors) == ["phone"]
    assert not LeadEvent.objects.filter(kind="searched").exists()


def test_a_closed_or_held_lead_is_not_offered(desk: Client, lead: Lead) -> None:
    Lead.objects.update(quarantined_at=timezone.now())
    assert desk.post(PAGE, {"look": "1", "phone": "617-555-0101"}).context["known"] == []
    Lead.objects.update(quarantined_at=None, status="closed", close_reason="cost")
    assert desk.post(PAGE, {"look": "1", "phone": "617-555-0101"}).context["known"] == []


def test_a_double_click_leads_to_the_one_lead_and_asks_nothing(desk: Client) -> None:
    sent = post()
    first, second = desk.post(PAGE, sent), desk.post(PAGE, sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"] == Lead.objects.get().get_absolute_url()
    assert ContactAttempt.objects.count() == 1


def test_who_joined_is_told_so(desk: Client, lead: Lead) -> None:
    page = desk.post(PAGE, post(seen=lead.pk), follow=True).content.decode()
    assert "It joined the open lead of the same person." in page


@pytest.mark.parametrize("others", [1, 3, 15])
def test_what_is_known_costs_the_same_however_many_share_a_phone(
    desk: Client, make_lead: Any, others: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(others):
        make_lead(first_name=f"Person{number}")
    with django_assert_max_num_queries(32):
        answer = desk.post(PAGE, {"look": "1", "phone": "617-555-0101"})
    assert len(answer.context["known"]) == others


# -- who may


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "role", [one for one in roles.ROLES if one not in (roles.COORDINATOR, roles.MANAGER)]
)
def test_other_roles_are_refused_on_the_record(
    client: Client, make_staff: Any, wordings: Any, role: str, method: str
) -> None:
    client.force_login(make_staff(role))
    assert getattr(client, method)(PAGE, post()).status_code == 403
    assert refusals() == [{"act": "phone_desk", "why": "NotAllowed"}]
    assert not Lead.objects.exists()


def test_a_visitor_is_led_to_the_sign_in_and_other_verbs_are_none(
    client: Client, desk: Client
) -> None:
    assert desk.put(PAGE).status_code == 405
    client.logout()
    assert client.post(PAGE, post())["Location"].startswith("/admin/login/")


def test_the_address_holds_nothing_about_anybody(desk: Client, lead: Lead) -> None:
    assert reverse("admin:phone_desk") == PAGE
    assert desk.post(PAGE, post(seen=lead.pk))["Location"] == lead.get_absolute_url()


def test_without_wordings_a_call_is_kept_all_the_same(client: Client, coordinator: User) -> None:
    ConsentWording.objects.all().delete()
    client.force_login(coordinator)
    assert "What they agree to" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, post()).status_code == 302
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    "rubbish", ["\x00", "\ud800".encode("utf-8", "replace").decode(), "🙂" * 99]
)
def test_rubbish_is_no_fault_of_ours(desk: Client, rubbish: str) -> None:
    names = [*PhoneDeskForm.base_fields, "seen"]
    answer = desk.post(PAGE, dict.fromkeys(names, rubbish) | {"idempotency_key": str(new_key())})
    assert answer.status_code == 422
