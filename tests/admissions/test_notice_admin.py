"""Notices at the desk: the list, sending again, and what each member of staff wants to be told."""

from datetime import time, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from admissions import mails, notices, outbox
from admissions.enums import NoticeKind
from admissions.models import Lead, LeadEvent, NoticePreference, OutboxMessage
from iop_site import roles
from tests.admissions.mail_tools import consultation_of

LIST = "/admin/admissions/outboxmessage/"
MINE = "/admin/admissions/noticepreference/mine/"

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def lead(lead: Lead) -> Lead:
    """A lead about which nothing is told yet, that may be written to."""
    OutboxMessage.objects.all().delete()
    Lead.objects.filter(pk=lead.pk).update(email_ok=True)
    return Lead.objects.get(pk=lead.pk)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def row(lead: Lead, state: str = "waiting", **values: Any) -> OutboxMessage:
    """Store a notice to the desk in some state."""
    if state == "sent":
        values.setdefault("sent_at", timezone.now())
    return OutboxMessage.objects.create(
        **{"kind": "new_inquiry", "lead": lead, "state": state, **values}
    )


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def send_again(user: User, *rows: OutboxMessage) -> str:
    """Choose rows and send them again, as from the list; return the page that follows."""
    answer = signed_in(user).post(
        LIST, {"action": "send_again", "_selected_action": [one.pk for one in rows]}, follow=True
    )
    return unescape(answer.content.decode())


# -- the list


def test_list_says_what_goes_to_whom_and_how_it_ended(
    lead: Lead, manager: User, coordinator: User
) -> None:
    row(lead)
    row(lead, "dead", kind="new_insurance", attempts=14, last_error="SMTPDataError 451")
    row(lead, "skipped", kind="family_received", audience="family", last_error="They said no.")
    row(lead, "sent", kind="unclaimed", audience="staff", recipient=coordinator)
    page = words(signed_in(manager), LIST)
    for said in (
        "New inquiry",
        "SMTPDataError 451",
        "They said no.",
        "Failed for good",
        "Not sent, on purpose",
        coordinator.username,
        "Family",
        lead.get_absolute_url(),
    ):
        assert said in page, said
    for private in (lead.email, lead.phone, lead.first_name, "desk@example.org"):
        assert private not in page


def test_list_sums_up_above_it(lead: Lead, manager: User) -> None:
    row(lead)
    row(lead, available_at=timezone.now() - timedelta(hours=1))
    row(lead, "dead")
    for _ in range(3):
        row(lead, "sent")
    page = words(signed_in(manager), LIST)
    summary = page[page.index('<p class="desk-state">') :].split("</p>")[0]
    numbers = [part.split("</strong>")[0] for part in summary.split("<strong>")[1:]]
    assert numbers == ["2", "1", "1", "3"]


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ("state__exact=dead", ["new_insurance"]),
        ("kind__exact=new_inquiry", ["new_inquiry"]),
        ("audience__exact=family", ["family_received"]),
        ("state__exact=rubbish", []),
    ],
)
def test_list_can_be_narrowed(lead: Lead, manager: User, asked: str, kinds: list[str]) -> None:
    row(lead)
    row(lead, "dead", kind="new_insurance")
    row(lead, "skipped", kind="family_received", audience="family")
    answer = signed_in(manager).get(f"{LIST}?{asked}", follow=True)
    assert answer.status_code == 200
    if kinds:
        assert [one.kind for one in answer.context["cl"].result_list] == kinds


def test_list_opens_no_lead_and_takes_the_same_queries_for_any_number(
    lead: Lead, manager: User, coordinator: User
) -> None:
    client = signed_in(manager)
    counts = []
    for number in (1, 3, 300):
        OutboxMessage.objects.all().delete()
        OutboxMessage.objects.bulk_create(
            OutboxMessage(kind="new_inquiry", lead=lead, audience="staff", recipient=coordinator)
            for _ in range(number)
        )
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
        assert not [one for one in queries if '"admissions_lead"."first_name"' in one["sql"]]
    assert len(set(counts)) == 1, counts


def test_row_has_a_page_without_anything_private(lead: Lead, manager: User) -> None:
    message = row(lead, "skipped", kind="family_received", audience="family", last_error="No.")
    page = words(signed_in(manager), f"{LIST}{message.pk}/change/")
    assert lead.reference in page
    assert "No." in page
    assert lead.email not in page
    assert str(message.message_id) not in page


