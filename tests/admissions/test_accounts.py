"""Staff accounts: invited by mail, given one role, ended at once; each change on the record."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client

from admissions import accounts, mails, outbox
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.models import LeadEvent, OutboxMessage
from iop_site import roles
from tests.admissions.conftest import dump

USERS = "/admin/auth/user/"
START = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
NEW = {"email": "Robin.Field@Example.org", "first_name": "Robin", "last_name": "Field"}


@pytest.fixture(autouse=True)
def no_failures_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root@example.org", "root@example.org")


@pytest.fixture
def desk(client: Client, root: User) -> Client:
    client.force_login(root)
    return client


def invited(root: User, role: str = roles.COORDINATOR) -> User:
    user = User(**NEW)
    accounts.invite(user=user, role=role, by=root)
    return user


def link() -> str:
    """Send what is due and return the path of the link in the newest mail."""
    outbox.send_due(mails.compose)
    (address,) = [word for word in mail.outbox[-1].body.split() if "/password/reset/key/" in word]
    return address[address.index("/admin/") :]


def set_password(client: Client, path: str) -> Any:
    page = client.get(path, follow=True)
    if not page.redirect_chain:
        return page
    there = page.redirect_chain[-1][0]
    return client.post(there, dict.fromkeys(("password1", "password2"), "a new long secret"))


def changes(kind: str = "account_changed") -> list[Any]:
    events = LeadEvent.objects.filter(kind=kind).order_by("sequence")
    return [event.data["what"] for event in events]


# -- invitations


@pytest.mark.shows("ASVS 6.4.1")
def test_who_is_invited_sets_a_password_and_is_at_the_desk(
    desk: Client, root: User, client: Client
) -> None:
    answer = desk.post(f"{USERS}add/", {**NEW, "role": roles.COORDINATOR})
    assert answer.status_code == 302
    user = User.objects.get(username="robin.field@example.org")
    assert (user.email, user.is_staff, user.has_usable_password()) == (user.username, True, False)
    assert roles.has_role(user, roles.COORDINATOR)
    assert changes() == ["role", "invited"]
    path = link()
    sent = mail.outbox[-1]
    assert (sent.to, sent.subject) == ([user.email], "Your invitation")
    assert "Robin" not in sent.body
    visitor = Client()
    assert set_password(visitor, path).status_code == 302
    login = {"login": "robin.field@example.org", "password": "a new long secret"}
    assert visitor.post("/admin/account/login/", login)["Location"] == "/admin/"
    assert visitor.get("/admin/").status_code == 200
    # Once used the link is spent, and is not sent again.
    assert "token_fail" in set_password(Client(), path).context
    with pytest.raises(WorkflowError):
        accounts.invite_again(user=User.objects.get(pk=user.pk), by=root)


@pytest.mark.shows("ASVS 6.4.1")
def test_invitation_runs_out_and_can_be_sent_again(root: User) -> None:
    with time_machine.travel(START, tick=False) as clock:
        user = invited(root)
        path = link()
        clock.shift(timedelta(days=3, minutes=1))
        assert "token_fail" in set_password(Client(), path).context
        accounts.invite_again(user=user, by=root)
        assert set_password(Client(), link()).status_code == 302


def test_invitation_that_was_used_or_taken_back_before_it_left_is_not_sent(root: User) -> None:
    user = invited(root)
    accounts.deactivate(user=user, by=root)
    outbox.send_due(mails.compose)
    assert (mail.outbox, OutboxMessage.objects.get().state) == ([], "skipped")
    with pytest.raises(WorkflowError):
        accounts.invite_again(user=user, by=root)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"email": "root@example.org"}, "an account already"),
        ({"email": "ROOT@example.org "}, "an account already"),
        ({"email": "nobody"}, "valid email"),
        ({"email": "a@b.org\x00"}, "Null characters"),
        ({"email": ""}, "required"),
        ({"role": "king"}, "not one of the available"),
        ({"role": ""}, "required"),
        ({"first_name": "x" * 151}, "at most 150"),
    ],
)
def test_invitation_with_rubbish_is_told_at_its_field_and_makes_nobody(
    desk: Client, data: dict[str, str], words: str
) -> None:
    answer = desk.post(f"{USERS}add/", {**NEW, "role": roles.COORDINATOR, **data})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert User.objects.count() == 1
    assert not OutboxMessage.objects.exists()


# -- changes


def test_role_is_the_only_one_and_its_change_is_recorded(desk: Client, make_staff: Any) -> None:
    user = make_staff(roles.COORDINATOR)
    form = {"first_name": "A", "last_name": "B", "role": roles.AUDITOR, "is_active": "on"}
    assert desk.post(f"{USERS}{user.pk}/change/", form).status_code == 302
    user = User.objects.get(pk=user.pk)
    assert [group.name for group in user.groups.all()] == [roles.AUDITOR]
    assert (user.get_full_name(), changes()) == ("A B", ["name", "role"])
    assert desk.post(f"{USERS}{user.pk}/change/", form).status_code == 302
    assert changes() == ["name", "role"]  # nothing was changed
    with pytest.raises(WorkflowError):
        accounts.set_role(user=user, role="king", by=User.objects.get(username="root@example.org"))


def test_deactivated_people_are_out_at_once_and_come_back_with_their_own_sign_in(
    desk: Client, make_staff: Any
) -> None:
    user = make_staff(roles.COORDINATOR)
    there = Client()
    login = {"login": user.username, "password": "correct horse battery"}
    there.post("/admin/account/login/", login)
    assert there.get("/admin/").status_code == 200
    form = {"first_name": user.first_name, "last_name": user.last_name, "role": roles.COORDINATOR}
    desk.post(f"{USERS}{user.pk}/change/", form)
    assert not UserSession.objects.filter(user=user).exists()
    assert there.get("/admin/").status_code == 302
    there.post("/admin/account/login/", login)
    assert there.get("/admin/").status_code == 302
    desk.post(f"{USERS}{user.pk}/change/", {**form, "is_active": "on"})
    there.post("/admin/account/login/", login)
    assert there.get("/admin/").status_code == 200
    assert changes() == ["sessions", "is_active", "is_active"]


def test_nobody_deactivates_or_deletes_themselves(desk: Client, root: User) -> None:
    form = {"first_name": "", "last_name": "", "role": roles.MANAGER}
    page = desk.post(f"{USERS}{root.pk}/change/", form, follow=True).content.decode()
    assert "cannot deactivate your own account" in page
    assert User.objects.get(pk=root.pk).is_active
    assert desk.post(f"{USERS}{root.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.shows("ASVS 6.4.4", "ASVS 7.4.5")
def test_sessions_and_a_lost_factor_are_taken_away_from_the_list(
    desk: Client, make_staff: Any
) -> None:
    user = make_staff(roles.COORDINATOR)
    there = Client()
    there.post(
        "/admin/account/login/", {"login": user.username, "password": "correct horse battery"}
    )
    there.get("/admin/")
    page = desk.get(USERS).content.decode()
    assert user.email in page
    chosen = {"_selected_action": [user.pk]}
    desk.post(USERS, {"action": "end_sessions", **chosen})
    assert there.get("/admin/").status_code == 302
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    desk.post(USERS, {"action": "reset_second_factor", **chosen})
    assert not Authenticator.objects.exists()
    assert changes() == ["sessions", "sessions", "second_factor"]
    page = desk.post(USERS, {"action": "invite_again", **chosen}, follow=True).content.decode()
    assert "They have set a password" in page
    page = desk.post(USERS, {"action": "end_sessions", **chosen}, follow=True).content.decode()
    assert f"Done: {user.email}." in page


@pytest.mark.shows("201 CMR 17.04(1)(a)")
@pytest.mark.parametrize("role", roles.ROLES)
def test_nobody_but_an_administrator_changes_accounts(
    client: Client, make_staff: Any, role: str, root: User
) -> None:
    user, by = make_staff(roles.COORDINATOR, "changed"), make_staff(role, "tries")
    by.is_superuser = False
    before = dump()
    for verb in (
        accounts.rename,
        accounts.deactivate,
        accounts.reactivate,
        accounts.end_sessions,
        accounts.reset_second_factor,
    ):
        with pytest.raises(NotAllowed):
            verb(user=user, by=by)
    with pytest.raises(NotAllowed):
        accounts.set_role(user=user, role=roles.MANAGER, by=by)
    with pytest.raises(NotAllowed):
        accounts.invite(user=User(**NEW), role=roles.MANAGER, by=by)
    root.is_active = False
    with pytest.raises(NotAllowed):
        accounts.deactivate(user=user, by=root)
    assert dump() == before
