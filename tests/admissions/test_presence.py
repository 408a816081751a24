"""Who else has a lead open: said while it is so, forgotten soon after."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from admissions import presence, watch
from admissions.models import Lead, LeadPresence
from iop_site import roles
from tests.threads import run_together


def test_others_are_those_who_looked_lately_and_not_oneself(
    lead: Lead, make_lead: Callable[..., Lead], make_staff: Callable[..., User]
) -> None:
    me, ana, kim, away = (make_staff(roles.COORDINATOR, name) for name in ("me", "ana", "kim", "x"))
    other = make_lead(first_name="Blake", phone="", email="blake@example.org")
    start = timezone.now()
    for user, minutes in ((away, 0), (ana, 2), (kim, 4), (me, 4)):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            presence.seen(lead, user)
    presence.seen(other, away)
    with time_machine.travel(start + timedelta(minutes=4), tick=False):
        looking = presence.others(lead, me)
        assert [one.user for one in looking] == [kim, ana]
        assert presence.in_words(looking) == (
            "kim@example.org has this lead open too (seen just now). "
            "ana@example.org has this lead open too (seen 2 minutes ago)."
        )
    assert presence.in_words([]) == ""


def test_seen_again_is_one_row_with_the_later_time(lead: Lead, coordinator: User) -> None:
    later = timezone.now() + timedelta(minutes=2)
    presence.seen(lead, coordinator)
    with time_machine.travel(later, tick=False):
        presence.seen(lead, coordinator)
    assert LeadPresence.objects.get().seen_at == later


def test_watch_forgets_who_is_gone(
    lead: Lead, coordinator: User, manager: User, django_assert_num_queries: Any
) -> None:
    presence.seen(lead, coordinator)
    with time_machine.travel(timezone.now() + presence.WINDOW + timedelta(seconds=1)):
        presence.seen(lead, manager)
        watch.look()
    assert LeadPresence.objects.get().user == manager


@pytest.mark.django_db(transaction=True)
def test_two_tabs_of_one_person_at_once_are_one_row(lead: Lead, coordinator: User) -> None:
    results = run_together(6, lambda number: presence.seen(lead, coordinator))
    assert results == [None] * 6
    assert LeadPresence.objects.count() == 1
