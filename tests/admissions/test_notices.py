"""Who is told what, when: the desk, the members of staff who asked, managers, and families."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from admissions import notices
from admissions.enums import ESCALATIONS, FAMILY_NOTICES, OFFICE_NOTICES, STAFF_NOTICES, NoticeKind
from admissions.models import Lead, NoticePreference, OutboxMessage, StatusAccess
from iop_site import roles
from tests.admissions.mail_tools import consultation_of, local
from tests.threads import run_together

INQUIRY, UNCLAIMED = NoticeKind.NEW_INQUIRY, NoticeKind.UNCLAIMED
Staff = Callable[..., User]


@pytest.fixture
def lead(lead: Lead) -> Lead:
    """A lead about which nothing is told yet."""
    OutboxMessage.objects.all().delete()
    return lead


def asks_for(user: User, *kinds: NoticeKind, quiet: tuple[str, str] | None = None) -> User:
    start, end = (time.fromisoformat(one) for one in quiet) if quiet else (None, None)
    notices.set_preference(user=user, kinds=kinds, quiet_from=start, quiet_until=end)
    return user


def told() -> list[str]:
    """Return who is told, oldest first: an audience, or a member of staff's sign-in name."""
    rows = OutboxMessage.objects.select_related("recipient").order_by("id")
    return [one.recipient.username if one.recipient else one.audience for one in rows]


# -- kinds


def test_every_kind_is_for_staff_or_for_families() -> None:
    groups = (*STAFF_NOTICES, *FAMILY_NOTICES, *OFFICE_NOTICES)
    assert sorted(groups) == sorted(NoticeKind)  # each in one of them
    assert set(ESCALATIONS) < set(STAFF_NOTICES)


# -- staff


@pytest.mark.parametrize("kind", [one for one in STAFF_NOTICES if one not in ESCALATIONS])
def test_desk_is_told_of_everything_but_escalations(
    lead: Lead, manager: User, coordinator: User, kind: NoticeKind
) -> None:
    notices.tell_staff(kind=kind, lead=lead)
    assert told() == ["desk"]


def test_members_of_staff_are_told_what_they_asked_for(lead: Lead, make_staff: Staff) -> None:
    asks_for(make_staff(roles.COORDINATOR, "asks"), INQUIRY, NoticeKind.NEW_INSURANCE)
    asks_for(make_staff(roles.COORDINATOR, "other"), NoticeKind.NEW_INSURANCE)
    asks_for(make_staff(roles.MANAGER, "leads"), INQUIRY)
    make_staff(roles.COORDINATOR, "silent")
    notices.tell_staff(kind=INQUIRY, lead=lead)
    assert told() == ["desk", "asks@example.org", "leads@example.org"]


def test_nobody_is_told_who_may_not_see_leads_any_more(lead: Lead, make_staff: Staff) -> None:
    for role in (roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER, roles.AUDITOR):
        asks_for(make_staff(role), INQUIRY, UNCLAIMED)
    gone = asks_for(make_staff(roles.COORDINATOR, "gone"), INQUIRY)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    outside = asks_for(make_staff(roles.MANAGER, "outside"), INQUIRY)
    User.objects.filter(pk=outside.pk).update(is_staff=False)
    notices.tell_staff(kind=INQUIRY, lead=lead)
    notices.tell_staff(kind=UNCLAIMED, lead=lead)
    assert told() == ["desk", "desk"]


def test_somebody_in_both_groups_is_told_once(lead: Lead, make_staff: Staff) -> None:
    user = asks_for(make_staff(roles.MANAGER, "both"), INQUIRY)
    user.groups.add(*User.objects.get(pk=make_staff(roles.COORDINATOR).pk).groups.all())
    notices.tell_staff(kind=INQUIRY, lead=lead)
    assert told() == ["desk", "both@example.org"]


@pytest.mark.parametrize("kind", ESCALATIONS)
def test_escalation_goes_to_every_manager_asked_for_or_not(
    lead: Lead, make_staff: Staff, kind: NoticeKind
) -> None:
    make_staff(roles.MANAGER, "one")
    asks_for(make_staff(roles.MANAGER, "two"), INQUIRY)
    make_staff(roles.COORDINATOR, "silent")
    asks_for(make_staff(roles.COORDINATOR, "curious"), kind)
    notices.tell_staff(kind=kind, lead=lead)
    assert told() == ["one@example.org", "two@example.org", "curious@example.org"]


