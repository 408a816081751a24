"""The decoder of card photos: whatever is sent, a plain JPEG or a refusal, and no harm done."""

import io
import os
import resource
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pillow_heif
import pytest
from PIL import Image as Drawing

from admissions import card_decoder
from admissions.card_decoder import LONGEST_SIDE, SHORTEST_SIDE, SIZE, Refusal
from tests.admissions import card_files
from tests.admissions.card_files import card, exif, heic, is_plain, photo
from tests.content.pictures import a_file, noise, opened, plain

COMMAND = [sys.executable, "-I", "-B", card_decoder.__file__]
BLUE, RED = (0, 0, 255), (255, 0, 0)
TAKEN, REFUSED = card_files.taken(), card_files.refused()


def run(data: bytes) -> tuple[int, bytes]:
    """Run the program as the site does; return its exit status and output."""
    done = subprocess.run(COMMAND, input=data, capture_output=True, timeout=60, env={}, cwd="/")
    return done.returncode, done.stdout


def drawn(data: bytes) -> Drawing.Image:
    """Return the picture that the program makes of a file, which must be plain."""
    status, out = run(data)
    assert status == 0
    jpeg = out[SIZE.size :]
    assert is_plain(jpeg)
    drawing = opened(jpeg)
    assert (drawing.format, drawing.mode) == ("JPEG", "RGB")
    assert drawing.size == SIZE.unpack(out[: SIZE.size])
    return drawing


def near(one: tuple[int, ...], other: tuple[int, ...], by: int = 24) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def shows_card(drawing: Drawing.Image, *, upright: bool = True) -> bool:
    """Return whether the blue half of `card()` is on the left (not upright: on top)."""
    width, height = drawing.size
    first = (width // 4, height // 2) if upright else (width // 2, height // 4)
    second = (width * 3 // 4, height // 2) if upright else (width // 2, height * 3 // 4)
    return near(drawing.getpixel(first), BLUE) and near(drawing.getpixel(second), RED)


# -- what is taken


@pytest.mark.parametrize("name", TAKEN)
def test_threat_10_hostile_image_becomes_a_plain_jpeg_without_what_was_beside_it(name: str) -> None:
    drawing = drawn(TAKEN[name])
    assert drawing.size == card_files.SIZE
    assert shows_card(drawing)


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((4032, 3024), (2000, 1500)),
        ((3024, 4032), (1500, 2000)),
        ((8064, 6048), (2000, 1500)),
        ((9000, 200), (2000, 44)),
        ((1999, 1000), (1999, 1000)),
        ((SHORTEST_SIDE, SHORTEST_SIDE), (SHORTEST_SIDE, SHORTEST_SIDE)),
    ],
)
def test_a_photo_is_made_as_large_as_reading_needs_and_never_larger(
    size: tuple[int, int], kept: tuple[int, int]
) -> None:
    drawing = drawn(photo(size=size))
    assert drawing.size == kept
    assert max(drawing.size) <= LONGEST_SIDE
    assert shows_card(drawing)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_the_camera_was_held(orientation: int) -> None:
    upright = card()
    held = {
        2: Drawing.Transpose.FLIP_LEFT_RIGHT,
        3: Drawing.Transpose.ROTATE_180,
        4: Drawing.Transpose.FLIP_TOP_BOTTOM,
        5: Drawing.Transpose.TRANSPOSE,
        6: Drawing.Transpose.ROTATE_90,
        7: Drawing.Transpose.TRANSVERSE,
        8: Drawing.Transpose.ROTATE_270,
    }
    upright.paste("lime", (0, 0, 40, 40))  # a corner, so that each of the eight differs
    lying = upright.transpose(held[orientation]) if orientation in held else upright
    drawing = drawn(a_file(lying, "JPEG", exif=exif(orientation), quality=95))
    assert drawing.size == card_files.SIZE
    assert shows_card(drawing)
    assert near(drawing.getpixel((15, 15)), (0, 255, 0), by=60)


def test_a_photo_of_an_iphone_is_taken_upright_without_its_place() -> None:
    sent = card_files.iphone()
    assert b"CAMERA-CANARY" in sent
    drawing = drawn(sent)
    assert drawing.size == (900, 1200)
    assert shows_card(drawing, upright=False)


def test_deep_colours_become_ordinary_ones() -> None:
    out = io.BytesIO()
    pixels = struct.pack("<HHH", 0xFFFF, 0x8000, 0) * 40_000
    pillow_heif.from_bytes("RGB;16", (200, 200), pixels).save(out)
    rows = (b"\0" + struct.pack(">HHH", 0xFFFF, 0x8000, 0) * 200) * 200
    for sent in (out.getvalue(), card_files.png(200, 200, depth=16, data=rows)):
        assert near(drawn(sent).getpixel((100, 100)), (255, 128, 0))


