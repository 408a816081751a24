"""How staff sign in: allauth's pages (password, second factor, passkeys), with what is ours.

Nobody signs up: members of staff are invited. What allauth stores of a second factor is encrypted,
and whom it counts failures of is told by the proxies we trust.
"""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from iop_site import crypto
from iop_site.client_address import client_address

_JUST_NOW = 5 * 60  # seconds
PLACE = "mfa.Authenticator"  # what tokens of second factors are bound to
_NOWHERE = "0.0.0.0"  # noqa: S104  an address that is told, not bound to


class SignInForm(LoginForm):
    """Sign-in names are e-mail addresses in lower case (`create_staff`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean_login(self) -> str:
        return str(super().clean_login()).lower()  # type: ignore[no-untyped-call]


class PasskeyForm(AddWebAuthnForm):
    """A passkey opens the desk by itself, unless somebody wants it beside the password only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("What to call it")
        self.fields["passwordless"].label = _("Sign in with it alone, without a password")
        self.fields["passwordless"].help_text = ""
        self.fields["passwordless"].initial = True


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return whom failures are counted by; a network (IPv6) by its first address."""
        return client_address(request).partition("/")[0] or _NOWHERE

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again before the account changes, but not just after sign-in."""
        request = context.request
        records = get_authentication_records(request, request.user)
        just_now = bool(records) and time.time() - records[-1]["at"] < _JUST_NOW
        return not just_now and super().is_reauthentication_required(app=app, **kwargs)

    def format_email_subject(self, subject: str) -> str:
        return str(subject)  # a neutral subject: others may see the list of a mailbox


class SecondFactorAdapter(DefaultMFAAdapter):
    def get_totp_issuer(self) -> str:
        return str(_("Admissions desk"))

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return str(_("My passkey"))

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text, place=PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text, place=PLACE)
