"""A form that was refused for its protection, not for what is in it: nothing typed is lost.

A public form is shown again as it is (`show_unsent` of its view). Any other, and those of the
desk, come back as a page that holds what was typed and sends it again with one press.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from iop_site.views import permission_denied

_AGAIN = "sent_again"
_NEVER = {"csrfmiddlewaretoken", _AGAIN}
_APPS = {"admissions", "admin"}  # not the pages of accounts: those ask for passwords


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 with everything that was typed, for a form of ours whose cookie is missing or old.

    What another site sent comes back as no form: one press there would do what it wanted.
    """
    match = request.resolver_match
    assert match is not None  # noqa: S101  Django asks once it has found the view
    view_class: Any = getattr(match.func, "view_class", None)
    if hasattr(view_class, "show_unsent"):
        view = view_class(**getattr(match.func, "view_initkwargs", {}))
        view.setup(request, *match.args, **match.kwargs)
        return view.show_unsent(HTTPStatus.FORBIDDEN)
    # Django's words where Origin or Referer are not ours; other reasons are about the token.
    if match.app_name in _APPS and not reason.startswith(("Origin ", "Referer ")):
        return show(request)
    return permission_denied(request, PermissionError())


def show(request: HttpRequest, *, signed_out: bool = False) -> HttpResponse:
    """Show what was typed on a page that sends it again; 403.

    Without files, which a page cannot hold, and without passwords.
    """
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in _NEVER and "password" not in name
    ]
    context = {
        "fields": fields,
        "texts": [value for _name, value in fields if len(value.split()) > 1],
        "again": _AGAIN,
        "is_again": _AGAIN in request.POST,
        "signed_out": signed_out,
        "has_files": bool(request.FILES),
        "address": request.get_full_path(),
    }
    return render(request, "errors/unsent.html", context, status=HTTPStatus.FORBIDDEN)
