"""Staff roles: Django groups with the permissions of the table below, kept so by `migrate`.

The least a role needs (45 CFR 164.502(b), 164.312(a)). A person has one role; what a role may do
beyond the stock permissions is asked with `has_role`.
"""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, Permission, User
from django.db.models import Q, QuerySet

COORDINATOR = "coordinator"
MANAGER = "manager"
CONTENT_EDITOR = "content editor"
CLINICAL_REVIEWER = "clinical reviewer"
AUDITOR = "auditor"

_LEAD_RECORDS = (
    "lead",
    "inquiry",
    "insuranceverification",
    "consent",
    "contactattempt",
    "leadnote",
    "consultation",
    "verificationresult",
    "selfpayestimate",
    "outboundreferral",
    "leadmerge",
    "referralsource",
)
# When admissions answers and meets people; everybody on the desk reads it, managers set it.
_CALENDAR = (
    "admissions.workinghours",
    "admissions.closedday",
    "admissions.availability",
    "admissions.availabilityexception",
)
_TEXTS = (
    "content.article",
    "content.page",
    "programs.program",
    "programs.component",
    "programs.track",
)
_REFERENCE_DATA = (
    "content.source",
    "content.topic",
    "content.person",
    "content.faq",
    "content.glossaryterm",
    "content.image",
    "programs.levelofcare",
    "programs.scheduleblock",
    "programs.location",
    "programs.payer",
    "programs.crisisline",
)


def _permissions(actions: str, *models: str) -> set[str]:
    """Return codenames such as "content.change_article" for each action and "app.model"."""
    return {
        f"{app}.{action}_{name}"
        for action in actions.split()
        for app, name in (model.split(".") for model in models)
    }


_VIEW_LEADS = _permissions("view", *(f"admissions.{name}" for name in _LEAD_RECORDS))
_VIEW_CALENDAR = _permissions("view", *_CALENDAR, "admissions.bookingrules")
_WORK_LEADS = (
    _VIEW_LEADS
    | _VIEW_CALENDAR
    | _permissions("change", "admissions.lead")
    | _permissions("add change", "admissions.referralsource")
)

PERMISSIONS: dict[str, set[str]] = {
    COORDINATOR: _WORK_LEADS,
    MANAGER: _WORK_LEADS
    | _permissions(
        "view",
        "admissions.leadevent",
        "admissions.outboxmessage",
        "admissions.noticepreference",
        "admissions.consentwording",
    )
    | _permissions("add change delete", *_CALENDAR)
    | _permissions("add change", "admissions.bookingrules")
    | _permissions("view change", "programs.providerprofile"),
    CONTENT_EDITOR: _permissions("view add change delete", *_TEXTS, *_REFERENCE_DATA)
    | _permissions("view change", "programs.providerprofile")
    | _permissions("view add", "admissions.consentwording")
    | _VIEW_CALENDAR,
    CLINICAL_REVIEWER: _permissions("view change", *_TEXTS)
    | _permissions("view", *_REFERENCE_DATA),
    AUDITOR: _permissions(
        "view", "admissions.leadevent", "admissions.outboxmessage", "admissions.consent"
    ),
}
ROLES = tuple(PERMISSIONS)


def has_role(user: AbstractBaseUser | AnonymousUser, *roles: str) -> bool:
    """Return whether an active member of staff has one of the roles (a superuser has them all)."""
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return False
    return user.is_superuser or user.groups.filter(name__in=roles).exists()


def holders(*roles: str) -> QuerySet[User]:
    """Return the users of whom `has_role` is true."""
    of_role = Q(is_superuser=True) | Q(pk__in=User.objects.filter(groups__name__in=roles))
    return User.objects.filter(of_role, is_active=True, is_staff=True)


def sync_roles(**kwargs: Any) -> None:
    """Make each role's group hold exactly its permissions; runs after every `migrate`.

    Each app's permissions are made when its own tables are: the last call finds them all.
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role, wanted in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in wanted if name in known])
