"""What every answer carries beside the policy, and one log line for each request."""

import logging
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from iop_site import client_address, views

logger = logging.getLogger("iop.request")

GetResponse = Callable[[HttpRequest], HttpResponse]

# Every feature a page could ask a browser for, turned off: the site uses none of them.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "compute-pressure",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "gamepad",
        "geolocation",
        "gyroscope",
        "hid",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "otp-credentials",
        "payment",
        "picture-in-picture",
        "screen-wake-lock",
        "serial",
        "storage-access",
        "usb",
        "window-management",
        "xr-spatial-tracking",
    )
)
HEADERS = {
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Reporting-Endpoints": 'csp="/csp-reports"',
}
HEALTH = {"/livez", "/readyz"}


class SecurityHeadersMiddleware:
    """Add the headers that neither Django nor django-csp sets; `no-store` unless a view says else.

    A page that says nothing about caching may hold something personal, so it is not kept.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if "public" in response.headers["Cache-Control"]:
            # Django answers a malformed csrftoken with a new one, which a cache would hand on.
            response.cookies.clear()
        return response


class GuardMiddleware:
    """Refuse a body that no form of ours sends before a byte of it is read.

    One without a length is refused too: it has no end, and Django takes it for an empty form. And
    let health be asked for under any Host, as load balancers do by address: the answer is the same.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in HEALTH:
            request.META["HTTP_HOST"] = urlsplit(settings.SITE_URL).netloc
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return views.length_required(request)
        length = request.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > settings.BODY_LIMIT:
            return views.too_large(request)
        return self.get_response(request)


class RequestLogMiddleware:
    """One line for each request: the route's pattern and the outcome, never the address itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        request_id = uuid.uuid4().hex[:12]
        request.META["iop.request_id"] = request_id
        token = client_address.current.set(client_address.client_address(request))
        try:
            response = self.get_response(request)
        finally:
            client_address.current.reset(token)
        match = getattr(request, "resolver_match", None)
        logger.info(
            "request",
            extra={
                "request_id": request_id,
                "method": request.method if request.method in KNOWN_METHODS else "other",
                "route": match.route if match else "",
                "status": response.status_code,
                "duration_ms": round((time.monotonic() - started) * 1000),
            },
        )
        response.headers["X-Request-ID"] = request_id
        return response


KNOWN_METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
