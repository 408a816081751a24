"""Photos of cards: what is said of each file, what is stored, and that nothing else is."""

import contextlib
import logging
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st
from PIL import Image as Drawing

from admissions import card_photos, drafts, intake
from admissions.card_photos import BadCardPhoto, Busy, redraw
from admissions.enums import CardSide, DraftKind
from admissions.models import CardPhoto, ConsentWording, Draft
from iop_site import logs
from tests.admissions import card_files
from tests.admissions.card_files import is_plain, photo
from tests.admissions.conftest import dump, writes_fail
from tests.content.pictures import a_file, opened
from tests.factories import insurance_answers, new_key
from tests.threads import run_together

JPEG = photo()


@pytest.fixture
def draft(db: None) -> Draft:
    return drafts.begin(kind=DraftKind.INSURANCE)[0]


@pytest.fixture
def in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that puts a program where the decoder is, as if a file took it over."""

    def put(code: str) -> None:
        program = tmp_path / "program.py"
        program.write_text(code)
        monkeypatch.setattr(card_photos, "DECODER", program)

    return put


def refusal(data: bytes) -> str:
    with pytest.raises(BadCardPhoto) as caught:
        redraw(data)
    return str(caught.value)


# -- what is said


@pytest.mark.shows("201 CMR 17.04(7)", "ASVS 5.4.3")
def test_a_photo_is_drawn_anew() -> None:
    drawn = redraw(card_files.android())
    assert (drawn.width, drawn.height) == opened(drawn.image).size == card_files.SIZE
    assert is_plain(drawn.image)


@pytest.mark.shows("ASVS 1.2.5", "ASVS 5.3.2")
def test_what_a_file_is_called_does_not_matter() -> None:
    """Nothing but its content reaches this: a HEIC called .jpg is a HEIC."""
    assert is_plain(redraw(photo("HEIF")).image)


REFUSED = card_files.refused()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "not a JPEG, PNG or HEIC"),
        ("words", "not a JPEG, PNG or HEIC"),
        ("GIF", "not a JPEG, PNG or HEIC"),
        ("film", "not a JPEG, PNG or HEIC"),
        ("PDF", "This is a PDF. Please take a photo"),
        ("SVG", "SVG drawing"),
        ("bomb", "more than 50 million pixels"),
        ("largest bomb", "more than 50 million pixels"),
        ("one pixel", "too small to read"),
        ("moving", "This picture moves"),
        ("cut JPEG", "cut off or damaged"),
        ("cut HEIC", "cut off or damaged"),
    ],
)
def test_a_refusal_says_what_it_is_and_what_to_do(name: str, said: str) -> None:
    text = refusal(REFUSED[name][1])
    assert said in text
    assert "Please" in text
    assert max(len(sentence.split()) for sentence in text.split(". ")) <= 20


@pytest.mark.shows("ASVS 2.4.1", "ASVS 15.1.3", "ASVS 15.2.2")
def test_the_worst_picture_is_not_too_much() -> None:
    worst = Drawing.frombytes("RGB", (2000, 2000), os.urandom(12_000_000))
    assert is_plain(redraw(a_file(worst, "JPEG", quality=95)).image)


def test_the_log_tells_the_kind_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    refusal(card_files.PDF)
    line = logs.AllowListFormatter().format(caplog.records[-1])
    assert '"error": "pdf"' in line
    assert "Catalog" not in line


# -- a decoder that goes wrong


def test_a_decoder_that_hangs_is_ended(
    in_its_place: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(card_photos, "DECODE_SECONDS", 0.5)
    trace = tmp_path / "pid"
    in_its_place(
        f"import os, time; open({str(trace)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    started = time.monotonic()
    assert "cut off or damaged" in refusal(b"x" * 1_000_000)
    assert time.monotonic() - started < 10
    assert not Path(f"/proc/{trace.read_text()}").exists()


@pytest.mark.shows("201 CMR 17.04(7)", "ASVS 5.4.3")
@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "raise MemoryError",
        "pass",
        "print('ok')",
        "import sys; sys.stdout.buffer.write(b'\\0\\1\\0\\1' + b'<html></html>')",
        "import sys; sys.stdout.buffer.write(b'\\0')",
        "import sys\nwhile True: sys.stdout.buffer.write(b'\\0\\1\\0\\1\\xff\\xd8\\xff' * 9999)",
    ],
)
def test_a_decoder_that_is_taken_over_gives_nothing_away(in_its_place: Any, code: str) -> None:
    in_its_place(code)
    assert "cut off or damaged" in refusal(JPEG)


def test_the_decoder_gets_neither_the_keys_nor_our_folder(
    in_its_place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELD_KEYS", "KEY-CANARY")
    in_its_place(
        "import os, sys\n"
        "found = repr((dict(os.environ), os.getcwd(), os.listdir('/proc/self/fd'), sys.path))\n"
        "sys.stdout.buffer.write(b'\\0\\1\\0\\1\\xff\\xd8\\xff' + found.encode())"
    )
    found = redraw(JPEG).image
    assert b"CANARY" not in found
    assert b"'/', ['0', '1', '2', '3']" in found  # 3 is the listing itself
    assert str(Path.cwd()).encode() + b"'" not in found


def test_a_machine_without_room_says_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(Busy, match="again in a minute"):
        redraw(JPEG)


def test_many_at_once_wait_for_each_other_and_then_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(card_photos, "WAIT_SECONDS", 0.1)
    with contextlib.ExitStack() as taken:
        for _ in range(card_photos.AT_ONCE):
            taken.enter_context(card_photos._decoders)
        with pytest.raises(Busy, match="Everything else is kept"):
            redraw(JPEG)
    assert redraw(JPEG).width == card_files.SIZE[0]


@pytest.mark.shows("ASVS 2.4.1", "ASVS 15.1.3", "ASVS 15.2.2")
def test_no_more_decoders_run_at_once_than_may(
    in_its_place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "running"
    folder.mkdir()
    in_its_place(
        "import os, sys, time\n"
        f"mine = {str(folder)!r} + '/' + str(os.getpid())\n"
        "open(mine, 'w').close()\n"
        f"seen = len(os.listdir({str(folder)!r}))\n"
        "time.sleep(0.2)\n"
        "os.remove(mine)\n"
        "sys.stdout.buffer.write(bytes([0, seen, 0, 1]) + b'\\xff\\xd8\\xff')"
    )
    seen = [drawn.width for drawn in run_together(6, lambda number: redraw(JPEG))]
    assert max(seen) <= card_photos.AT_ONCE


def test_a_place_is_free_again_after_every_refusal() -> None:
    for _ in range(card_photos.AT_ONCE + 1):
        refusal(card_files.PDF)
    assert redraw(JPEG)


# -- whatever is sent

BASES = [JPEG, card_files.iphone(), card_files.android(), card_files.with_words()]


@st.composite
def changed_photo(draw: st.DrawFn) -> bytes:
    """A good photo with some bytes changed, put in or left out, the header more often."""
    data = bytearray(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 6))):
        end = draw(st.sampled_from([64, 512, len(data)]))
        place = draw(st.integers(0, min(end, len(data)) - 1))
        new = draw(st.binary(max_size=8))
        data[place : place + draw(st.integers(0, 8))] = new
        data = data or bytearray(b"\0")
    return bytes(data)


@pytest.mark.shows("ASVS 1.3.3", "ASVS 5.2.2")
@given(st.binary(max_size=300) | changed_photo())
@run(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_sent_gives_a_plain_jpeg_or_words(data: bytes) -> None:
    try:
        drawn = redraw(data)
    except BadCardPhoto:
        return
    assert is_plain(drawn.image)
    assert opened(drawn.image).size == (drawn.width, drawn.height)


# -- what is stored


def test_a_photo_is_stored_encrypted(draft: Draft) -> None:
    stored = card_photos.store(draft=draft, side=CardSide.FRONT, data=card_files.android())
    kept = CardPhoto.objects.get()
    assert (kept.pk, kept.draft, kept.side) == (stored.pk, draft, CardSide.FRONT)
    assert (kept.width, kept.height) == card_files.SIZE
    assert is_plain(kept.image)
    with connection.cursor() as cursor:
        cursor.execute("SELECT image FROM admissions_cardphoto")
        token = bytes(cursor.fetchone()[0])
    assert token.startswith(b"v1.k1.")
    assert b"JFIF" not in token


def test_a_new_photo_takes_the_place_of_that_side(draft: Draft) -> None:
    for side in CardSide:
        card_photos.store(draft=draft, side=side, data=JPEG)
    card_photos.store(draft=draft, side=CardSide.FRONT, data=photo("PNG", (300, 200)))
    widths = dict(draft.photos.values_list("side", "width"))
    assert widths == {CardSide.FRONT: 300, CardSide.BACK: 640}


def test_a_refused_photo_leaves_the_earlier_one(draft: Draft) -> None:
    card_photos.store(draft=draft, side=CardSide.BACK, data=JPEG)
    before = dump()
    with pytest.raises(BadCardPhoto):
        card_photos.store(draft=draft, side=CardSide.BACK, data=card_files.PDF)
    assert dump() == before


def test_a_photo_that_cannot_be_written_leaves_the_earlier_one(draft: Draft) -> None:
    card_photos.store(draft=draft, side=CardSide.BACK, data=JPEG)
    with writes_fail("admissions_cardphoto"), pytest.raises(Exception, match="disk full"):
        card_photos.store(draft=draft, side=CardSide.BACK, data=photo("PNG"))
    assert opened(CardPhoto.objects.get().image).size == card_files.SIZE


def test_a_photo_can_be_removed(draft: Draft) -> None:
    for side in CardSide:
        card_photos.store(draft=draft, side=side, data=JPEG)
    card_photos.remove(draft=draft, side=CardSide.FRONT)
    card_photos.remove(draft=draft, side=CardSide.FRONT)
    assert draft.photos.get().side == CardSide.BACK


def test_photos_go_with_their_draft_to_the_form(
    draft: Draft, wordings: list[ConsentWording]
) -> None:
    card_photos.store(draft=draft, side=CardSide.FRONT, data=JPEG)
    intake.submit_insurance(
        answers=insurance_answers(), wordings=wordings, idempotency_key=new_key(), draft=draft
    )
    kept = CardPhoto.objects.get()
    assert (kept.draft, kept.form.answers["member_id"]) == (None, "XYZ123456789")
    assert is_plain(kept.image)


def test_no_photo_is_taken_that_nobody_would_see(
    draft: Draft, wordings: list[ConsentWording]
) -> None:
    intake.submit_insurance(
        answers=insurance_answers(), wordings=wordings, idempotency_key=new_key(), draft=draft
    )
    with pytest.raises(BadCardPhoto, match="sent already"):
        card_photos.store(draft=draft, side=CardSide.FRONT, data=JPEG)
    late = drafts.begin(kind=DraftKind.INSURANCE)[0]
    Draft.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(BadCardPhoto, match="not kept"):
        card_photos.store(draft=late, side=CardSide.FRONT, data=JPEG)
    drafts.discard(late)
    with pytest.raises(BadCardPhoto, match="not kept"):
        card_photos.store(draft=late, side=CardSide.FRONT, data=JPEG)
    assert not CardPhoto.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_one_side_sent_twice_at_once_is_one_photo(draft: Draft) -> None:
    results = run_together(
        4, lambda number: card_photos.store(draft=draft, side=CardSide.FRONT, data=JPEG)
    )
    assert [type(one) for one in results] == [CardPhoto] * 4
    assert CardPhoto.objects.count() == 1


# -- nothing on the disk


@pytest.fixture
def new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lists what there is in the folder for temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return lambda: list(tmp_path.rglob("*"))


@pytest.mark.shows("ASVS 5.3.1")
def test_nothing_is_written_to_disk(draft: Draft, new_files: Any) -> None:
    card_photos.store(draft=draft, side=CardSide.FRONT, data=card_files.iphone())
    assert new_files() == []


def test_a_decoder_that_is_killed_leaves_nothing(
    draft: Draft, new_files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_photos, "DECODE_SECONDS", 0.01)  # before it is well started
    with pytest.raises(BadCardPhoto):
        card_photos.store(draft=draft, side=CardSide.FRONT, data=card_files.iphone())
    assert not CardPhoto.objects.exists()
    assert new_files() == []
