"""Compresses public pages. Nothing that may hold something personal is touched (BREACH)."""

import gzip
from collections.abc import Callable
from functools import lru_cache

import brotli
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

SMALLEST = 500  # bytes; below, headers outweigh what is saved
KEPT = 256  # pages, each compressed once: a page changes seldom and is asked for often


@lru_cache(maxsize=KEPT)
def _brotli(content: bytes) -> bytes:
    return brotli.compress(content, quality=11)


@lru_cache(maxsize=KEPT)
def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


class CompressionMiddleware:
    """Answer with brotli, or else gzip, where the browser takes it and any cache may keep it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            isinstance(response, HttpResponse)
            and response.get("Cache-Control", "").startswith("public")
            and response.get("Content-Type", "").startswith(("text/", "application/"))
            and not response.has_header("Content-Encoding")
            and len(response.content) >= SMALLEST
        ):
            patch_vary_headers(response, ("Accept-Encoding",))
            self._compress(request, response)
        return response

    def _compress(self, request: HttpRequest, response: HttpResponse) -> None:
        accepted = {
            part.split(";")[0].strip()
            for part in request.headers.get("Accept-Encoding", "").lower().split(",")
            if not part.replace(" ", "").endswith((";q=0", ";q=0.0"))
        }
        if "br" in accepted:
            encoding, content = "br", _brotli(response.content)
        elif "gzip" in accepted:
            encoding, content = "gzip", _gzip(response.content)
        else:
            return
        response.content = content
        response.headers["Content-Encoding"] = encoding
        response.headers["Content-Length"] = str(len(content))
        etag = response.get("ETag", "")
        if etag.startswith('"'):  # the same page in other bytes
            response.headers["ETag"] = f"W/{etag}"
