"""An upload stays in memory up to a limit; beyond it only its size is known."""

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

LIMIT = 1000


@pytest.fixture(autouse=True)
def small_limit(settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = LIMIT


def request_with(**sizes: int) -> HttpRequest:
    files = {name: SimpleUploadedFile(f"{name}.bin", b"x" * size) for name, size in sizes.items()}
    return RequestFactory().post("/", {"word": "kept", **files})


def test_a_file_up_to_the_limit_is_there_in_memory() -> None:
    file = request_with(one=LIMIT).FILES["one"]
    assert isinstance(file, InMemoryUploadedFile)
    assert (file.name, file.size, file.read()) == ("one.bin", LIMIT, b"x" * LIMIT)


@pytest.mark.parametrize("size", [LIMIT + 1, 300_000])
def test_of_a_larger_file_only_the_size_is_kept(size: int) -> None:
    request = request_with(one=size)
    assert request.POST["word"] == "kept"
    file = request.FILES["one"]
    assert (file.size, file.read()) == (size, b"")


def test_the_limit_is_for_all_files_of_a_request() -> None:
    files = request_with(one=600, two=600, three=100).FILES
    assert [len(files[name].read()) for name in ("one", "two", "three")] == [600, 0, 0]


def test_an_empty_file_is_empty() -> None:
    file = request_with(one=0).FILES["one"]
    assert (file.size, file.read()) == (0, b"")