def test_auditor_sees_the_reference_without_a_link(lead: Lead, make_staff: Any) -> None:
    row(lead, "dead")
    page = words(signed_in(make_staff(roles.AUDITOR)), LIST)
    assert lead.reference in page
    assert lead.get_absolute_url() not in page
    assert "Send again" not in page


@pytest.mark.parametrize("role", [roles.COORDINATOR, roles.CONTENT_EDITOR])
def test_list_is_not_for_everybody(make_staff: Any, role: str) -> None:
    assert signed_in(make_staff(role)).get(LIST).status_code == 403


# -- again


def test_manager_sends_failed_and_skipped_notices_again(
    lead: Lead, manager: User, mailoutbox: list[Any]
) -> None:
    dead, skipped = row(lead, "dead"), row(lead, "skipped", kind="new_insurance")
    assert "2 notices wait to be sent." in send_again(manager, dead, skipped)
    events = LeadEvent.objects.filter(kind="notice_sent_again")
    assert {one.data["notice"] for one in events} == {dead.pk, skipped.pk}
    assert {one.actor for one in events} == {manager.username}
    outbox.send_due(mails.compose)
    assert len(mailoutbox) == 2


def test_what_still_must_not_be_sent_stays_and_the_manager_reads_why(
    lead: Lead, manager: User
) -> None:
    Lead.objects.filter(pk=lead.pk).update(contact_withdrawn_at=timezone.now())
    start = timezone.now() + timedelta(days=1)
    message = row(
        lead,
        "skipped",
        kind="family_booked",
        audience="family",
        consultation=consultation_of(lead, start),
        sequence=0,
    )
    dead = row(lead, "dead")
    page = send_again(manager, message, dead)
    assert f"Not sent again ({lead.reference}): They asked us not to contact them." in page
    assert "1 notice waits to be sent." in page
    message.refresh_from_db()
    assert message.state == "skipped"
    assert LeadEvent.objects.filter(kind="notice_sent_again").count() == 1


def test_notice_that_may_go_by_now_is_sent_again(lead: Lead, manager: User) -> None:
    message = row(lead, "skipped", kind="family_received", audience="family", last_error="No.")
    assert "1 notice waits to be sent." in send_again(manager, message)
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("waiting", "")


@pytest.mark.parametrize("state", ["waiting", "sent"])
def test_notice_that_is_not_over_is_not_sent_again(lead: Lead, manager: User, state: str) -> None:
    message = row(lead, state)
    assert "0 notices wait to be sent." in send_again(manager, message)
    assert OutboxMessage.objects.get(pk=message.pk).state == state


@pytest.mark.parametrize("role", [roles.AUDITOR, roles.COORDINATOR])
def test_only_managers_send_again(lead: Lead, make_staff: Any, role: str) -> None:
    message = row(lead, "dead")
    send_again(make_staff(role), message)
    assert OutboxMessage.objects.get().state == "dead"
    assert not LeadEvent.objects.filter(kind="notice_sent_again").exists()


def test_rows_are_not_written_by_hand(lead: Lead, manager: User) -> None:
    message, client = row(lead, "dead"), signed_in(manager)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{message.pk}/change/", {"state": "sent"}).status_code == 403
    assert client.post(f"{LIST}{message.pk}/delete/", {"post": "yes"}).status_code == 403
    assert OutboxMessage.objects.get().state == "dead"


# -- my notices


def post_mine(user: User, **fields: Any) -> tuple[int, str]:
    answer = signed_in(user).post(MINE, fields, follow=True)
    return answer.status_code, unescape(answer.content.decode())


def kept(user: User) -> tuple[list[str], time | None, time | None]:
    one = NoticePreference.objects.get(user=user)
    return one.kinds, one.quiet_from, one.quiet_until


def test_work_queue_leads_to_my_notices(coordinator: User) -> None:
    assert reverse("admin:admissions_noticepreference_mine") == MINE
    assert MINE in words(signed_in(coordinator), "/admin/")


