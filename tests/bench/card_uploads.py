"""A card photo of 12 megapixels: from the browser's post to the next page, and the memory it takes.

Held to the least that any site would do with it: Pillow in the same process, from file to file.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pillow_heif
from PIL import Image as Drawing

from tests.bench.load import children, peak_memory
from tests.factories import insurance_step
from tests.server import ROOT, Visitor, new_site

SIZE, TIMES = (4032, 3024), 5
DECODER = ROOT / "admissions" / "card_decoder.py"


def measure() -> Iterator[str]:
    """Yield the lines of the result for the database of DATABASE_URL."""
    database = "PostgreSQL" if os.environ.get("DATABASE_URL", "") else "SQLite"
    with tempfile.TemporaryDirectory(prefix="iop-bench-") as folder:
        site = new_site(Path(folder))
        site.start()
        try:
            assert site.process is not None
            pids = children(site.process.pid)
            before = max(peak_memory(pid) for pid in pids)
            for kind, data in _photos().items():
                took = [_upload(Visitor(site), data) for _ in range(TIMES)]
                plain = [_plain(data) for _ in range(TIMES)]
                yield (
                    f"{database}: {kind} of 12 megapixels, {len(data) / 1e6:.1f} MB: "
                    f"{median(took):.2f} s an upload ({min(took):.2f} to {max(took):.2f}), "
                    f"{median(took) / median(plain):.1f} times Pillow alone; "
                    f"decoder {_decoder_memory(data):.0f} MB"
                )
            after = max(peak_memory(pid) for pid in pids)
            yield f"{database}: largest web process {before:.0f} MB before, {after:.0f} MB after"
        finally:
            site.stop()


def _photos() -> dict[str, bytes]:
    """Return what a camera sends of a busy scene: noise over a gradient, at its usual quality."""
    scene = Drawing.radial_gradient("L").resize(SIZE)
    noise = Drawing.effect_noise((SIZE[0] // 4, SIZE[1] // 4), 60).resize(SIZE)
    drawing = Drawing.merge("RGB", (scene, Drawing.blend(scene, noise, 0.5), noise))
    jpeg, heic = io.BytesIO(), io.BytesIO()
    drawing.save(jpeg, "JPEG", quality=92)
    pillow_heif.from_pillow(drawing).save(heic, quality=70)
    return {"JPEG": jpeg.getvalue(), "HEIC": heic.getvalue()}


def _upload(visitor: Visitor, data: bytes) -> float:
    """Return how long the page of the photos took, on a draft of its own."""
    visitor.get("/admissions/insurance/")
    for step in ("who", "reach", "coverage", "subscriber"):
        visitor.post("", insurance_step(step))
    assert visitor.url.endswith("/photos/"), visitor.url
    started = time.perf_counter()
    visitor.post("", {}, {"front": ("front", data)})
    seconds = time.perf_counter() - started
    assert visitor.url.endswith("/check/"), visitor.url
    return seconds


def _plain(data: bytes) -> float:
    pillow_heif.register_heif_opener()
    started = time.perf_counter()
    drawing = Drawing.open(io.BytesIO(data))
    drawing.thumbnail((2000, 2000))
    drawing.convert("RGB").save(io.BytesIO(), "JPEG", quality=80)
    return time.perf_counter() - started


def _decoder_memory(data: bytes) -> float:
    """Return the largest resident size of the decoder's process, in MB, as it was last seen."""
    decoder = subprocess.Popen(
        [sys.executable, "-I", "-B", str(DECODER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={},
    )
    assert decoder.stdin is not None
    decoder.stdin.write(data)
    decoder.stdin.close()
    largest = 0.0
    while decoder.poll() is None:
        largest = max(largest, peak_memory(decoder.pid))
        time.sleep(0.005)
    return largest
