"""Public pages travel compressed; nothing personal is compressed."""

import gzip

import brotli
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from iop_site.compression import CompressionMiddleware

TEXT = "A calm page about care. " * 100


def answer(accept: str, *, cache: str = "public, max-age=0", body: str = TEXT) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(body, headers={"Cache-Control": cache, "ETag": '"abc"'})

    request = RequestFactory().get("/", headers={"Accept-Encoding": accept} if accept else {})
    response = CompressionMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip")],
)
def test_a_public_page_is_compressed_as_the_browser_takes_it(accept: str, encoding: str) -> None:
    response = answer(accept)
    assert response["Content-Encoding"] == encoding
    unpack = brotli.decompress if encoding == "br" else gzip.decompress
    assert unpack(response.content).decode() == TEXT
    assert response["Content-Length"] == str(len(response.content))
    assert "Accept-Encoding" in response["Vary"]
    assert response["ETag"] == 'W/"abc"'


@pytest.mark.parametrize(
    ("accept", "cache", "body"),
    [
        ("", "public", TEXT),
        ("identity", "public", TEXT),
        ("br, gzip", "no-store", TEXT),
        ("br, gzip", "private", TEXT),
        ("br, gzip", "public", "short"),
    ],
)
def test_other_answers_stay_as_they_are(accept: str, cache: str, body: str) -> None:
    response = answer(accept, cache=cache, body=body)
    assert not response.has_header("Content-Encoding")
    assert response.content.decode() == body


@pytest.mark.usefixtures("starter_content")
def test_a_page_that_is_the_same_is_not_sent_again(client: Client) -> None:
    first = client.get("/", headers={"Accept-Encoding": "br"})
    assert first["Content-Encoding"] == "br"
    again = client.get("/", headers={"Accept-Encoding": "br", "If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("starter_content")
def test_a_form_is_never_compressed(client: Client) -> None:
    assert not client.get(
        "/admissions/inquiry/myself/", headers={"Accept-Encoding": "br, gzip"}
    ).has_header("Content-Encoding")


def test_a_page_without_a_tag_gets_none() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(TEXT, headers={"Cache-Control": "public"})

    request = RequestFactory().get("/", headers={"Accept-Encoding": "br"})
    response = CompressionMiddleware(view)(request)
    assert response["Content-Encoding"] == "br"
    assert "ETag" not in response
