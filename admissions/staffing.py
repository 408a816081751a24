"""Who is at the desk: who may take leads, who is away, and who is not here any more.

Nothing may rest unseen with somebody who is not there. So the owner of a lead counts as absent
while marked as away, and for good once deactivated or without the role.
"""

from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from admissions import audit
from admissions.enums import EventKind
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.models import Absence
from iop_site.roles import COORDINATOR, MANAGER, has_role, holders


def takers(on: date) -> QuerySet[User]:
    """Return the staff who work on leads, each with `is_away` on a local day."""
    away = Absence.objects.on(on).filter(user=OuterRef("pk"))
    people = holders(COORDINATOR, MANAGER)
    return people.annotate(is_away=Exists(away)).order_by("username")


def here(on: date) -> QuerySet[User]:
    """Return the staff who work on leads and are not away on a local day."""
    return holders(COORDINATOR, MANAGER).exclude(absences__in=Absence.objects.on(on))


def is_here(user: User) -> bool:
    """Return whether somebody works on leads today; one query."""
    return here(timezone.localdate()).filter(pk=user.pk).exists()


def absent(day: date) -> list[int]:
    """Return the ids of all users whose leads are offered to others; one query."""
    return list(User.objects.exclude(pk__in=here(day)).order_by("pk").values_list("pk", flat=True))


def absences_from(day: date) -> QuerySet[Absence]:
    """Return who is away on a local day or later, each with `has_begun`, earliest first."""
    return (
        Absence.objects.filter(Q(until=None) | Q(until__gte=day))
        .annotate(has_begun=Q(since__lte=day))
        .select_related("user")
        .order_by("since", "id")
    )


def go_away(*, user: User, since: date, until: date | None, by: User) -> Absence:
    """Mark somebody as away from a day to a day, both included; None: until they are back.

    Oneself, or as a manager anybody who works on leads. Raises WorkflowError for days in the wrong
    order or over already, or that another absence of theirs covers. Side effect: event.
    """
    with transaction.atomic():
        _check(user, by)
        if not has_role(user, COORDINATOR, MANAGER):
            raise WorkflowError(_("They do not work on leads."))
        audit.lock_chain()
        if until is not None and until < since:
            raise WorkflowError(_("The last day cannot be before the first."))
        if until is not None and until < timezone.localdate():
            raise WorkflowError(_("Those days are over. Choose a last day that is still to come."))
        earlier = Absence.objects.filter(Q(until=None) | Q(until__gte=since), user=user)
        if until is not None:
            earlier = earlier.filter(since__lte=until)
        if other := earlier.first():
            raise WorkflowError(
                _("That is marked already: %(when)s. Take that back first to change it.")
                % {"when": in_words(other)}
            )
        absence = Absence.objects.create(user=user, since=since, until=until, by=by)
        _record(absence, EventKind.WENT_AWAY, by)
        return absence


def come_back(*, absence: Absence, by: User) -> None:
    """End an absence: they are here from today on; one that has not begun is taken back.

    Oneself, or as a manager anybody. Side effect: event. A second time changes nothing.
    """
    with transaction.atomic():
        _check(absence.user, by)
        audit.lock_chain()
        today = timezone.localdate()
        current = Absence.objects.filter(pk=absence.pk).first()
        if current is None or (current.until is not None and current.until < today):
            return
        _record(current, EventKind.CAME_BACK, by)
        if current.since < today:
            current.until = today - timedelta(days=1)
            current.save(update_fields=["until"])
        else:
            current.delete()


def in_words(absence: Absence) -> str:
    """Return from when to when somebody is away."""
    since = date_format(absence.since)
    if absence.until is None:
        return _("from %(since)s until they are back") % {"since": since}
    if absence.until == absence.since:
        return since
    return _("%(since)s to %(until)s") % {"since": since, "until": date_format(absence.until)}


def _check(user: User, by: User) -> None:
    if not has_role(by, COORDINATOR, MANAGER):
        raise NotAllowed(_("Your role does not include working on leads."))
    if user.pk != by.pk and not has_role(by, MANAGER):
        raise NotAllowed(_("Only a manager can mark somebody else as away or back."))


def _record(absence: Absence, kind: EventKind, by: User) -> None:
    days = [str(absence.since), str(absence.until) if absence.until else None]
    data = {"user": absence.user_id, "absence": absence.pk, "days": days}
    audit.record(lead=None, kind=kind, by=by, data=data)
