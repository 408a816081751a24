"""Staff accounts: who is invited, with which role, and who may no longer sign in.

Each verb checks that an administrator asks, writes in one transaction with an event in the chain
(never a value, but codes and field names), and says in words why it refuses. Signing in itself is
allauth's; what it tells by signals is recorded here too (45 CFR 164.308(a)(5)(ii)(C)).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import signals
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from admissions import audit, outbox
from admissions.enums import Audience, EventKind, NoticeKind
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.models import OutboxMessage
from iop_site import crypto
from iop_site.roles import ROLES


def invite(*, user: User, role: str, by: User) -> None:
    """Store a new member of staff and have a link sent on which they set their password.

    `user` is not stored yet and has a name and an e-mail address, which is also the sign-in name.
    """
    user.username = user.email = user.email.strip().lower()
    user.is_staff, user.is_active = True, True
    user.set_unusable_password()
    with transaction.atomic():
        user.save()
        set_role(user=user, role=role, by=by)
        invite_again(user=user, by=by)


def made_by_operator(*, user: User, role: str) -> None:
    """Record an account that was made with a command: the way in when no other is left.

    The emergency access of 45 CFR 164.312(a)(2)(ii). Call it in the transaction that stores it.
    """
    data = {"account": user.pk, "what": "created", "role": role}
    audit.record(lead=None, kind=EventKind.ACCOUNT_CHANGED, by=audit.SYSTEM, data=data)


def invite_again(*, user: User, by: User) -> None:
    """Send the link of the invitation once more; it holds for PASSWORD_RESET_TIMEOUT."""
    if not user.is_active or user.has_usable_password():
        raise WorkflowError(_("They have set a password, or may not sign in."))
    with _changing(user, by, "invited"):
        message = OutboxMessage(kind=NoticeKind.INVITATION, audience=Audience.STAFF, recipient=user)
        outbox.enqueue([message])


def rename(*, user: User, by: User) -> None:
    """Store the name that stands on `user`."""
    with _changing(user, by, "name"):
        user.save(update_fields=["first_name", "last_name"])


def set_role(*, user: User, role: str, by: User) -> None:
    """Give a person the one role they have from now on."""
    if role not in ROLES:
        raise WorkflowError(_("Choose a role."))
    with _changing(user, by, "role"):
        user.groups.set([Group.objects.get(name=role)])


def deactivate(*, user: User, by: User) -> None:
    """Bar a person from the desk at once: every session of theirs ends with this."""
    if user == by:
        raise WorkflowError(_("You cannot deactivate your own account."))
    with _changing(user, by, "is_active"):
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_sessions(user=user, by=by)


def reactivate(*, user: User, by: User) -> None:
    with _changing(user, by, "is_active"):
        user.is_active = True
        user.save(update_fields=["is_active"])


def end_sessions(*, user: User, by: User) -> None:
    """Sign a person out everywhere."""
    with _changing(user, by, "sessions"):
        for session in UserSession.objects.filter(user=user):
            session.end()


def reset_second_factor(*, user: User, by: User) -> None:
    """Take away a second factor that was lost; the next sign-in asks for a new one."""
    with _changing(user, by, "second_factor"):
        Authenticator.objects.filter(user=user).delete()
        end_sessions(user=user, by=by)


@contextmanager
def _changing(user: User, by: User, what: str) -> Iterator[None]:
    """Run a change of an account in a transaction, with its event."""
    if not (by.is_active and by.is_superuser):
        raise NotAllowed(_("Only an administrator changes accounts."))
    with transaction.atomic():
        yield
        _record(EventKind.ACCOUNT_CHANGED, by, account=user.pk, what=what)


def watch_sign_ins() -> None:
    """Connect the signals of Django and allauth to the chain; called once, when the site starts."""
    receivers: tuple[tuple[Any, Callable[..., None]], ...] = (
        (signals.user_logged_in, _signed_in),
        (signals.user_logged_out, _signed_out),
        (signals.user_login_failed, _sign_in_failed),
        (factor_signals.authentication_failed, _factor_failed),
        (account_signals.password_changed, _own_change("password")),
        (account_signals.password_reset, _own_change("password")),
        (factor_signals.authenticator_added, _own_change("second_factor_added")),
        (factor_signals.authenticator_removed, _own_change("second_factor_removed")),
        (factor_signals.authenticator_reset, _own_change("recovery_codes")),
    )
    for signal, receiver in receivers:
        signal.connect(receiver, weak=False)


def _record(kind: EventKind, by: audit.Actor, **data: Any) -> None:
    audit.record_alone(lead=None, kind=kind, by=by, data=data)


def _signed_in(sender: Any, user: User, **kwargs: Any) -> None:
    _record(EventKind.SIGNED_IN, user, account=user.pk)


def _signed_out(sender: Any, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _record(EventKind.SIGNED_OUT, user, account=user.pk)


def _sign_in_failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Keep a keyed digest of the name that was tried: some type their password there."""
    tried = crypto.blind_index(str(credentials.get("username", "")), purpose="sign-in")
    kind, data = EventKind.SIGN_IN_FAILED, {"tried": tried}
    audit.record_alone(lead=None, kind=kind, by=audit.VISITOR, data=data, traced=True)


def _factor_failed(sender: Any, user: User, **kwargs: Any) -> None:
    _record(EventKind.SIGN_IN_FAILED, user, account=user.pk, what="second_factor")


def _own_change(what: str) -> Callable[..., None]:
    def changed(sender: Any, user: User, request: HttpRequest, **kwargs: Any) -> None:
        _record(EventKind.ACCOUNT_CHANGED, user, account=user.pk, what=what)

    return changed
