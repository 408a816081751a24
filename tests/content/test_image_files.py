"""Whatever is uploaded: a small clean WebP, or words that say what to do."""

import struct
import warnings
import zlib
from contextlib import suppress

import pytest
from PIL import Image as Drawing
from PIL import ImageCms

from content.image_files import LARGE_WIDTH, MAX_HEIGHT, SMALL_WIDTH, BadImage, read_picture
from tests.content.pictures import a_file, noise, opened, plain

PHOTO = a_file(noise(), "JPEG")
NAMES = {"JPEG": "a.jpg", "PNG": "a.png", "WEBP": "a.webp"}


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return whether two colours differ by no more than a lossy file makes them differ."""
    return all(abs(a - b) <= 12 for a, b in zip(one, other, strict=True))


# -- what is kept


@pytest.mark.parametrize("kind", NAMES)
def test_each_kind_becomes_webp_in_two_widths(kind: str) -> None:
    picture = read_picture(a_file(plain(size=(2000, 1000)), kind), name=NAMES[kind])
    assert (picture.width, picture.height) == (LARGE_WIDTH, 720)
    for data, size in ((picture.large, (LARGE_WIDTH, 720)), (picture.small, (SMALL_WIDTH, 360))):
        drawing = opened(data)
        assert (drawing.format, drawing.size) == ("WEBP", size)
        assert near(drawing.getpixel((100, 100)), (255, 0, 0))


def test_a_small_picture_is_not_made_larger() -> None:
    picture = read_picture(a_file(plain(size=(500, 300))), name="a.png")
    assert (picture.width, picture.height) == (500, 300)
    assert picture.small == picture.large


def test_a_picture_of_one_pixel_is_one() -> None:
    picture = read_picture(a_file(plain(size=(1, 1))), name="a.png")
    assert (picture.width, picture.height) == (1, 1)


@pytest.mark.parametrize(
    ("size", "kept"), [((100, 30000), (10, MAX_HEIGHT)), ((30000, 1), (LARGE_WIDTH, 1))]
)
def test_a_strip_fits_the_page(size: tuple[int, int], kept: tuple[int, int]) -> None:
    picture = read_picture(a_file(plain(size=size)), name="a.png")
    assert (picture.width, picture.height) == kept


def test_a_huge_photo_within_the_limit_is_taken() -> None:
    picture = read_picture(a_file(plain(size=(8000, 5000)), "JPEG"), name="a.jpg")
    assert (picture.width, picture.height) == (LARGE_WIDTH, 900)


def test_the_digest_is_that_of_the_picture() -> None:
    red, again = (read_picture(a_file(plain()), name="a.png") for _ in range(2))
    blue = read_picture(a_file(plain(colour="blue")), name="a.png")
    assert red.digest == again.digest != blue.digest
    assert len(red.digest) == 16


# -- nothing else of the file


def test_a_photo_is_turned_upright_and_forgets_where_it_was_taken() -> None:
    lying = plain(size=(40, 20))
    lying.paste("blue", (0, 0, 20, 20))
    exif = Drawing.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it
    exif[0x010F] = "CAMERA-CANARY"
    exif[0x8825] = {1: "N", 2: (42.0, 21.0, 30.0), 3: "W", 4: (71.0, 3.0, 5.0)}
    sent = a_file(lying, "JPEG", exif=exif, comment=b"COMMENT-CANARY", quality=95)
    assert b"CAMERA-CANARY" in sent
    picture = read_picture(sent, name="a.jpg")
    assert (picture.width, picture.height) == (20, 40)
    for data in (picture.large, picture.small):
        upright = opened(data)
        assert near(upright.getpixel((10, 5)), (0, 0, 255))
        assert near(upright.getpixel((10, 35)), (255, 0, 0))
        assert not dict(upright.getexif())
        for canary in (b"CANARY", b"EXIF", b"XMP", b"ICCP"):
            assert canary not in data


def test_png_words_are_left_behind() -> None:
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Author", "AUTHOR-CANARY")
    sent = a_file(plain(), pnginfo=words)
    assert b"AUTHOR-CANARY" in sent
    assert b"CANARY" not in read_picture(sent, name="a.png").large


def test_what_is_hidden_behind_the_picture_is_left_behind() -> None:
    sent = a_file(plain()) + b"<script>CANARY</script>"
    assert b"CANARY" not in read_picture(sent, name="a.png").large


# -- ways to write colours


def test_four_inks_become_light() -> None:
    sent = a_file(plain("CMYK", colour=(0, 255, 255, 0)), "JPEG", quality=95)
    assert near(opened(read_picture(sent, name="a.jpg").large).getpixel((5, 5)), (255, 0, 0))


@pytest.mark.parametrize("value", [0x0000, 0x4000, 0x8000, 0xFFFF])
def test_sixteen_bits_keep_their_brightness(value: int) -> None:
    grey = Drawing.frombytes("I;16", (40, 20), struct.pack("<H", value) * 800)
    kept = opened(read_picture(a_file(grey), name="a.png").large).getpixel((5, 5))
    assert near(kept, (value >> 8,) * 3)


def test_a_palette_keeps_what_is_see_through() -> None:
    drawing = plain("P", colour=1)
    drawing.putpalette([0, 0, 0, 255, 0, 0] + [0] * 762)
    drawing.paste(0, (0, 0, 20, 20))
    kept = opened(read_picture(a_file(drawing, transparency=0), name="a.png").large)
    assert kept.mode == "RGBA"
    assert kept.getpixel((5, 10))[3] == 0
    assert kept.getpixel((35, 10))[3] == 255


@pytest.mark.parametrize(
    ("mode", "colour", "shown"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 128, (128, 128, 128)),
        ("LA", (128, 255), (128, 128, 128)),
        ("RGBA", (0, 0, 255, 255), (0, 0, 255)),
    ],
)
def test_every_mode_shows_its_colour(
    mode: str, colour: int | tuple[int, ...], shown: tuple[int, ...]
) -> None:
    sent = a_file(plain(mode, colour=colour))
    assert near(
        opened(read_picture(sent, name="a.png").large).convert("RGB").getpixel((5, 5)), shown
    )


def test_a_profile_is_followed_and_left_behind() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    for profile, shown in ((srgb, (255, 0, 0)), (swapped, (0, 0, 255))):
        kept = read_picture(a_file(plain(), icc_profile=profile), name="a.png").large
        assert near(opened(kept).getpixel((5, 5)), shown)
        assert b"ICCP" not in kept


def test_a_broken_profile_is_passed_over() -> None:
    sent = a_file(plain(), icc_profile=b"not a profile" * 30)
    assert near(opened(read_picture(sent, name="a.png").large).getpixel((5, 5)), (255, 0, 0))


def test_the_second_picture_in_a_phone_photo_is_left_behind() -> None:
    sent = a_file(plain(), "MPO", save_all=True, append_images=[plain(colour="blue")])
    kept = opened(read_picture(sent, name="a.jpg").large)
    assert near(kept.getpixel((5, 5)), (255, 0, 0))


# -- what is refused, and why


def refusal(data: bytes, name: str = "a.png") -> str:
    with pytest.raises(BadImage) as caught:
        read_picture(data, name=name)
    return str(caught.value)


def png_header(width: int, height: int) -> bytes:
    """Return the start of a PNG that claims a size; of its pixels there is almost nothing."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 1000)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.parametrize(
    "size", [(8001, 5000), (10_000, 9_000), (50_000, 50_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_bomb_is_refused_by_the_size_it_claims(size: tuple[int, int]) -> None:
    assert "40 million pixels" in refusal(png_header(*size))


def test_a_bomb_is_refused_where_a_warning_is_only_printed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "40 million pixels" in refusal(png_header(8001, 5000))


@pytest.mark.shows("ASVS 5.2.3")
def test_a_png_whose_words_unpack_to_megabytes_is_refused() -> None:
    words = b"Comment\0\0" + zlib.compress(b"x" * 50_000_000)
    chunk = struct.pack(">I", len(words)) + b"zTXt" + words
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + words))
    good = a_file(plain())
    assert "broken" in refusal(good[:33] + chunk + good[33:])


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(kind: str, share: float) -> None:
    data = a_file(noise(), kind)
    assert "cut off or broken" in refusal(data[: int(len(data) * share)], NAMES[kind])


