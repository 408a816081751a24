"""Builders of photos of insurance cards as families send them, good, odd and hostile."""

import io
import struct
import zipfile
import zlib
from typing import Any

import pillow_heif
from PIL import Image as Drawing
from PIL import ImageCms
from PIL.PngImagePlugin import PngInfo

from tests.content.pictures import a_file, noise, plain

SIZE = (640, 400)
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825
CANARIES = (b"CANARY", b"Exif\0", b"http://ns.adobe.com", b"ICC_PROFILE", b"Photoshop")


def card(size: tuple[int, int] = SIZE) -> Drawing.Image:
    """Return a drawing that tells how it is held: its left half is blue, its right half red."""
    drawing = plain(size=size, colour="red")
    drawing.paste("blue", (0, 0, size[0] // 2, size[1]))
    return drawing


def heic(drawing: Drawing.Image, **options: Any) -> bytes:
    """Return the drawing as a HEIC file."""
    out = io.BytesIO()
    pillow_heif.from_pillow(drawing).save(out, **options)
    return out.getvalue()


def photo(kind: str = "JPEG", size: tuple[int, int] = SIZE) -> bytes:
    """Return a plain good photo; for the tests of other modules as well."""
    return heic(card(size)) if kind == "HEIF" else a_file(card(size), kind)


def exif(orientation: int = 1) -> Drawing.Exif:
    """Return what a phone writes into a photo: its maker, how it was held, where it was."""
    words = Drawing.Exif()
    words[ORIENTATION] = orientation
    words[MAKE] = "CAMERA-CANARY"
    words[GPS] = {1: "N", 2: (42.0, 21.0, 30.0), 3: "W", 4: (71.0, 3.0, 5.0)}
    return words


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def iphone() -> bytes:
    """Return a HEIC made of tiles, lying on its side, with preview, profile and place."""
    drawing = card((1200, 900)).convert("RGB")
    drawing.info["icc_profile"] = srgb()
    return heic(
        drawing,
        exif=exif(6).tobytes(),
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>XMP-CANARY</x:xmpmeta>",
        tile_size=512,
        thumbnails=[320],
    )


def android() -> bytes:
    """Return a JPEG with everything that cameras and programs write beside the picture."""
    return a_file(
        card(),
        "JPEG",
        quality=92,
        exif=exif(),
        comment=b"COMMENT-CANARY",
        xmp=b"http://ns.adobe.com/xap/1.0/\0XMP-CANARY",
        icc_profile=srgb(),
        progressive=True,
    )


def with_words() -> bytes:
    """Return a PNG with texts in it."""
    words = PngInfo()
    words.add_text("Author", "AUTHOR-CANARY")
    words.add_text("Comment", "COMMENT-CANARY", zip=True)
    return a_file(card(), pnginfo=words, exif=exif())


def two_pictures() -> bytes:
    """Return a JPEG that holds a second picture, as phones make them (MPO)."""
    return a_file(card(), "MPO", save_all=True, append_images=[plain(size=SIZE, colour="lime")])


def burst() -> bytes:
    """Return a HEIC of two pictures, of which the second is the one that is meant."""
    pictures = pillow_heif.from_pillow(plain(size=SIZE, colour="lime"))
    pictures.add_from_pillow(card())
    out = io.BytesIO()
    pictures.save(out, primary_index=1)
    return out.getvalue()


def moving() -> bytes:
    frames = [plain(size=SIZE, colour=colour) for colour in ("lime", "blue")]
    return a_file(card(), save_all=True, append_images=frames)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, data: bytes = b"") -> bytes:
    """Return a PNG that says it is so large, with `data` as its pixels (zeros, where empty)."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(data or b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """Return a PNG of which a comment is small and 5 MB when read."""
    words = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 5_000_000, 9))
    start = photo("PNG")
    return start[:33] + words + start[33:]


def zip_file() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("CANARY.txt", "ZIP-CANARY")
    return out.getvalue()


HTML = b"<html><script>alert('HTML-CANARY')</script></html>"


def commented(start: bytes, words: bytes) -> bytes:
    """Return the JPEG with words right behind its first two bytes."""
    return start[:2] + b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words + start[2:]


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"


def taken() -> dict[str, bytes]:
    """Return files that show `card()` and are to be taken, by what is odd about them."""
    jpeg, png_file = photo(), photo("PNG")
    return {
        "JPEG": jpeg,
        "PNG": png_file,
        "HEIC": photo("HEIF"),
        "with all words": android(),
        "PNG with words": with_words(),
        "two pictures": two_pictures(),
        "burst": burst(),
        "JPEG and ZIP": jpeg + zip_file(),
        "JPEG and HTML": commented(jpeg, HTML) + HTML,
        "JPEG and PDF": commented(jpeg, PDF),
        "PNG with more behind": png_file + HTML + zip_file(),
        "unreadable EXIF": a_file(card(), "JPEG", exif=b"Exif\0\0CANARY" + b"\xff" * 40),
        "unreadable EXIF in a PNG": a_file(card(), exif=b"Exif\0\0CANARY" + b"\xff" * 40),
        "unreadable profile": a_file(card(), "JPEG", icc_profile=b"CANARY" * 50),
        "profile of other inks": a_file(card(), "JPEG", icc_profile=lab()),
        "four inks": a_file(card().convert("CMYK"), "JPEG", quality=95),
        "palette": a_file(card().convert("P")),
    }


def lab() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def refused() -> dict[str, tuple[str, bytes]]:
    """Return files that are to be refused: by what they are, why, and the file."""
    jpeg, heif = a_file(noise(SIZE), "JPEG"), heic(noise(SIZE))
    return {
        "nothing": ("NOT_A_PICTURE", b""),
        "words": ("NOT_A_PICTURE", b"a photo, honestly"),
        "GIF": ("NOT_A_PICTURE", a_file(card(), "GIF")),
        "WebP": ("NOT_A_PICTURE", a_file(card(), "WEBP")),
        "TIFF": ("NOT_A_PICTURE", a_file(card(), "TIFF")),
        "film": ("NOT_A_PICTURE", b"\0\0\0\x18ftypmp42" + b"\0" * 500),
        "ZIP": ("NOT_A_PICTURE", zip_file()),
        "HTML": ("NOT_A_PICTURE", HTML),
        "PDF": ("PDF", PDF),
        "PDF after a line": ("PDF", b"\n\n" + PDF),
        "SVG": ("SVG", SVG),
        "one pixel": ("TOO_SMALL", a_file(plain(size=(1, 1)))),
        "line": ("TOO_SMALL", a_file(plain(size=(3000, 20)), "JPEG")),
        "moving": ("MOVING", moving()),
        "cut JPEG": ("BROKEN", jpeg[: len(jpeg) // 2]),
        "cut PNG": ("BROKEN", a_file(noise(SIZE))[:50_000]),
        "cut HEIC": ("BROKEN", heif[: len(heif) // 2]),
        "beginning of a JPEG": ("BROKEN", jpeg[:20]),
        "beginning of a HEIC": ("BROKEN", heif[:60]),
        "PNG of lies": ("BROKEN", png(2000, 2000)),
        "bomb of words": ("BROKEN", text_bomb()),
        "bomb": ("TOO_MANY_PIXELS", png(8000, 6251, depth=1, colour=0)),
        "large bomb": ("TOO_MANY_PIXELS", png(60_000, 60_000)),
        "largest bomb": ("TOO_MANY_PIXELS", png(2**31 - 1, 2**31 - 1)),
    }


def segments(jpeg: bytes) -> list[int]:
    """Return the markers of a JPEG file in their order, up to its pixels."""
    found, place = [], 2
    while True:
        marker, length = struct.unpack(">xBH", jpeg[place : place + 4])
        found.append(marker)
        if marker == 0xDA:
            return found
        place += 2 + length


# JFIF header, tables, frame, pixels: there is no place for words among them.
PLAIN_SEGMENTS = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def is_plain(jpeg: bytes) -> bool:
    """Return whether a JPEG ends where it should and holds nothing but a picture."""
    return (
        jpeg.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF")
        and jpeg.endswith(b"\xff\xd9")
        and set(segments(jpeg)) == PLAIN_SEGMENTS
        and not any(canary in jpeg for canary in CANARIES)
    )