def test_escalation_goes_to_the_desk_where_there_is_no_manager(
    lead: Lead, make_staff: Staff
) -> None:
    gone = make_staff(roles.MANAGER)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    administrator = User.objects.create_superuser("root@example.org", "root@example.org", "x")
    notices.tell_staff(kind=UNCLAIMED, lead=lead)
    assert told() == ["desk"]
    asks_for(administrator, UNCLAIMED)
    notices.tell_staff(kind=UNCLAIMED, lead=lead)
    assert told() == ["desk", "desk", "root@example.org"]


def test_of_a_held_lead_nobody_on_the_staff_is_told(lead: Lead, manager: User) -> None:
    lead.quarantined_at = timezone.now()
    for kind in STAFF_NOTICES:
        notices.tell_staff(kind=kind, lead=lead)
    assert told() == []


def test_notice_keeps_what_it_is_about(lead: Lead, manager: User) -> None:
    asks_for(manager, NoticeKind.NEW_CONSULTATION)
    consultation = consultation_of(lead, timezone.now() + timedelta(days=1))
    notices.tell_staff(
        kind=NoticeKind.NEW_CONSULTATION, lead=lead, consultation=consultation, once="booked"
    )
    rows = list(OutboxMessage.objects.order_by("id"))
    assert [(one.lead, one.consultation) for one in rows] == [(lead, consultation)] * 2
    assert all(one.state == "waiting" for one in rows)
    assert len({one.message_id for one in rows}) == 2


def test_notices_go_with_the_transaction_they_are_in(lead: Lead) -> None:
    def undo() -> None:
        with transaction.atomic():
            notices.tell_staff(kind=INQUIRY, lead=lead)
            notices.tell_family(kind=NoticeKind.FAMILY_RECEIVED, lead=lead, access=None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undo()
    assert told() == []


@pytest.mark.parametrize("staff", [0, 1, 12])
def test_telling_takes_two_queries_however_many_are_told(
    lead: Lead, make_staff: Staff, staff: int, django_assert_num_queries: Any
) -> None:
    for number in range(staff):
        asks_for(make_staff(roles.COORDINATOR, f"n{number}"), INQUIRY)
    with django_assert_num_queries(2):
        notices.tell_staff(kind=INQUIRY, lead=lead)
    assert len(told()) == staff + 1


# -- once


def test_once_tells_nobody_the_same_twice(lead: Lead, make_staff: Staff) -> None:
    asks_for(make_staff(roles.COORDINATOR, "first"), INQUIRY)
    notices.tell_staff(kind=INQUIRY, lead=lead, once="watch")
    asks_for(make_staff(roles.COORDINATOR, "later"), INQUIRY)
    notices.tell_staff(kind=INQUIRY, lead=lead, once="watch")
    assert told() == ["desk", "first@example.org", "later@example.org"]


def test_once_keeps_occasions_kinds_and_leads_apart(
    lead: Lead, make_lead: Callable[..., Lead]
) -> None:
    other = make_lead(first_name="Blake", phone="", email="blake@example.org")
    OutboxMessage.objects.all().delete()
    for one in (lead, other):
        for kind in (INQUIRY, NoticeKind.FAMILY_WROTE):
            for once in ("watch", "again", "", ""):
                notices.tell_staff(kind=kind, lead=one, once=once)
    assert len(told()) == 2 * 2 * 4


def test_once_has_room_for_the_largest_numbers(lead: Lead) -> None:
    lead.pk, user = 2**63 - 1, 2**31 - 1
    longest = max(NoticeKind.values, key=len)
    key = notices._once_key("x" * 40, NoticeKind(longest), lead, str(user))
    assert key is not None
    assert len(key) <= OutboxMessage._meta.get_field("once_key").max_length


@pytest.mark.django_db(transaction=True)
def test_once_holds_for_many_at_the_same_time(lead: Lead, manager: User) -> None:
    asks_for(manager, INQUIRY)

    def tell(number: int) -> None:
        with transaction.atomic():
            notices.tell_staff(kind=INQUIRY, lead=lead, once="watch")

    assert run_together(8, tell) == [None] * 8
    assert sorted(told()) == ["desk", manager.username]


# -- quiet hours of staff


def waits_until(user: User, kind: NoticeKind = INQUIRY) -> datetime | None:
    """Return when the one notice to `user` goes out, or None where at once."""
    row = OutboxMessage.objects.get(recipient=user, kind=kind)
    now = timezone.now()
    return row.available_at if abs(row.available_at - now) > timedelta(minutes=1) else None


@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        # over midnight
        ("2026-12-01 21:59", ("22:00", "07:00"), None),
        ("2026-12-01 22:00", ("22:00", "07:00"), "2026-12-02 07:00"),
        ("2026-12-01 23:59:59", ("22:00", "07:00"), "2026-12-02 07:00"),
        ("2026-12-02 00:00", ("22:00", "07:00"), "2026-12-02 07:00"),
        ("2026-12-02 06:59:59", ("22:00", "07:00"), "2026-12-02 07:00"),
        ("2026-12-02 07:00", ("22:00", "07:00"), None),
        ("2026-12-31 23:30", ("22:00", "07:00"), "2027-01-01 07:00"),
        ("2028-02-28 23:30", ("22:00", "07:00"), "2028-02-29 07:00"),
        # within a day
        ("2026-12-01 11:59", ("12:00", "13:00"), None),
        ("2026-12-01 12:00", ("12:00", "13:00"), "2026-12-01 13:00"),
        ("2026-12-01 13:00", ("12:00", "13:00"), None),
        # from midnight, and to midnight
        ("2026-12-01 05:00", ("00:00", "06:00"), "2026-12-01 06:00"),
        ("2026-12-01 22:00", ("21:00", "00:00"), "2026-12-02 00:00"),
        ("2026-12-01 00:00", ("21:00", "00:00"), None),
        # the nights in which the clock jumps: 23 and 25 hours are still one night
        ("2027-03-13 23:00", ("22:00", "07:00"), "2027-03-14 07:00"),
        ("2026-10-31 23:00", ("22:00", "07:00"), "2026-11-01 07:00"),
    ],
)
def test_quiet_hours_are_waited_for_on_the_wall_clock(
    now: str, quiet: tuple[str, str], until: str | None
) -> None:
    preference = NoticePreference(
        quiet_from=time.fromisoformat(quiet[0]), quiet_until=time.fromisoformat(quiet[1])
    )
    end = notices.quiet_end(preference, local(now))
    assert end == (local(until) if until else None)


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_do_not_start_again() -> None:
    preference = NoticePreference(quiet_from=time(22), quiet_until=time(1, 30))
    second_one_fifteen = local("2026-11-01 01:15").astimezone(UTC) + timedelta(hours=1)
    end = notices.quiet_end(preference, second_one_fifteen)
    assert end is not None
    assert end <= second_one_fifteen  # over: it goes out at once


