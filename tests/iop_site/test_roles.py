"""Each role may do exactly what the table says, and nothing else."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.core.management import call_command

from iop_site import roles
from iop_site.roles import PERMISSIONS, ROLES, has_role

pytestmark = pytest.mark.django_db

CALENDAR = (
    "_workinghours",
    "_closedday",
    "_availability",
    "_availabilityexception",
    "_bookingrules",
)


def permissions_of(role: str) -> set[str]:
    return {
        f"{one.content_type.app_label}.{one.codename}"
        for one in Permission.objects.filter(group__name=role).select_related("content_type")
    }


def person(name: str, role: str = "", **values: bool) -> User:
    user = User.objects.create_user(name, is_staff=values.pop("is_staff", True), **values)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_exactly_its_permissions_after_migrate(role: str) -> None:
    assert permissions_of(role) == PERMISSIONS[role]


@pytest.mark.parametrize("role", ROLES)
def test_migrate_takes_back_what_was_changed_by_hand(role: str) -> None:
    group = Group.objects.get(name=role)
    group.permissions.set(Permission.objects.filter(codename="delete_user"))
    call_command("migrate", verbosity=0)
    assert permissions_of(role) == PERMISSIONS[role]


def test_migrate_leaves_who_has_a_role_alone() -> None:
    user = person("coordinator", roles.COORDINATOR)
    call_command("migrate", verbosity=0)
    assert has_role(user, roles.COORDINATOR)


def test_nobody_may_make_or_delete_what_admissions_keeps() -> None:
    for role, granted in PERMISSIONS.items():
        kept = {
            name
            for name in granted
            if name.startswith(("admissions.add_", "admissions.delete_", "admissions.change_"))
        }
        # The newest wording is added beside the old ones; a lead is changed in its plain fields.
        kept -= {"admissions.add_consentwording", "admissions.change_lead"}
        # Organizations that refer people are the desk's address book.
        kept -= {"admissions.add_referralsource", "admissions.change_referralsource"}
        # Hours and closed days are settings of the desk, not what anybody told it.
        assert all(name.endswith(CALENDAR) for name in kept), role
        assert not kept or role == roles.MANAGER


def test_those_who_write_texts_see_no_lead() -> None:
    for role in (roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER):
        assert not {name for name in PERMISSIONS[role] if name.endswith(("_lead", "_inquiry"))}


def test_the_trail_can_be_read_but_by_nobody_changed() -> None:
    everything = set().union(*PERMISSIONS.values())
    trail = {name for name in everything if name.endswith("_leadevent")}
    assert trail == {"admissions.view_leadevent"}


@pytest.mark.shows("45 CFR 164.312(a)(2)(i)")
def test_nobody_but_a_superuser_manages_people() -> None:
    everything = set().union(*PERMISSIONS.values())
    assert not {name for name in everything if name.startswith(("auth.", "admin.", "sessions."))}


@pytest.mark.parametrize("role", ROLES)
def test_has_role_is_true_for_its_own_role_alone(role: str) -> None:
    user = person("somebody", role)
    assert [one for one in ROLES if has_role(user, one)] == [role]
    assert has_role(user, *ROLES)


def test_has_role_is_true_of_every_role_for_a_superuser() -> None:
    user = person("root", is_superuser=True)
    assert all(has_role(user, role) for role in ROLES)


def test_has_role_is_false_for_those_who_left_or_never_came() -> None:
    left = person("left", roles.MANAGER, is_active=False)
    outside = person("outside", roles.MANAGER, is_staff=False)
    root_left = person("root-left", is_superuser=True, is_active=False)
    nobody = person("nobody")
    for user in (left, outside, root_left, nobody, AnonymousUser()):
        assert not has_role(user, roles.MANAGER)


def test_holders_are_those_of_whom_has_role_is_true(make_staff: Any) -> None:
    holder, other = make_staff(roles.COORDINATOR), make_staff(roles.MANAGER)
    root = User.objects.create_superuser("root@example.org", password="correct horse battery")
    away, outside, no_staff = (make_staff(roles.COORDINATOR, name) for name in ("a", "b", "c"))
    User.objects.filter(pk=away.pk).update(is_active=False)
    User.objects.filter(pk=outside.pk).update(is_staff=False)
    User.objects.filter(pk=no_staff.pk).update(is_staff=False, is_superuser=True)

    assert set(roles.holders(roles.COORDINATOR)) == {holder, root}
    assert set(roles.holders(roles.COORDINATOR, roles.MANAGER)) == {holder, other, root}
    for user in User.objects.all():
        held = user in roles.holders(roles.COORDINATOR)
        assert roles.has_role(user, roles.COORDINATOR) is held
