"""A program of its own that draws a photo anew: a file on stdin, its picture as a JPEG on stdout.

`admissions.card_photos` runs it as ``python -I -B card_decoder.py``. Decoders are where a hostile
file does harm, so before it reads a byte the program gives up whatever a decoder does not need:
memory, time, files, sockets. It imports nothing of Django and knows no key and no database.

On stdout: width and height as two big-endian 16-bit numbers, then the JPEG. Where there is none
the exit status is a `Refusal`.
"""

import io
import resource
import struct
import sys
from enum import IntEnum
from typing import NamedTuple

from PIL import Image, ImageCms, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "HEIF")  # a JPEG with more than one picture (MPO) comes with the first
MAX_PIXELS = (
    50_000_000  # what phones take at most by themselves: 12 mostly, up to 24 or 50 millions
)
SHORTEST_SIDE = 100  # pixels; nothing on a card can be read with fewer
LONGEST_SIDE = 2000  # of what is kept: small print of a card that fills half of it stays readable
QUALITY = 80

MEMORY = 1024**3  # bytes of address space; a HEIC of 48 million pixels needs 0.55 of it
CPU_SECONDS = 12  # … and 2.2 of these

SIZE = struct.Struct(">HH")

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refusal(IntEnum):
    """Why there is no picture, as an exit status (1 and 2 are Python's own)."""

    NOT_A_PICTURE = 10
    PDF = 11
    SVG = 12
    TOO_MANY_PIXELS = 13
    TOO_SMALL = 14
    MOVING = 15
    BROKEN = 16


class Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal


class Drawn(NamedTuple):
    width: int
    height: int
    jpeg: bytes


def load_decoders() -> None:
    """Load all code that decoding needs, while files may still be opened."""
    from PIL import ImagePalette, MpoImagePlugin, TiffImagePlugin  # noqa: F401  by Pillow, when used
    from pillow_heif import register_heif_opener

    Image.preinit()
    # Only the photo itself: previews and depth maps would be more to decode and more to go wrong.
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=0)


def give_up_the_rest() -> None:
    """Limit this process for good to computing on what it holds.

    No file grows by a byte, and beside stdin, stdout and stderr nothing can be opened: no file, no
    socket, and no other program either, since its libraries could not be opened.
    """
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def give_up_processes() -> None:
    """Let this process start neither another nor a thread."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def drawn(data: bytes) -> Drawn:
    """Return the picture in a file: upright, in sRGB, on white, and nothing else of the file.

    Raises Refused.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(Refusal.TOO_MANY_PIXELS) from None
    except UnidentifiedImageError:
        raise Refused(_what_it_is(data)) from None
    except Exception:  # a decoder may raise anything on a broken header
        raise Refused(Refusal.BROKEN) from None
    with image:
        _check_header(image)
        try:
            pixels = _pixels(image)
        except Exception:  # … and on broken data
            raise Refused(Refusal.BROKEN) from None
    out = io.BytesIO()
    pixels.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Drawn(pixels.width, pixels.height, out.getvalue())


def _check_header(image: Image.Image) -> None:
    """Refuse before anything is decoded."""
    if image.width * image.height > MAX_PIXELS:
        raise Refused(Refusal.TOO_MANY_PIXELS)
    if min(image.size) < SHORTEST_SIDE:
        raise Refused(Refusal.TOO_SMALL)
    if image.format == "PNG" and getattr(image, "is_animated", False):
        raise Refused(Refusal.MOVING)


def _pixels(image: Image.Image) -> Image.Image:
    # A JPEG is decoded at a fraction of its size where that is enough.
    enough = 1.5 * LONGEST_SIDE / max(image.size)
    image.draft(None, (round(image.width * enough), round(image.height * enough)))
    image.load()
    profile, orientation = image.info.get("icc_profile"), _orientation(image)
    if image.mode.startswith("I"):  # 16 bits of grey, of which Pillow would cut off the upper half
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("RGB", "CMYK", "L"):
        image = image.convert("RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    if profile:
        image = _in_srgb(image, profile)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    clean = Image.new("RGB", image.size)
    clean.paste(image.convert("RGB"))
    return clean


def _orientation(image: Image.Image) -> object:
    """Return how the camera was held, or None: that it cannot be read is no reason to fail."""
    try:
        return image.getexif().get(_ORIENTATION)
    except Exception:
        return None


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the image with the colours its profile means; unchanged where the profile is odd."""
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, meant, srgb, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _is_heif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS


def _what_it_is(data: bytes) -> Refusal:
    """Return what to say of a file that none of the decoders takes."""
    if data.startswith(_BEGINNINGS) or _is_heif(data):
        return Refusal.BROKEN
    if b"%PDF-" in data[:1024]:
        return Refusal.PDF
    if b"<svg" in data[:4096].lower():
        return Refusal.SVG
    return Refusal.NOT_A_PICTURE


def main() -> int:
    load_decoders()
    give_up_the_rest()
    data = sys.stdin.buffer.read()
    if not _is_heif(data):  # whose decoder does its work in a thread
        give_up_processes()
    try:
        picture = drawn(data)
    except Refused as error:
        return error.refusal
    sys.stdout.buffer.write(SIZE.pack(picture.width, picture.height) + picture.jpeg)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
