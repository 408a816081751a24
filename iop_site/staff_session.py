"""The gate of the staff site: a second factor, and a session that ends when nobody is there.

Applies to every address under the staff site; public pages never look at a session.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from iop_site import unsent
from iop_site.middleware import GetResponse

# Keys of the session; the first two are seconds since the epoch.
ACTIVE, SINCE, NEW_FACTOR = "staff_active_at", "staff_since", "staff_new_factor"
# A page that asks by itself whether there is news must not keep a desk signed in.
BACKGROUND = "X-Background"
_WRITE_EVERY = 30  # seconds: the session is not stored at each click


class StaffSessionMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.desk = reverse("admin:index")
        self.account = reverse("account_login").removesuffix("login/")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(self.desk) or not request.user.is_authenticated:
            return self.get_response(request)
        if self._is_over(request):
            logout(request)
            messages.info(request, _("You were signed out because nobody was active."))
            if self._typed(request):
                return unsent.show(request, signed_out=True)
            return self._sign_in(request)
        needed = settings.STAFF_SECOND_FACTOR and not request.path.startswith(self.account)
        if needed and not has_second_factor(request):
            if is_mfa_enabled(request.user):
                return redirect("mfa_reauthenticate")
            messages.warning(request, _("Set up a second factor before you go on."))
            return redirect("mfa_index")
        return self.get_response(request)

    def _is_over(self, request: HttpRequest) -> bool:
        """Return whether the session has to end; else note that somebody is there."""
        now = timezone.now().timestamp()
        since, active = (request.session.get(name, 0) for name in (SINCE, ACTIVE))
        if now - since > settings.SESSION_COOKIE_AGE or now - active > settings.STAFF_IDLE_SECONDS:
            return True
        if BACKGROUND not in request.headers and now - active >= _WRITE_EVERY:
            request.session[ACTIVE] = now
        return False

    def _typed(self, request: HttpRequest) -> bool:
        """Return whether somebody at this desk has just sent what they typed."""
        by_hand = request.method == "POST" and not request.path.startswith(self.account)
        return by_hand and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"

    def _sign_in(self, request: HttpRequest) -> HttpResponse:
        back = request.get_full_path() if request.method == "GET" else self.desk
        return redirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def has_second_factor(request: HttpRequest) -> bool:
    """Return whether this session was opened with a second factor, or set one up."""
    records = get_authentication_records(request, request.user)
    return NEW_FACTOR in request.session or any(one.get("method") == "mfa" for one in records)


def begin(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Count the session's time from here: somebody has just signed in."""
    request.session[SINCE] = request.session[ACTIVE] = timezone.now().timestamp()


def note_new_factor(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Let the session go on in which somebody has just proved the factor that they set up."""
    request.session[NEW_FACTOR] = True
