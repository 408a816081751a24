"""What browsers tell of breaches of our policy, as log lines that hold nothing of anybody.

Both formats are read: `report-uri` of CSP 2 and the Reporting API. Of a report are kept the
directive, the host that was refused and the route of the page. Not its address: ours hold tokens,
and a sample of a script may hold what a person typed.
"""

import json
import logging
import re
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

logger = logging.getLogger("iop.csp")

LARGEST = 64 * 1024  # bytes of a request
LINES_A_MINUTE = 30  # of each process; what comes beyond is taken and dropped
_OLD, _NEW = "application/csp-report", "application/reports+json"
_DIRECTIVE, _HOST = re.compile(r"[a-z-]{1,40}"), re.compile(r"[a-z0-9.-]{1,100}")
_KEYWORDS = {"inline", "eval", "wasm-eval", "data", "blob", "self"}
_minute: list[int] = [0, 0]  # which it is, and how many lines there were in it


@csrf_exempt
@require_POST
def csp_reports(request: HttpRequest) -> HttpResponse:
    """204 for reports, whether logged or not; 400, 413 or 415 for anything else.

    Asks no database and counts by process, not by address: whoever floods it costs us 30 lines.
    """
    if request.content_type not in (_OLD, _NEW):
        return HttpResponse(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        if len(request.body) > LARGEST:
            raise RequestDataTooBig
        bodies = _bodies(json.loads(request.body), request.content_type)
    except RequestDataTooBig:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except (ValueError, TypeError, KeyError, RecursionError):
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    for body in bodies:
        if _may_log():
            logger.warning("policy breached", extra=_line(body))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _bodies(sent: Any, kind: str) -> list[dict[str, Any]]:
    """Return what each report says. Raises an error of some kind where it is no report."""
    if kind == _OLD:
        found = [sent["csp-report"]]
    else:
        found = [one["body"] for one in sent if one["type"] == "csp-violation"]
    if not all(isinstance(one, dict) for one in found):
        raise TypeError
    return found


def _line(body: dict[str, Any]) -> dict[str, str]:
    """Return the keys of a log line. Anybody may write a report: nothing is kept as it came."""
    directive = _first(body, "effectiveDirective", "effective-directive", "violated-directive")
    directive = directive.partition(" ")[0]
    return {
        "directive": directive if _DIRECTIVE.fullmatch(directive) else "other",
        "blocked": _blocked(_first(body, "blockedURL", "blocked-uri")),
        "route": _route(_first(body, "documentURL", "document-uri")),
    }


def _first(body: dict[str, Any], *names: str) -> str:
    return next((str(body[name]) for name in names if body.get(name)), "")


def _may_log() -> bool:
    minute = int(time.time() // 60)
    if _minute[0] != minute:
        _minute[:] = [minute, 0]
    _minute[1] += 1
    return _minute[1] <= LINES_A_MINUTE


def _parts(address: str) -> tuple[str, str]:
    """Return host and path of an address, both empty where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.hostname or "", parts.path


def _route(address: str) -> str:
    try:
        return resolve(_parts(address)[1]).route
    except Resolver404:
        return ""


def _blocked(address: str) -> str:
    word, host = address.partition(":")[0], _parts(address)[0]
    if word in _KEYWORDS:
        return word
    if host == urlsplit(settings.SITE_URL).hostname:
        return "self"
    return host if _HOST.fullmatch(host) else "other"