@pytest.mark.parametrize("length", range(0, 400, 7))
def test_a_file_cut_in_its_header_is_refused_in_words(length: int) -> None:
    for data, name in ((PHOTO, "a.jpg"), (a_file(noise()), "a.png")):
        assert refusal(data[:length], name)


@pytest.mark.parametrize("at", range(2, 400, 13))
def test_damage_never_gets_further_than_words(at: int) -> None:
    for data, name in ((PHOTO, "a.jpg"), (a_file(noise(), "WEBP"), "a.webp")):
        harmed = data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + 5]) + data[at + 5 :]
        with suppress(BadImage):  # anything else fails the test
            assert read_picture(harmed, name=name).width


@pytest.mark.parametrize(
    ("kind", "name"),
    [("PNG", "a.jpg"), ("JPEG", "a.png"), ("WEBP", "a.jpeg"), ("PNG", "a"), ("JPEG", "a.jpg.exe")],
)
def test_a_file_that_lies_about_its_kind_is_refused(kind: str, name: str) -> None:
    said = refusal(a_file(plain(), kind), name)
    assert name in said
    assert kind in said


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    data = a_file(plain(), kind, save_all=True, append_images=[plain(colour="blue")])
    assert "moves" in refusal(data, NAMES[kind])


@pytest.mark.shows("ASVS 1.3.4")
@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?>\n<!-- drawn -->\n<SVG/>',
    ],
)
def test_a_drawing_of_lines_is_refused_with_a_way_out(data: bytes) -> None:
    assert "SVG" in refusal(data, "a.svg")
    assert "SVG" in refusal(data, "a.png")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_kinds_are_refused(kind: str) -> None:
    assert "not a JPEG, PNG or WebP" in refusal(a_file(plain(size=(32, 32)), kind))


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"%PDF-1.7", b"MZ\x90", b"\xff\xd8\xff", b"x"])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    assert refusal(data)
