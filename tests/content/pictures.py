"""Builders of image files, good and bad, and of stored pictures."""

from io import BytesIO
from typing import Any

from PIL import Image as Drawing

from content.image_files import read_picture
from content.models import Image


def a_file(drawing: Drawing.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return the drawing as a file of a kind."""
    out = BytesIO()
    drawing.save(out, kind, **options)
    return out.getvalue()


def plain(
    mode: str = "RGB", size: tuple[int, int] = (40, 20), colour: Any = "red"
) -> Drawing.Image:
    return Drawing.new(mode, size, colour)


def noise(size: tuple[int, int] = (300, 200)) -> Drawing.Image:
    """Return a drawing that no format makes small, so that a file of it can be cut anywhere."""
    return Drawing.effect_noise(size, 80).convert("RGB")


def opened(data: bytes) -> Drawing.Image:
    drawing = Drawing.open(BytesIO(data))
    drawing.load()
    return drawing


def make_image(key: str = "marsh", size: tuple[int, int] = (1600, 800), **changes: Any) -> Image:
    """Store a picture under a key."""
    picture = read_picture(a_file(plain(size=size)), name="a.png")
    values = {"alt": "A salt marsh at dusk", **vars(picture), **changes}
    return Image.objects.create(key=key, **values)
