"""Health, robots, security.txt, and the pages for what went wrong, which never say thank you."""

import sys
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import Error as DatabaseFault
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from admissions.forms.inquiry import DOORS
from admissions.keys import key_fault

UNAVAILABLE = (OperationalError, InterfaceError)


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; it says nothing about the database."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and its keys are ours, 503 otherwise, as JSON.

    "keys" names the setting that is wrong.
    """
    from django.db.migrations.executor import MigrationExecutor

    state = {"database": "ok", "migrations": "ok", "keys": "ok"}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            state |= {"migrations": "pending", "keys": "unknown"}
        else:
            state["keys"] = key_fault().partition(":")[0] or "ok"
    except DatabaseFault:
        state = {"database": "away", "migrations": "unknown", "keys": "unknown"}
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
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=3600"},
    )


# The promise of RFC 9116: read until then, and no longer. A server that nobody has started anew for
# half a year is one that nobody looks after.
_SECURITY_TXT_ENDS = timezone.now() + timedelta(days=180)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say whom to tell of a hole (RFC 9116); 404 where SECURITY_CONTACT names nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = [
        *(f"Contact: {one}" for one in settings.SECURITY_CONTACT),
        f"Expires: {_SECURITY_TXT_ENDS:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
        f"Canonical: {settings.SITE_URL}{request.path}",
    ]
    if settings.SECURITY_POLICY_URL:
        lines.append(f"Policy: {settings.SECURITY_POLICY_URL}")
    return HttpResponse(
        "\n".join([*lines, ""]),
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=3600"},
    )


def _error(request: HttpRequest, template: str, status: HTTPStatus) -> HttpResponse:
    return render(request, f"errors/{template}.html", {"status": status.value}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where more was sent than the limits of the settings take."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return too_large(request)
    return _error(request, "400", HTTPStatus.BAD_REQUEST)


def too_large(request: HttpRequest) -> HttpResponse:
    return _error(request, "413", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def length_required(request: HttpRequest) -> HttpResponse:
    return _error(request, "400", HTTPStatus.LENGTH_REQUIRED)


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