@pytest.mark.parametrize("value", [0x0000, 0x4000, 0x8000, 0xFFFF])
def test_sixteen_bits_of_grey_keep_their_brightness(value: int) -> None:
    grey = Drawing.frombytes("I;16", (200, 200), struct.pack("<H", value) * 40_000)
    assert near(drawn(a_file(grey)).getpixel((100, 100)), (value >> 8,) * 3)


@pytest.mark.parametrize(
    ("mode", "colour", "shown"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 128, (128, 128, 128)),
        ("LA", (0, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 255, 255), BLUE),
    ],
)
def test_what_is_see_through_lies_on_white(
    mode: str, colour: int | tuple[int, ...], shown: tuple[int, ...]
) -> None:
    sent = a_file(plain(mode, card_files.SIZE, colour))
    assert near(drawn(sent).getpixel((100, 100)), shown)


def test_a_see_through_colour_of_a_palette_is_white() -> None:
    drawing = plain("P", card_files.SIZE, 1)
    drawing.putpalette([0, 0, 0, 255, 0, 0] + [0] * 762)
    drawing.paste(0, (0, 0, 200, 400))
    kept = drawn(a_file(drawing, transparency=0))
    assert near(kept.getpixel((100, 100)), (255, 255, 255))
    assert near(kept.getpixel((500, 100)), RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_the_colours_are_those_that_the_profile_means(kind: str) -> None:
    srgb = card_files.srgb()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    drawing = plain(size=card_files.SIZE)
    for profile, shown in ((srgb, RED), (swapped, BLUE)):
        drawing.info["icc_profile"] = profile
        sent = heic(drawing) if kind == "HEIF" else a_file(drawing, kind, icc_profile=profile)
        assert near(drawn(sent).getpixel((100, 100)), shown)


# -- what is refused


@pytest.mark.shows("ASVS 1.3.4")
@pytest.mark.parametrize("name", REFUSED)
def test_threat_10_hostile_image_is_refused_for_what_it_is(name: str) -> None:
    why, data = REFUSED[name]
    started = time.monotonic()
    assert run(data) == (Refusal[why], b"")
    assert time.monotonic() - started < 10


def test_a_heic_that_says_it_is_huge_is_not_decoded() -> None:
    sent = heic(noise((200, 200)))
    place = sent.index(b"ispe") + 8  # behind its version: width and height
    assert struct.unpack(">II", sent[place : place + 8]) == (200, 200)
    for side, why in (
        (10, Refusal.TOO_SMALL),
        (4000, Refusal.BROKEN),
        (8000, Refusal.TOO_MANY_PIXELS),
        (2**31 - 1, Refusal.TOO_MANY_PIXELS),
    ):
        lie = sent[:place] + struct.pack(">II", side, side) + sent[place + 8 :]
        assert run(lie)[0] in (why, Refusal.BROKEN)


# -- what the program cannot do

FOLDER = str(Path(card_decoder.__file__).parent)
_LIMITED = f"""
import os, socket, sys
sys.path[:0] = [{FOLDER!r}]
import card_decoder
card_decoder.load_decoders()
card_decoder.give_up_the_rest()
"""


def limited(code: str, **options: object) -> subprocess.CompletedProcess:
    """Run code in a process that has given up what the decoder gives up."""
    return subprocess.run(
        [sys.executable, "-I", "-B", "-c", _LIMITED + code],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/dev/null', 'rb')",
        "open('left-behind', 'wb')",
        "socket.socket()",
        "os.pipe()",
        "os.memfd_create('x')",
    ],
)
def test_nothing_can_be_opened(attempt: str, tmp_path: Path) -> None:
    done = limited(attempt, cwd=tmp_path)
    assert "Too many open files" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_other_program_can_do_anything() -> None:
    done = limited("os.execv('/bin/sh', ['sh', '-c', 'echo harm'])")
    assert done.returncode != 0
    assert "harm" not in done.stdout


def test_a_file_that_is_open_does_not_grow(tmp_path: Path) -> None:
    leak = tmp_path / "leak"
    with leak.open("wb") as file:
        done = subprocess.run(COMMAND, input=photo(), stdout=file, stderr=subprocess.DEVNULL)
    assert done.returncode != 0
    assert leak.read_bytes() == b""