def test_whoever_has_no_quiet_hours_is_told_at_once() -> None:
    assert notices.quiet_end(None, timezone.now()) is None
    assert notices.quiet_end(NoticePreference(kinds=["new_inquiry"]), timezone.now()) is None


@time_machine.travel(local("2026-12-01 23:00"), tick=False)
def test_quiet_hours_move_the_notice_of_that_person_only(lead: Lead, make_staff: Staff) -> None:
    sleeps = asks_for(make_staff(roles.COORDINATOR, "sleeps"), INQUIRY, quiet=("22:00", "07:00"))
    wakes = asks_for(make_staff(roles.COORDINATOR, "wakes"), INQUIRY)
    notices.tell_staff(kind=INQUIRY, lead=lead)
    rows = {one.recipient: one for one in OutboxMessage.objects.all()}
    assert rows[sleeps].available_at == local("2026-12-02 07:00")
    due = set(OutboxMessage.objects.due())
    assert {rows[wakes], rows[None]} <= due | {rows[sleeps]}
    assert rows[wakes].available_at == rows[None].available_at  # the database's own time


@pytest.mark.parametrize("kind", ESCALATIONS)
def test_escalation_does_not_wait_for_quiet_hours(
    lead: Lead, manager: User, kind: NoticeKind
) -> None:
    now = timezone.localtime()
    always = (now - timedelta(hours=2)).time(), (now + timedelta(hours=2)).time()
    notices.set_preference(
        user=manager, kinds=[INQUIRY], quiet_from=always[0], quiet_until=always[1]
    )
    notices.tell_staff(kind=kind, lead=lead)
    notices.tell_staff(kind=INQUIRY, lead=lead)
    assert waits_until(manager, kind) is None
    assert waits_until(manager, INQUIRY) is not None


# -- preferences


def test_preference_is_kept_and_replaced(manager: User) -> None:
    asks_for(manager, INQUIRY, quiet=("22:00", "07:00"))
    asks_for(manager, UNCLAIMED, NoticeKind.FAMILY_WROTE)
    kept = NoticePreference.objects.get()
    assert (kept.user, kept.kinds) == (manager, ["unclaimed", "family_wrote"])
    assert (kept.quiet_from, kept.quiet_until) == (None, None)
    assert str(kept) == f"notice preference {kept.pk}"