def test_member_of_staff_chooses_kinds_and_quiet_hours(coordinator: User) -> None:
    status, page = post_mine(
        coordinator,
        kinds=["new_inquiry", "unclaimed"],
        quiet_from="22:00",
        quiet_until="07:30",
    )
    assert status == 200
    assert "What you are told is saved." in page
    assert kept(coordinator) == (["new_inquiry", "unclaimed"], time(22), time(7, 30))
    page = words(signed_in(coordinator), MINE)
    assert coordinator.email in page
    assert 'value="new_inquiry" id="id_kinds_0" checked' in page
    assert 'value="22:00"' in page


def test_everything_can_be_switched_off_again(coordinator: User) -> None:
    notices.set_preference(
        user=coordinator, kinds=[NoticeKind.NEW_INQUIRY], quiet_from=time(1), quiet_until=time(2)
    )
    assert post_mine(coordinator)[0] == 200
    assert kept(coordinator) == ([], None, None)


def test_what_is_saved_is_one_s_own(coordinator: User, manager: User) -> None:
    data = {"kinds": ["new_inquiry"], "user": manager.pk, "id": 1}
    signed_in(coordinator).post(MINE, data)
    assert [one.user for one in NoticePreference.objects.all()] == [coordinator]


def test_manager_is_not_offered_what_cannot_be_switched_off(manager: User) -> None:
    page = words(signed_in(manager), MINE)
    assert "As a manager you are always told" in page
    assert 'value="unclaimed"' not in page
    assert 'value="family_received"' not in page
    assert post_mine(manager, kinds=["unclaimed"])[0] == 422


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"quiet_from": "22:00"}, "Give both times, or none."),
        ({"quiet_until": "07:00"}, "Give both times, or none."),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "The two times must differ."),
        ({"quiet_from": "late", "quiet_until": "07:00"}, "Enter a time, such as 22:00"),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "Enter a time, such as 22:00"),
        ({"kinds": ["family_received"]}, "one of these is not on it"),
        ({"kinds": ["\x00"]}, "one of these is not on it"),
    ],
)
def test_rubbish_is_answered_with_what_to_do(
    coordinator: User, fields: dict[str, Any], says: str
) -> None:
    status, page = post_mine(coordinator, **fields)
    assert status == 422
    assert says in page
    assert "Nothing was saved." in page
    assert not NoticePreference.objects.exists()


@pytest.mark.parametrize(
    ("typed", "meant"), [("10:00 PM", time(22)), ("10 pm", time(22)), ("7:05am", time(7, 5))]
)
def test_times_are_taken_as_people_write_them(coordinator: User, typed: str, meant: time) -> None:
    post_mine(coordinator, quiet_from=typed, quiet_until="03:00")
    assert kept(coordinator)[1] == meant


def test_whoever_has_no_address_is_told_so(coordinator: User) -> None:
    User.objects.filter(pk=coordinator.pk).update(email="")
    assert "Your account has no e-mail address" in words(signed_in(coordinator), MINE)


@pytest.mark.parametrize("role", [roles.CONTENT_EDITOR, roles.AUDITOR, roles.CLINICAL_REVIEWER])
def test_my_notices_are_for_who_works_on_leads(make_staff: Any, role: str) -> None:
    assert signed_in(make_staff(role)).get(MINE).status_code == 403
    assert signed_in(make_staff(role, "other")).post(MINE).status_code == 403


def test_nobody_gets_there_without_signing_in(db: None) -> None:
    assert Client().get(MINE).status_code == 302


def test_managers_see_who_is_told_what(manager: User, coordinator: User) -> None:
    notices.set_preference(user=coordinator, kinds=[NoticeKind.NEW_INQUIRY])
    NoticePreference.objects.filter(user=coordinator).update(kinds=["new_inquiry", "gone"])
    page = words(signed_in(manager), "/admin/admissions/noticepreference/")
    assert coordinator.username in page
    assert "New inquiry" in page
    assert signed_in(coordinator).get("/admin/admissions/noticepreference/").status_code == 403


# -- how they may be reached


def test_lead_page_and_queue_say_who_must_not_be_contacted(lead: Lead, coordinator: User) -> None:
    client = signed_in(coordinator)
    assert "Do not contact" not in words(client, "/admin/")
    Lead.objects.filter(pk=lead.pk).update(contact_withdrawn_at=timezone.now())
    assert "Do not contact" in words(client, "/admin/")
    page = words(client, lead.get_absolute_url())
    assert "NO calls: They asked us not to contact them." in page
    assert "NO automatic e-mail: They asked us not to contact them." in page
