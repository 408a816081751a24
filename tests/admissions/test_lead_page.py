"""A day's work on a lead's page: two clicks to log a call, safe contact, two people at once."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from admissions import details, presence, triage
from admissions.enums import LeadStatus
from admissions.models import ContactAttempt, Lead, LeadEvent, LeadNote, LeadPresence, WorkingHours
from iop_site import roles
from tests.admissions.conftest import close
from tests.admissions.test_lead_admin import act, page_of
from tests.admissions.test_triage import put

HERE = ZoneInfo("America/New_York")
QUERIES = 57


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def text_of(answer: Any) -> str:
    return answer.content.decode()


def address(lead: Lead, name: str) -> str:
    return reverse(f"admin:admissions_lead_{name}", args=[lead.pk])


def last_data(lead: Lead, kind: str) -> dict[str, Any]:
    return LeadEvent.objects.filter(lead=lead, kind=kind).latest("sequence").data


# -- what it costs


@pytest.mark.parametrize("length", [1, 3, 300])
def test_page_costs_the_same_however_long_its_history(
    desk: Client,
    make_lead: Callable[..., Lead],
    coordinator: User,
    length: int,
    django_assert_max_num_queries: Any,
) -> None:
    lead = make_lead(language="Spanish")
    LeadNote.objects.bulk_create(
        LeadNote(lead=lead, by=coordinator, text=f"n{number}") for number in range(length)
    )
    ContactAttempt.objects.bulk_create(
        ContactAttempt(lead=lead, by=coordinator, channel="phone", result="busy")
        for _number in range(length)
    )
    for number in range(min(length, 60)):
        triage.add_note(lead=lead, text=f"note {number}", by=coordinator)
    put(lead, owner=coordinator, status="attempting", attempts=length)
    desk.get(page_of(lead))
    with django_assert_max_num_queries(QUERIES):
        assert "note 0" in text_of(desk.get(f"{page_of(lead)}?before=1000000")) or length == 300


def test_long_history_is_read_page_by_page(desk: Client, lead: Lead, coordinator: User) -> None:
    for number in range(55):
        triage.add_note(lead=lead, text=f"note-{number}.", by=coordinator)
    page = text_of(desk.get(page_of(lead)))
    assert "note-54." in page
    assert "note-0." not in page
    older = re.search(r'href="(\?before=\d+)#time-h"', page)
    assert older
    page = text_of(desk.get(page_of(lead) + older.group(1)))
    assert "note-0." in page
    assert "note-54." not in page


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 40, "٣", "1' OR 1=1"])
def test_page_of_a_history_that_is_none_shows_the_lead(
    desk: Client, lead: Lead, before: str
) -> None:
    assert desk.get(page_of(lead), {"before": before}).status_code == 200


# -- a call in two clicks


def test_call_is_logged_with_an_outcome_and_nothing_else(desk: Client, lead: Lead) -> None:
    page = text_of(desk.get(page_of(lead)))
    assert re.search(r"No answer → \w+ \d+:\d\d [AP]M", page)
    assert act(desk, lead, "attempt", channel="phone", result="no_answer").status_code == 302
    lead.refresh_from_db()
    assert lead.attempts == 1
    assert lead.next_follow_up_at > timezone.now()


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        ("hour", "2026-11-23 11:00"),
        ("afternoon", "2026-11-23 14:00"),
        ("morning", "2026-11-24 09:00"),
        ("three_days", "2026-11-26 09:00"),
        ("week", "2026-11-30 09:00"),
        ("suggested", "2026-11-23 12:00"),
        ("", "2026-11-23 12:00"),
        ("none", ""),
    ],
)
def test_next_step_is_what_was_chosen(
    desk: Client, lead: Lead, coordinator: User, step: str, moment: str
) -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=HERE)
    with time_machine.travel(now, tick=False):
        desk.force_login(coordinator)
        answer = act(desk, lead, "attempt", channel="phone", result="busy", next_step=step)
        assert answer.status_code == 302
    lead.refresh_from_db()
    expected = datetime.fromisoformat(moment).replace(tzinfo=HERE) if moment else None
    assert (lead.next_follow_up_at, lead.no_next_step) == (expected, not moment)


@pytest.mark.parametrize("step", ["own", "suggested", ""])
def test_time_of_ones_own_may_lie_outside_the_working_hours(
    desk: Client, lead: Lead, step: str
) -> None:
    WorkingHours.objects.create(weekday=0, start="09:00", end="17:00")
    own = (timezone.localtime() + timedelta(days=40)).replace(hour=19, minute=45)
    typed = own.strftime("%Y-%m-%dT%H:%M")
    asked = {"channel": "phone", "result": "call_back", "next_step": step}
    assert act(desk, lead, "attempt", **asked, next_follow_up_at=typed).status_code == 302
    lead.refresh_from_db()
    local = timezone.localtime(lead.next_follow_up_at)
    assert local.strftime("%Y-%m-%dT%H:%M") == typed


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2027-03-14T02:30", "2027-03-14T07:00+00:00"),  # there is no such time: the clock jumps
        ("2026-11-01T01:30", "2026-11-01T05:30+00:00"),  # there are two: the first
        ("2026-11-02 09:15", "2026-11-02T14:15+00:00"),
    ],
)
def test_time_of_ones_own_is_right_when_the_clocks_change(
    desk: Client, lead: Lead, coordinator: User, typed: str, moment: str
) -> None:
    with time_machine.travel(datetime(2026, 10, 30, 12, tzinfo=HERE), tick=False):
        desk.force_login(coordinator)
        act(desk, lead, "followup", next_step="own", next_follow_up_at=typed)
    lead.refresh_from_db()
    assert lead.next_follow_up_at == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"next_step": "own"}, "Enter the date and time."),
        ({"next_step": "hour", "next_follow_up_at": "2027-03-01T10:00"}, "one of the two"),
        ({"next_step": "none", "next_follow_up_at": "2027-03-01T10:00"}, "one of the two"),
        ({"next_step": "own", "next_follow_up_at": "tomorrow"}, "Enter date and time, such as"),
        ({"next_step": "own", "next_follow_up_at": "9999-12-31T23:59"}, "Enter date and time"),
        ({"next_step": "own", "next_follow_up_at": "0001-01-01T00:00"}, "future"),
        ({"next_step": "own", "next_follow_up_at": "2001-01-01T00:00"}, "future"),
        ({"next_step": "own", "next_follow_up_at": "2226-01-01T00:00"}, "within a year"),
        ({"next_step": "sometime"}, "not one of the available choices"),
        ({}, "Choose when the lead comes up again."),
    ],
    ids=range(10),
)
def test_next_step_that_cannot_be_is_said_and_nothing_is_written(
    desk: Client, lead: Lead, fields: dict[str, str], words: str
) -> None:
    answer = act(desk, lead, "followup", **fields)
    assert answer.status_code in (409, 422)
    page = text_of(answer)
    assert words in page
    assert fields.get("next_follow_up_at", "") in page
    lead.refresh_from_db()
    assert (lead.version, lead.no_next_step) == (1, False)


def test_this_afternoon_is_refused_when_it_is_over(
    desk: Client, lead: Lead, coordinator: User
) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 16, 30, tzinfo=HERE), tick=False):
        desk.force_login(coordinator)
        assert "This afternoon (" not in text_of(desk.get(page_of(lead)))
        answer = act(desk, lead, "followup", next_step="afternoon")
    assert answer.status_code == 422
    assert "This afternoon is over." in text_of(answer)


def test_lead_without_a_next_step_says_so(desk: Client, lead: Lead, coordinator: User) -> None:
    put(lead, status="attempting", first_attempt_at=timezone.now())
    assert "none: set one" in text_of(desk.get(page_of(lead)))
    act(desk, lead, "followup", next_step="none")
    assert "none, knowingly" in text_of(desk.get(page_of(lead)))


# -- safe contact


def test_prohibitions_stand_before_the_number(desk: Client, make_lead: Callable[..., Lead]) -> None:
    lead = make_lead(
        role="family", relationship="sibling", patient_knows="no", do_not_speak_to="<b>Robin</b>"
    )
    page = text_of(desk.get(page_of(lead)))
    number = page.index("tel:+1 617-555-0101")
    for words in (
        "NO voicemail",
        "NO text messages",
        "Do NOT say who is calling",
        "Do NOT speak to: &lt;b&gt;Robin",
        "The patient does NOT know",
    ):
        assert page.index(words) < number, words


@pytest.mark.parametrize("field", ["contact_withdrawn_at", "deletion_requested_at"])
def test_number_of_who_must_not_be_called_is_no_link_and_masked(
    desk: Client, lead: Lead, field: str
) -> None:
    put(lead, **{field: timezone.now()})
    page = text_of(desk.get(page_of(lead)))
    assert "tel:" not in page
    for value in ("555-0101", "avery@example.org"):
        assert value not in page
    assert "••••0101" in page
    answer = desk.post(address(lead, "reveal"))
    page = text_of(answer)
    assert "tel:" not in page
    assert "617-555-0101" in page
    assert last_data(lead, "revealed") == {"fields": ["email", "phone"]}


def test_way_that_they_did_not_allow_is_refused_and_then_asked_whether_it_happened(
    desk: Client, lead: Lead
) -> None:
    page = text_of(desk.get(page_of(lead)))
    assert "Text message: They did not allow text messages." in page
    assert "Left a voicemail (They did not allow voicemail.)" in page
    assert "against_wishes" not in page
    asked = {"channel": "phone", "result": "left_voicemail", "note": "Said my name only."}
    answer = act(desk, lead, "attempt", **asked)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "against_wishes" in page
    assert "Said my name only." in page
    assert last_data(lead, "refused") == {"act": "attempt", "why": "AgainstWishes"}
    assert act(desk, lead, "attempt", **asked, against_wishes="on").status_code == 302
    assert last_data(lead, "attempt_logged")["against"] == "no_voicemail"


def test_box_is_there_at_once_for_who_must_not_be_contacted(desk: Client, lead: Lead) -> None:
    put(lead, contact_withdrawn_at=timezone.now())
    assert "against_wishes" in text_of(desk.get(page_of(lead)))


# -- moves


def test_each_move_is_a_button_and_what_blocks_one_is_said(desk: Client, lead: Lead) -> None:
    page = text_of(desk.get(page_of(lead)))
    assert '<button type="submit" name="to" value="attempting"' in page
    assert 'value="contacted"' not in page
    assert "Contacted: Log a live conversation first." in page
    assert act(desk, lead, "move", to="attempting").status_code == 302
    lead.refresh_from_db()
    assert lead.status == LeadStatus.ATTEMPTING


def test_move_that_is_refused_says_why_keeps_what_was_typed_and_is_in_the_audit(
    desk: Client, lead: Lead
) -> None:
    answer = act(desk, lead, "move", to="admitted", note="typed")
    assert answer.status_code == 409
    assert "cannot become" in text_of(answer)
    assert "typed" in text_of(answer)
    lead.refresh_from_db()
    assert lead.status == LeadStatus.NEW
    assert last_data(lead, "refused") == {"act": "move", "why": "TransitionRefused"}


@pytest.mark.parametrize("to", ["", "lost", "\x00", "NEW"])
def test_move_to_nowhere_is_refused(desk: Client, lead: Lead, to: str) -> None:
    answer = act(desk, lead, "move", to=to, note="typed")
    assert answer.status_code == 422
    assert 'id="id_move_to_error"' in text_of(answer)
    assert "typed" in text_of(answer)


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"reason": ""}, 422, "Choose a reason for closing."),
        ({"reason": "boredom"}, 422, "not one of the available choices"),
        ({"reason": "unreachable"}, 409, "“Unreachable” needs"),
        ({"reason": "referred_out"}, 409, "referred to"),
    ],
    ids=range(4),
)
def test_closing_that_is_refused_keeps_what_was_typed(
    desk: Client, lead: Lead, fields: dict[str, str], status: int, words: str
) -> None:
    answer = act(desk, lead, "close", note="What they said.", **fields)
    assert answer.status_code == status
    assert words in text_of(answer)
    assert "What they said." in text_of(answer)
    lead.refresh_from_db()
    assert lead.is_open


def test_lead_is_closed_and_opened_again_with_a_note(desk: Client, lead: Lead) -> None:
    assert act(desk, lead, "close", reason="cost", note="Too dear.").status_code == 302
    lead.refresh_from_db()
    assert lead.close_reason == "cost"
    page = text_of(desk.get(page_of(lead)))
    assert "Open again: Trying to reach" in page
    assert "Close this lead" not in page
    assert act(desk, lead, "move", to="attempting").status_code == 409
    assert act(desk, lead, "move", to="attempting", note="They called.").status_code == 302


def test_admitted_lead_has_no_move_for_a_coordinator(desk: Client, lead: Lead) -> None:
    put(lead, status="admitted")
    assert "There is no move from here." in text_of(desk.get(page_of(lead)))


# -- details


def detail_fields(lead: Lead, **changes: Any) -> dict[str, Any]:
    """Return the fields of the details form as a browser posts them."""
    fields = {name: getattr(lead, name) for name in details.EDITABLE if name != "track"}
    fields["track"] = lead.track_id or ""
    return {
        name: "on" if value is True else value
        for name, value in {**fields, **changes}.items()
        if value is not False
    }


def test_details_are_corrected(desk: Client, lead: Lead) -> None:
    fields = detail_fields(lead, last_name="Quillfeather", age_band="18_25", phone="6175550133")
    assert act(desk, lead, "details", **fields).status_code == 302
    lead.refresh_from_db()
    assert (lead.last_name, lead.age_band) == ("Quillfeather", "18_25")
    assert lead.phone == "+1 617-555-0133"
    assert last_data(lead, "details_changed") == {"fields": ["last_name", "phone", "age_band"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"first_name": ""},
        {"phone": "12"},
        {"email": "no address"},
        {"role": ""},
        {"age_band": "ninety"},
        {"track": "999999"},
        {"last_name": "x" * 5000},
        {"told_by": "rumour"},
        {"phone": "", "email": ""},
        {"voicemail_ok": True},
    ],
    ids=range(10),
)
def test_details_that_cannot_be_are_shown_again_and_not_stored(
    desk: Client, lead: Lead, changes: dict[str, Any]
) -> None:
    answer = act(desk, lead, "details", **detail_fields(lead, good_times="typed <i>", **changes))
    assert answer.status_code in (409, 422)
    assert escape("typed <i>") in text_of(answer)
    lead.refresh_from_db()
    assert lead.version == 1


def test_what_stands_masked_is_not_in_the_form_and_not_wiped_by_it(
    desk: Client, send_insurance: Callable[..., Lead]
) -> None:
    lead = send_insurance()
    page = text_of(desk.get(page_of(lead)))
    assert "Avery Quill" not in page
    assert 'name="patient_name"' not in page
    fields = detail_fields(lead, good_times="late", patient_name=False, phone=False)
    assert act(desk, lead, "details", **fields).status_code == 302
    lead.refresh_from_db()
    assert (lead.patient_name, lead.good_times) == ("Avery Quill", "late")
    assert lead.phone
    assert 'name="patient_name"' in text_of(desk.post(address(lead, "reveal")))


def test_what_a_later_submission_gave_is_offered_and_taken_over(
    desk: Client, make_lead: Callable[..., Lead]
) -> None:
    lead = make_lead(email="")
    assert make_lead(email="avery@example.org") == lead
    lead.refresh_from_db()
    page = text_of(desk.get(page_of(lead)))
    offer = re.search(r'name="offer" value="([^"]+)"', page)
    assert offer
    assert act(desk, lead, "adopt", offer=offer.group(1)).status_code == 302
    lead.refresh_from_db()
    assert lead.email == "avery@example.org"
    assert 'name="offer"' not in text_of(desk.get(page_of(lead)))


# -- two people at once


def test_who_else_looks_is_said_and_kept_up_to_date(
    desk: Client, lead: Lead, manager: User, coordinator: User
) -> None:
    presence.seen(lead, manager)
    words = f"{manager.username} has this lead open too (seen just now)."
    assert words in text_of(desk.get(page_of(lead)))
    answer = desk.post(address(lead, "presence"))
    assert answer.json() == {"words": words}
    assert set(LeadPresence.objects.values_list("user", flat=True)) == {manager.pk, coordinator.pk}
    LeadPresence.objects.filter(user=manager).delete()
    assert desk.post(address(lead, "presence")).json() == {"words": ""}


def test_what_changed_meanwhile_is_shown_and_what_was_typed_can_be_saved_over_it(
    desk: Client, lead: Lead, manager: User
) -> None:
    page = text_of(desk.get(page_of(lead)))
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen
    details.change(
        lead=lead,
        changes={"good_times": "theirs", "last_name": "Marsh"},
        by=manager,
        version=lead.version,
    )
    triage.add_note(lead=lead, text="Called by mistake.", by=manager)
    fields = detail_fields(lead, good_times="mine", voicemail_ok=False)
    answer = act(desk, lead, "details", **fields, seen=seen.group(1))
    assert answer.status_code == 409
    page = text_of(answer)
    changed = page[page.index("changed-h") : page.index("desk-state")]
    assert manager.username in changed
    assert "Details changed" in changed
    assert "Called by mistake." in changed
    assert "Inquiry received" not in changed
    assert "Refused" not in changed
    table = page[page.index("You typed") : page.index("Saving again puts")]
    for words in ("mine", "theirs", "Quill", "Marsh"):
        assert words in table
    assert "Voicemail allowed" not in table
    assert 'value="mine"' in page
    assert last_data(lead, "refused") == {"act": "details", "why": "StaleVersion"}
    lead.refresh_from_db()
    assert act(desk, lead, "details", **fields).status_code == 302
    lead.refresh_from_db()
    assert (lead.good_times, lead.last_name) == ("mine", "Quill")


@pytest.mark.parametrize("seen", [None, "", "x", "-3", "9" * 30])
def test_page_that_does_not_say_what_it_showed_is_told_the_latest(
    desk: Client, lead: Lead, manager: User, seen: str | None
) -> None:
    triage.claim(lead=lead, by=manager)
    more = {} if seen is None else {"seen": seen}
    answer = act(desk, lead, "move", to="attempting", **more)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Claimed" in page[page.index("changed-h") : page.index("desk-state")]


def test_refusal_that_is_no_change_by_others_shows_none(desk: Client, lead: Lead) -> None:
    assert "changed-h" not in text_of(act(desk, lead, "move", to="admitted"))


# -- masked, shown, printed


def test_masked_values_are_shown_once_after_that_is_recorded(
    desk: Client, send_insurance: Callable[..., Lead]
) -> None:
    lead = send_insurance()
    page = text_of(desk.get(page_of(lead)))
    assert "XYZ123456789" not in page
    assert "••••6789" in page
    answer = desk.post(address(lead, "reveal"))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    for value in ("XYZ123456789", "Avery Quill", "March 27, 1985"):
        assert value in text_of(answer)
    assert last_data(lead, "revealed")["fields"] == [
        "member_id",
        "patient_birth_date",
        "patient_legal_name",
        "patient_name",
    ]
    assert desk.get(address(lead, "reveal")).status_code == 405
    assert "XYZ123456789" not in text_of(desk.get(page_of(lead)))


def test_print_view_is_masked_recorded_and_carries_the_notice(
    desk: Client, send_insurance: Callable[..., Lead], coordinator: User
) -> None:
    lead = send_insurance()
    triage.add_note(lead=lead, text="A note to print.", by=coordinator)
    answer = desk.get(address(lead, "print"))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    page = text_of(answer)
    for words in (
        "42 CFR part 2 prohibits unauthorized use",
        "NO voicemail",
        "••••6789",
        "A note to print.",
    ):
        assert words in page
    assert "XYZ123456789" not in page
    assert "Avery Quill" not in page
    assert "<form" not in page[page.index("content-main") :].split("</main>")[0]
    assert LeadEvent.objects.filter(lead=lead, kind="printed", actor=coordinator.username).exists()
    assert desk.post(address(lead, "print")).status_code == 405


@pytest.mark.shows("201 CMR 17.04(4)", "ASVS 16.3.2", "ASVS 16.3.3")
@pytest.mark.parametrize(
    ("method", "name"), [("post", "reveal"), ("get", "print"), ("post", "presence")]
)
@pytest.mark.parametrize("role", [roles.AUDITOR, roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER])
def test_other_roles_are_refused_and_that_is_recorded(
    client: Client, lead: Lead, make_staff: Any, method: str, name: str, role: str
) -> None:
    client.force_login(make_staff(role))
    assert getattr(client, method)(address(lead, name)).status_code == 403
    assert last_data(lead, "refused") == {"act": name, "why": "NotAllowed"}
    assert not LeadEvent.objects.filter(kind__in=["revealed", "printed"]).exists()


@pytest.mark.shows("ASVS 8.1.2", "ASVS 8.2.3")
def test_who_may_look_but_not_work_on_leads_is_shown_nothing_masked(
    client: Client, send_insurance: Callable[..., Lead], db: None
) -> None:
    lead = send_insurance()
    onlooker = User.objects.create_user("o@example.org", "o@example.org", "x" * 20, is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_lead"))
    client.force_login(onlooker)
    answer = client.post(address(lead, "reveal"))
    assert answer.status_code == 403
    assert last_data(lead, "refused") == {"act": "revealed", "why": "NotAllowed"}


@pytest.mark.shows("ASVS 3.5.3")
@pytest.mark.parametrize(("method", "name"), [("get", "reveal"), ("get", "presence")])
def test_what_writes_is_no_plain_visit(desk: Client, lead: Lead, method: str, name: str) -> None:
    assert getattr(desk, method)(address(lead, name)).status_code == 405


@pytest.mark.shows("201 CMR 17.04(4)", "ASVS 16.3.2", "ASVS 16.3.3")
def test_act_that_the_role_does_not_include_is_refused_and_recorded(
    desk: Client, lead: Lead, manager: User
) -> None:
    triage.claim(lead=lead, by=manager)
    lead.refresh_from_db()
    assert act(desk, lead, "release").status_code == 403
    assert last_data(lead, "refused") == {"act": "release", "why": "NotAllowed"}


def test_closed_lead_has_no_next_step_to_set(desk: Client, lead: Lead) -> None:
    close(lead)
    assert 'id="next"' not in text_of(desk.get(page_of(lead)))
    assert act(desk, lead, "followup", next_step="hour").status_code == 409
