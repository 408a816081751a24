"""Reading is recorded too: every page of the staff site that shows people leaves an event.

The verbs and the pages about one lead record what was done or shown. For every other page that
may name somebody (lists, reports, accounts, a form shown again) one event is written here before
it is shown (45 CFR 164.312(b)).
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from admissions import audit
from admissions.enums import EventKind
from admissions.models import Lead

View = Callable[..., HttpResponseBase]

# What the names of pages begin with on which nobody stands, and why there is no event for them.
SHOWS_NOBODY = {
    "content_": "texts for the public",
    "programs_": "texts and facts for the public",
    "app_list": "the names of kinds of records",
    "admissions_availability": "when people are met",
    "admissions_closedday": "when nobody is there",
    "admissions_workinghours": "when calls are answered",
    "admissions_bookingrules": "how long a consultation is",
    "admissions_consentwording": "what people are asked to agree to",
    "admissions_lead_presence": "who of the staff looks at a page that is open already",
    "queue_counts": "numbers, asked for by a page that is open already",
    "launch": "what is missing before the site may open",
    "stay": "nothing: a page says that somebody is there",
    "jsi18n": "words of the date picker",
}
_SHOWN = (HTTPStatus.OK, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


def recorded(view: View) -> View:
    """Return the view, with an event for a page that it shows and recorded nothing of itself.

    The event names the page and the ids in its address. Where it cannot be written, nothing is
    shown.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        token = audit.noted.set(False)
        try:
            response = view(request, *args, **kwargs)
            if response.status_code in _SHOWN and not audit.noted.get():
                _record(request)
        finally:
            audit.noted.reset(token)
        return response

    return inner


def _record(request: HttpRequest) -> None:
    match = request.resolver_match
    name = (match and match.url_name) or ""
    if match is None or name.startswith(tuple(SHOWS_NOBODY)):
        return
    ids = {key: str(value) for key, value in match.kwargs.items() if str(value).isdecimal()}
    lead_id = ids.pop("lead_id", None)
    audit.record_alone(
        lead=Lead(pk=int(lead_id)) if lead_id else None,
        kind=EventKind.VIEWED,
        by=request.user,  # type: ignore[arg-type]  # behind the gate of the staff site
        data={"page": name, **ids},
    )
