"""Health, robots, and the pages for what went wrong. None of them ever says thank you."""

import sys
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import Error as DatabaseFault
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from admissions.forms.inquiry import DOORS

UNAVAILABLE = (OperationalError, InterfaceError)


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; it says nothing about the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and can be worked with, 503 otherwise, as JSON."""
    from django.db.migrations.executor import MigrationExecutor

    state = {"database": "ok", "migrations": "ok"}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            state["migrations"] = "pending"
    except DatabaseFault:
        state = {"database": "away", "migrations": "unknown"}
    good = set(state.values()) == {"ok"}
    return JsonResponse(state, status=HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep robots off the forms and the desk; everything else is for everybody."""
    lines = (
        "User-agent: *",
        "Disallow: /admin/",
        *(f"Disallow: /admissions/inquiry/{door}/" for door in DOORS),
        "Disallow: /admissions/insurance/",
        "Disallow: /admissions/consultation/",
        "Disallow: /admissions/estimate/",
        "Disallow: /admissions/appointment/",
        "Disallow: /admissions/status/",
        "Disallow: /search/",
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
        "",
    )
    return HttpResponse(
        "\n".join(lines),
        content_type="text/plain",
        headers={"Cache-Control": "public, max-age=3600"},
    )


def _error(request: HttpRequest, template: str, status: HTTPStatus) -> HttpResponse:
    return render(request, f"errors/{template}.html", {"status": status.value}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where more was sent than the limits of the settings take."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return _error(request, "413", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _error(request, "400", HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, "403", HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, "404", HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with the phone numbers where the database is what is missing."""
    if isinstance(sys.exc_info()[1], UNAVAILABLE):
        response = _error(request, "503", HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = "30"
        return response
    return _error(request, "500", HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose protection cookie is missing or old: shown again with all that was typed."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        match = None
    view_class = getattr(match.func, "view_class", None) if match else None
    if match and view_class is not None and hasattr(view_class, "show_unsent"):
        view = view_class(**getattr(match.func, "view_initkwargs", {}))
        view.setup(request, *match.args, **match.kwargs)
        return view.show_unsent(HTTPStatus.FORBIDDEN)
    return _error(request, "403", HTTPStatus.FORBIDDEN)
