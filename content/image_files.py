"""From the bytes of an upload to the two small WebP files that are kept of it.

What arrives is decoded and drawn anew, so that nothing of the file itself is ever served: no
metadata (a photo may say where it was taken), no second format hidden in the first.
"""

import hashlib
import io
from dataclasses import dataclass
from pathlib import PurePath

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MAX_PIXELS = 40_000_000
LARGE_WIDTH, SMALL_WIDTH = 1440, 720
MAX_HEIGHT = 2 * LARGE_WIDTH  # of the large file; nobody scrolls through more
QUALITY = 80

# By what a file is called; MPO is how phones name a JPEG that holds a second picture.
_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg"),
    "MPO": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "WEBP": (".webp",),
}
_TOO_LARGE = _(
    "The picture has more than 40 million pixels. Please make it smaller: 1440 are enough."
)
_BROKEN = _("The file is cut off or broken. Please export the picture again.")
_SVG = _("An SVG drawing cannot be used. Please export it as a PNG.")
_OTHER = _("The file is not a JPEG, PNG or WebP picture. Please export it as one of these.")
# For every decoder in this process: above it Pillow warns, above twice as many it refuses.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class BadImage(ValueError):
    """A file is not an image that can be used; `str()` says why, and what to do."""


@dataclass(frozen=True)
class Picture:
    """What is kept of an upload: two WebP files, the size of the large one, and their digest."""

    width: int
    height: int
    large: bytes
    small: bytes
    digest: str


def read_picture(data: bytes, *, name: str) -> Picture:
    """Return the picture in an uploaded file called `name`; BadImage where there is none."""
    try:
        opened = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImage(_TOO_LARGE) from None
    except UnidentifiedImageError:
        raise BadImage(_SVG if b"<svg" in data[:4096].lower() else _OTHER) from None
    except Exception:  # a decoder may raise anything on a broken header
        raise BadImage(_BROKEN) from None
    with opened:
        _check_header(opened, name)
        try:
            image = _drawn(opened)
        except Exception:  # … and on broken data
            raise BadImage(_BROKEN) from None
    large = _webp(image)
    small = large
    if image.width > SMALL_WIDTH:
        height = max(1, round(image.height * SMALL_WIDTH / image.width))
        small = _webp(image.resize((SMALL_WIDTH, height), Image.Resampling.LANCZOS))
    digest = hashlib.sha256(large + small).hexdigest()[:16]
    return Picture(image.width, image.height, large, small, digest)


def _check_header(image: Image.Image, name: str) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise BadImage(_TOO_LARGE)
    kind = str(image.format)
    if PurePath(name).suffix.lower() not in _SUFFIXES[kind]:
        raise BadImage(
            _("The file is called “%(name)s”, but it is a %(kind)s. Please export it again.")
            % {"name": PurePath(name).name[:80], "kind": kind.replace("MPO", "JPEG")}
        )
    if kind != "MPO" and getattr(image, "is_animated", False):
        raise BadImage(_("The picture moves. Please choose one that stands still."))


def _drawn(image: Image.Image) -> Image.Image:
    """Return the pixels upright, in sRGB, at most LARGE_WIDTH wide, and nothing else of it."""
    # A JPEG is decoded at a fraction of its size where that is enough.
    image.draft(None, (2 * LARGE_WIDTH, 2 * LARGE_WIDTH))
    image.load()
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits of grey, of which Pillow would cut off the upper half
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode not in ("RGB", "CMYK", "L") or image.has_transparency_data:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((LARGE_WIDTH, MAX_HEIGHT), Image.Resampling.LANCZOS)
    if profile and image.mode != "RGBA":
        image = _in_srgb(image, profile)
    image = image if image.mode == "RGBA" else image.convert("RGB")
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    return clean


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the image with the colours its profile means; unchanged where the profile is odd."""
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, meant, srgb, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY)
    return out.getvalue()
