"""Photos of insurance cards: drawn anew in a process of their own, kept encrypted.

What a family sends is never stored, shown or written to disk as it came. A limited program
(`admissions.card_decoder`) decodes it and returns a plain JPEG of the pixels: no place or time, no
second file hidden in the first. That picture is encrypted before it reaches the database.
"""

import logging
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from admissions import audit
from admissions.card_decoder import SIZE, Refusal
from admissions.enums import CardSide, EventKind
from admissions.models import CardPhoto, Draft, Lead

logger = logging.getLogger("iop.card_photos")

MAX_BYTES = 15 * 1024 * 1024  # of a file that is sent
MAX_DRAWN = 8 * 1024 * 1024  # of what may come back: more than the worst picture makes
DECODER = Path(__file__).with_name("card_decoder.py")
DECODE_SECONDS = 15.0
WAIT_SECONDS = 20.0
AT_ONCE = 2  # decoders in one web process; each takes up to 0.4 GB for a moment
_decoders = threading.BoundedSemaphore(AT_ONCE)

_TEXTS = {
    Refusal.NOT_A_PICTURE: _(
        "This is not a JPEG, PNG or HEIC picture. Please take a photo of the card, or a screenshot."
    ),
    Refusal.PDF: _(
        "This is a PDF. Please take a photo of the card, or a screenshot of the page that shows it."
    ),
    Refusal.SVG: _(
        "This is an SVG drawing. Please take a photo of the card, or a screenshot of the drawing."
    ),
    Refusal.TOO_MANY_PIXELS: _(
        "This picture has more than 50 million pixels. Please take the photo again in a smaller "
        "size, or send a screenshot of it."
    ),
    Refusal.TOO_SMALL: _(
        "This picture is too small to read. Please take the photo again, close to the card."
    ),
    Refusal.MOVING: _("This picture moves. Please take a photo that stands still."),
    Refusal.BROKEN: _(
        "We could not open this picture. It may be cut off or damaged. Please take the photo "
        "again, or send a screenshot of it."
    ),
}


class BadCardPhoto(ValueError):
    """A file cannot be taken as a photo of a card; `str()` says why, and what to do."""


class Busy(BadCardPhoto):
    """Nothing is wrong with the file, but too many others are being decoded."""


@dataclass(frozen=True)
class Redrawn:
    """A picture of ours: a JPEG without metadata, and its size in pixels."""

    image: bytes
    width: int
    height: int


def redraw(data: bytes) -> Redrawn:
    """Return the picture in a file that was sent, decoded and drawn anew by another process.

    Takes up to WAIT_SECONDS until it is its turn, then up to DECODE_SECONDS. Raises BadCardPhoto.
    Nothing is written to disk.
    """
    if not _decoders.acquire(timeout=WAIT_SECONDS):
        raise _busy("no decoder became free")
    try:
        status, out = _decode(data)
    except OSError as error:  # no more processes or memory on this machine
        raise _busy(type(error).__name__) from None
    finally:
        _decoders.release()
    if status == 0 and len(out) <= MAX_DRAWN and out[SIZE.size :].startswith(b"\xff\xd8\xff"):
        return Redrawn(out[SIZE.size :], *SIZE.unpack(out[: SIZE.size]))
    try:
        refusal = Refusal(status)
    except ValueError:  # crashed, or killed for what it took
        refusal = Refusal.BROKEN
        logger.error("card photo decoder failed", extra={"error": str(status)})
    logger.info("card photo refused", extra={"error": refusal.name.lower()})
    raise BadCardPhoto(_TEXTS[refusal])


def _busy(error: str) -> Busy:
    logger.warning("card photo not decoded", extra={"error": error})
    return Busy(
        _(
            "Many people are sending photos right now. Everything else is kept. Please try again "
            "in a minute."
        )
    )


def _decode(data: bytes) -> tuple[int, bytes]:
    """Run the decoder on `data`; return its exit status (negative: the signal) and its output.

    Should a file take the decoder over, it still has only a pipe that is read up to MAX_DRAWN, and
    neither our environment, with the keys in it, nor our working directory.
    """
    command = [sys.executable, "-I", "-B", str(DECODER)]
    with subprocess.Popen(  # noqa: S603  no shell, and nothing in it that was sent
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    ) as decoder:
        assert decoder.stdin is not None  # noqa: S101  as asked for
        assert decoder.stdout is not None  # noqa: S101
        clock = threading.Timer(DECODE_SECONDS, decoder.kill)
        clock.start()
        try:
            with suppress(BrokenPipeError), decoder.stdin:
                decoder.stdin.write(data)
            out = decoder.stdout.read(MAX_DRAWN + 1)
            if len(out) > MAX_DRAWN:
                decoder.kill()
            return decoder.wait(), out
        finally:
            clock.cancel()


def store(*, draft: Draft, side: CardSide, data: bytes) -> CardPhoto:
    """Keep the photo in `data` as that side of the card; an earlier one of that side goes.

    Raises BadCardPhoto, and then everything stays as it was.
    """
    redrawn = redraw(data)
    with transaction.atomic():
        # The draft may be sent in another tab: then either the photo goes along, or this fails.
        audit.lock_chain()
        if not Draft.objects.alive().filter(pk=draft.pk, sent_access=None).exists():
            logger.info("card photo refused", extra={"error": "draft over"})
            raise BadCardPhoto(
                _("This form was sent already, or its time is over. This photo was not kept.")
            )
        remove(draft=draft, side=side)
        return CardPhoto.objects.create(
            draft=draft,
            side=side,
            image=redrawn.image,
            width=redrawn.width,
            height=redrawn.height,
        )


def remove(*, draft: Draft, side: CardSide) -> None:
    """Delete the photo of that side, where there is one."""
    CardPhoto.objects.filter(draft=draft, side=side).delete()


def open_photo(*, lead: Lead, photo_id: int, by: User) -> CardPhoto:
    """Return a photo that came with a form of `lead`, and record that `by` opened it.

    Raises CardPhoto.DoesNotExist. Reading is recorded before anything is shown (45 CFR 164.312(b)).
    """
    with transaction.atomic():
        photo = CardPhoto.objects.get(pk=photo_id, form__lead=lead)
        audit.record(
            lead=lead,
            kind=EventKind.CARD_VIEWED,
            by=by,
            data={"photo": photo.pk, "side": photo.side},
        )
        return photo