def test_memory_and_time_end() -> None:
    assert "MemoryError" in limited("bytearray(2 * 1024**3)").stderr
    done = limited(
        "import resource\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_CPU)\n"
        "assert soft == hard == card_decoder.CPU_SECONDS\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"  # not to wait for it
        "while True: pass"
    )
    assert done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_it_takes_nothing_back() -> None:
    done = limited(
        "import resource\n"
        "card_decoder.give_up_processes()\n"
        "for name in ('AS', 'CPU', 'FSIZE', 'NOFILE', 'CORE', 'NPROC'):\n"
        "    print(*resource.getrlimit(getattr(resource, 'RLIMIT_' + name)))"
    )
    limits = [line.split() for line in done.stdout.splitlines()]
    assert [soft for soft, hard in limits if soft == hard] == [
        str(card_decoder.MEMORY),
        str(card_decoder.CPU_SECONDS),
        "0",
        "3",
        "0",
        "0",
    ]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_it_works_for_an_ordinary_user(kind: str) -> None:
    """The limit of processes does not hold for root: what needs a thread would fail elsewhere."""
    code = (
        f"import os, sys; sys.path[:0] = [{FOLDER!r}]\n"
        "import card_decoder\n"
        "card_decoder.load_decoders()\n"
        "os.getuid() or os.setuid(65534)\n"
        "sys.exit(card_decoder.main())"
    )
    command = [sys.executable, "-I", "-B", "-c", code]
    done = subprocess.run(command, input=photo(kind), capture_output=True, timeout=60)
    assert done.returncode == 0


@pytest.mark.parametrize("start", ["os.fork()", "threading.Thread(target=print).start()"])
def test_an_ordinary_user_starts_no_process_where_none_is_needed(start: str) -> None:
    done = limited(
        "import threading\n"
        "os.getuid() or os.setuid(65534)\n"
        "card_decoder.give_up_processes()\n" + start
    )
    assert "BlockingIOError" in done.stderr or "can't start new thread" in done.stderr


def test_it_ends_when_the_web_process_is_killed() -> None:
    """Nobody is left to send the rest: what came is cut off, and there is nobody to tell."""
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({COMMAND!r}, stdin=subprocess.PIPE)\n"
        "child.stdin.write(b'\\xff\\xd8\\xff' + b'x' * 1000)\n"
        "child.stdin.flush()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as web:
        assert web.stdout is not None
        decoder = int(web.stdout.readline())
        assert os.path.exists(f"/proc/{decoder}")
        web.kill()
    deadline = time.monotonic() + 10
    while _runs(decoder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(decoder)


def _runs(pid: int) -> bool:
    """Return whether a process is there and has not ended (nobody may be there to bury it)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
def test_twelve_million_pixels_are_far_from_the_limits(kind: str) -> None:
    size = (4032, 3024)
    sent = heic(card(size), tile_size=512) if kind == "HEIF" else a_file(noise(size), kind)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert drawn(sent).size == (2000, 1500)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < card_decoder.CPU_SECONDS / 2


# -- the program within the tests' own process: what it does before it reads, and what it says


@pytest.fixture
def given_up(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[int, int]]]:
    """What the program gives up, told instead of done; and Pillow as it was before, afterwards."""
    for name in ("ID", "OPEN", "MIME", "EXTENSION", "SAVE", "SAVE_ALL"):
        monkeypatch.setattr(Drawing, name, getattr(Drawing, name).copy())
    monkeypatch.setattr(Drawing, "MAX_IMAGE_PIXELS", 2**30 // 12)  # Pillow's own, not the site's
    found: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda what, most: found.append((what, most)))
    return found


ODD = {
    "turned": a_file(card(), "JPEG", exif=exif(6)),
    "see-through": a_file(card().convert("RGBA")),
    "16 bits of grey": a_file(Drawing.new("I;16", card_files.SIZE, 40_000)),
}
FILES = {**TAKEN, **{name: data for name, (_, data) in REFUSED.items()}, **ODD}


@pytest.mark.parametrize("name", FILES)
def test_it_says_the_same_of_a_file_within_another_process(
    name: str, given_up: list[tuple[int, tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()

    class Before(io.BytesIO):
        """Nothing is read before what is not needed was given up."""

        def read(self, size: int | None = -1, /) -> bytes:
            assert [what for what, _ in given_up] == [
                resource.RLIMIT_AS,
                resource.RLIMIT_CPU,
                resource.RLIMIT_FSIZE,
                resource.RLIMIT_NOFILE,
                resource.RLIMIT_CORE,
            ]
            return super().read(size)

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Before(FILES[name])))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    status = card_decoder.main()
    monkeypatch.undo()
    assert (status, out.getvalue()) == run(FILES[name])
