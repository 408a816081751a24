"""An upload stays in memory up to a limit; of a larger one only its size is known."""

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

LIMIT = 1000


@pytest.fixture
def small_limit(settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = LIMIT


def request_with(**sizes: int) -> HttpRequest:
    files = {name: SimpleUploadedFile(f"{name}.bin", b"x" * size) for name, size in sizes.items()}
    return RequestFactory().post("/", {"word": "kept", **files})


@pytest.mark.usefixtures("small_limit")
def test_a_file_up_to_the_limit_is_there_in_memory() -> None:
    file = request_with(one=LIMIT).FILES["one"]
    assert isinstance(file, InMemoryUploadedFile)
    assert (file.name, file.size, file.read()) == ("one.bin", LIMIT, b"x" * LIMIT)


@pytest.mark.shows("ASVS 5.2.1")
@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize("size", [LIMIT + 1, 300_000])
def test_of_a_larger_file_only_the_size_is_kept(size: int) -> None:
    request = request_with(one=size)
    assert request.POST["word"] == "kept"
    file = request.FILES["one"]
    assert (file.size, file.read()) == (size, b"")


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize(("one", "two"), [(1000, 1000), (1001, 600), (600, 5000)])
def test_a_file_that_is_too_large_takes_no_other_along(one: int, two: int) -> None:
    files = request_with(one=one, two=two).FILES
    assert [file.size for file in files.values()] == [one, two]
    kept = [len(file.read()) for file in files.values()]
    assert kept == [size if size <= LIMIT else 0 for size in (one, two)]


def test_a_request_has_as_many_files_as_a_form_asks_for() -> None:
    assert len(request_with(one=1, two=1).FILES) == 2
    with pytest.raises(TooManyFilesSent):
        len(request_with(one=1, two=1, three=1).FILES)


@pytest.mark.usefixtures("small_limit")
def test_an_empty_file_is_empty() -> None:
    file = request_with(one=0).FILES["one"]
    assert (file.size, file.read()) == (0, b"")


class Made(io.RawIOBase):
    """A body that is made while it is read, so that only what is kept of it takes memory."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = next(self._parts, b"")
        buffer[: len(part)] = part
        return len(part)


def test_fifty_megabytes_are_read_to_the_end_and_dropped(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    size = 50 * 1024 * 1024
    head = (
        b'--b\r\nContent-Disposition: form-data; name="front"; filename="a.heic"\r\n'
        b"Content-Type: image/heic\r\n\r\n"
    )
    tail = b'\r\n--b\r\nContent-Disposition: form-data; name="word"\r\n\r\nkept\r\n--b--\r\n'

    def parts() -> Iterator[bytes]:
        yield head
        for _ in range(size // 65_536):
            yield b"x" * 65_536
        yield tail  # none of the parts is larger than the buffer below

    environ = RequestFactory()._base_environ(
        REQUEST_METHOD="POST",
        CONTENT_TYPE="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(len(head) + size + len(tail)),
    )
    request = WSGIRequest({**environ, "wsgi.input": io.BufferedReader(Made(parts()), 65_536)})
    tracemalloc.start()
    try:
        file = request.FILES["front"]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (file.size, file.read(), request.POST["word"]) == (size, b"", "kept")
    assert peak < 2.2 * site.FILE_UPLOAD_MAX_MEMORY_SIZE
    assert list(tmp_path.iterdir()) == []