def test_preference_has_both_times_or_none(manager: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticePreference.objects.create(user=manager, quiet_from=time(22))


# -- families


def test_family_is_written_to_about_the_access_it_came_by(lead: Lead) -> None:
    access = StatusAccess.objects.filter(lead=lead).first()
    consultation = consultation_of(lead, timezone.now() + timedelta(days=3), sequence=4)
    notices.tell_family(
        kind=NoticeKind.FAMILY_BOOKED, lead=lead, access=access, consultation=consultation
    )
    row = OutboxMessage.objects.get()
    assert (row.audience, row.recipient, row.lead) == ("family", None, lead)
    assert (row.access, row.consultation, row.sequence) == (access, consultation, 4)
    assert row in OutboxMessage.objects.due()


def test_family_notice_is_stored_even_where_it_will_not_be_sent(lead: Lead) -> None:
    """Whether it may go is asked when it goes; staff then see why it did not."""
    lead.email_ok = False
    notices.tell_family(kind=NoticeKind.FAMILY_RECEIVED, lead=lead, access=None)
    assert told() == ["family"]


def test_family_that_gave_no_address_has_no_notice(lead: Lead) -> None:
    lead.email = ""
    notices.tell_family(kind=NoticeKind.FAMILY_RECEIVED, lead=lead, access=None)
    assert told() == []


@pytest.mark.parametrize(
    ("now", "due", "starts", "at"),
    [
        # by day, when it is due
        ("2026-12-01 09:00", "2026-12-02 10:00", "2026-12-03 10:00", "2026-12-02 10:00"),
        ("2026-12-01 09:00", "2026-12-02 08:00", "2026-12-03 08:00", "2026-12-02 08:00"),
        ("2026-12-01 09:00", "2026-12-02 19:59", "2026-12-03 19:59", "2026-12-02 19:59"),
        # at night: in the morning
        ("2026-12-01 09:00", "2026-12-02 20:00", "2026-12-03 20:00", "2026-12-03 08:00"),
        ("2026-12-01 09:00", "2026-12-02 07:59", "2026-12-03 07:59", "2026-12-02 08:00"),
        ("2026-12-01 09:00", "2026-12-03 03:00", "2026-12-03 09:00", "2026-12-03 08:00"),
        # where the morning is too late: on the evening before
        ("2026-12-01 09:00", "2026-12-03 07:30", "2026-12-03 08:30", "2026-12-02 19:00"),
        ("2026-12-01 09:00", "2026-12-02 23:00", "2026-12-03 07:00", "2026-12-02 19:00"),
        # that is over too: in the morning, if it has not begun
        ("2026-12-02 19:30", "2026-12-03 07:30", "2026-12-03 08:30", "2026-12-03 08:00"),
        ("2026-12-02 22:00", "2026-12-03 06:00", "2026-12-03 08:00", None),
        ("2026-12-03 07:00", "2026-12-03 06:00", "2026-12-03 07:30", None),
        # never once it has begun
        ("2026-12-03 12:00", "2026-12-02 12:00", "2026-12-03 12:00", None),
        ("2026-12-03 11:59", "2026-12-02 12:00", "2026-12-03 12:00", "2026-12-03 11:59"),
        # the nights in which the clock jumps
        ("2027-03-12 09:00", "2027-03-14 02:30", "2027-03-15 10:00", "2027-03-14 08:00"),
        ("2026-10-30 09:00", "2026-11-01 01:30", "2026-11-01 08:15", "2026-10-31 19:00"),
        # the turn of the year, and a leap day
        ("2026-12-30 09:00", "2026-12-31 22:00", "2027-01-01 22:00", "2027-01-01 08:00"),
        ("2028-02-27 09:00", "2028-02-28 22:00", "2028-02-29 22:00", "2028-02-29 08:00"),
    ],
)
def test_reminder_goes_out_by_day_and_before_the_start(
    now: str, due: str, starts: str, at: str | None
) -> None:
    found = notices.reminder_time(local(due), starts_at=local(starts), now=local(now))
    assert found == (local(at) if at else None)


def test_reminder_waits_until_it_is_due(lead: Lead) -> None:
    start = timezone.localtime() + timedelta(days=4)
    start = start.replace(hour=14, minute=0, second=0, microsecond=0)
    due = start - timedelta(days=1)
    notices.tell_family(
        kind=NoticeKind.FAMILY_REMINDER,
        lead=lead,
        access=None,
        consultation=consultation_of(lead, start),
        not_before=due,
    )
    row = OutboxMessage.objects.get()
    assert row.available_at == due
    assert row not in OutboxMessage.objects.due()


@time_machine.travel(local("2026-12-02 22:00"), tick=False)
def test_reminder_for_which_no_time_by_day_is_left_is_not_stored(lead: Lead) -> None:
    OutboxMessage.objects.all().delete()
    notices.tell_family(
        kind=NoticeKind.FAMILY_REMINDER,
        lead=lead,
        access=None,
        consultation=consultation_of(lead, local("2026-12-03 07:30")),
        not_before=local("2026-12-03 06:30"),
    )
    assert told() == []
