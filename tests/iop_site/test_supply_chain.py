"""What is installed: pinned and hashed, above every known hole, and under licences we may use."""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(settings.BASE_DIR)
RUNTIME = ROOT / "requirements.txt"
DEV = ROOT / "requirements-dev.txt"
HASH = re.compile(r"sha256:[0-9a-f]{64}")
VENV_BRINGS = {"pip", "setuptools"}

# The first release without a hole that was published, and the hole. Raised when another is known.
FLOORS = {
    "aiosmtpd": ("1.4.6", "CVE-2024-34083: commands injected before STARTTLS"),
    "brotli": ("1.2.0", "CVE-2025-6176: a small answer that unpacks without end"),
    "certifi": ("2024.7.4", "CVE-2024-39689: roots that are trusted no more"),
    "cryptography": ("46.0.6", "CVE-2026-34073, CVE-2026-26007: name constraints, binary curves"),
    "django": ("5.2.17", "CVE-2026-15307, CVE-2026-15337, CVE-2026-15830, CVE-2026-15920"),
    "django-allauth": ("65.13.0", "CVE-2025-65430: tokens outlived a deactivated account"),
    "dnspython": ("2.6.1", "CVE-2023-29483: a forged answer ends a look-up"),
    "filelock": ("3.20.3", "CVE-2026-22701: a lock file swapped for a link"),
    "gunicorn": ("23.0.0", "CVE-2024-6827, CVE-2024-1135: request smuggling"),
    "idna": ("3.7", "CVE-2024-3651: quadratic time on a long name"),
    "markdown-it-py": ("2.2.0", "CVE-2023-26302, CVE-2023-26303: a text that stops the parser"),
    "pillow": ("12.3.0", "CVE-2026-59197 to 59200, CVE-2026-55798: memory and bombs in pictures"),
    "pillow-heif": ("1.7.0", "CVE-2026-84383 (libheif): a write out of bounds, code execution"),
    "pip": ("25.3", "CVE-2025-8869: an archive that writes outside its folder"),
    "pygments": ("2.15.0", "CVE-2022-40896: a text that stops the highlighter"),
    "python-json-logger": ("3.3.0", "CVE-2025-27607: a dependency anybody could have published"),
    "pyyaml": ("5.4", "CVE-2020-14343: code execution by a loader"),
    "requests": ("2.32.4", "CVE-2024-47081: a password sent to another host"),
    "sqlparse": ("0.6.0", "CVE-2026-54284: a short statement that takes for ever"),
    "urllib3": ("2.6.3", "CVE-2026-21441: a redirect that unpacks without end"),
    "uv": ("0.8.6", "CVE-2025-54368: an archive that two readers unpack differently"),
}

# As the packages tell it; each may be used in, and sold with, any product.
PERMISSIVE = {
    "Apache-2.0",
    "Apache-2.0 OR BSD-2-Clause",
    "Apache-2.0 OR BSD-3-Clause",
    "BSD",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT License",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Unlicense",
}
ALLOWED_BESIDES = {
    "psycopg2-binary": "LGPL with exceptions: used unchanged, as a library; given by the owner",
    "fido2": "BSD-2-Clause; it brings a list of domain names under the MPL-2.0, used unchanged",
}


def pins(lock: Path) -> dict[str, Requirement]:
    """Return what a lock file names, by canonical name.

    Raises:
        ValueError: for a line that is no exact pin of a release with at least one hash.
    """
    found = {}
    for line in lock.read_text().replace("\\\n", " ").splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        words, *hashes = text.split(" --hash=")
        one = Requirement(words)
        exact = [spec for spec in one.specifier if spec.operator == "=="]
        if one.url or len(exact) != 1 or len(one.specifier) != 1 or exact[0].version.endswith("*"):
            raise ValueError(f"not an exact pin: {words}")
        if not hashes or not all(HASH.fullmatch(value.strip()) for value in hashes):
            raise ValueError(f"no hash: {words}")
        found[canonicalize_name(one.name)] = one
    return found


def version(one: Requirement) -> Version:
    return Version(next(iter(one.specifier)).version)


@pytest.mark.parametrize(
    "line",
    [
        "django>=5.2 --hash=sha256:" + "a" * 64,
        "django==5.2.* --hash=sha256:" + "a" * 64,
        "django --hash=sha256:" + "a" * 64,
        "django @ https://example.org/django.whl --hash=sha256:" + "a" * 64,
        "django==5.2.19",
        "django==5.2.19 --hash=md5:" + "a" * 32,
        "-r other.txt",
        "--index-url https://example.org/",
    ],
)
def test_pins_refuses_what_is_not_pinned_with_a_hash(line, tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text(line + "\n")

    with pytest.raises(ValueError):
        pins(lock)


@pytest.mark.shows("ASVS 15.1.2")
@pytest.mark.parametrize("lock", [RUNTIME, DEV], ids=["runtime", "dev"])
def test_threat_20_every_requirement_is_an_exact_pin_with_hashes(lock):
    assert len(pins(lock)) > 25


def test_both_locks_pin_the_same_releases():
    runtime, dev = pins(RUNTIME), pins(DEV)

    assert {name: version(one) for name, one in runtime.items()} == {
        name: version(dev[name]) for name in runtime
    }


def test_every_pin_is_one_that_pyproject_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = project["project"]["dependencies"] + project["dependency-groups"]["dev"]

    for text in declared:
        wanted = Requirement(text)
        assert version(pins(DEV)[canonicalize_name(wanted.name)]) in wanted.specifier, text


@pytest.mark.shows("201 CMR 17.04(6)", "ASVS 15.2.1", "ASVS 4.2.1")
@pytest.mark.parametrize("name", sorted(FLOORS))
def test_threat_20_no_package_is_pinned_below_a_known_hole(name):
    floor, hole = FLOORS[name]

    assert re.match(r"(CVE-\d{4}-\d{4,}|GHSA-)", hole)
    assert version(pins(DEV)[name]) >= Version(floor), hole


@pytest.mark.shows("ASVS 15.1.2")
def test_what_is_installed_is_what_the_lock_names():
    locked = pins(DEV)
    installed = {
        canonicalize_name(one.metadata["Name"]): Version(one.version)
        for one in metadata.distributions()
    }

    for name, one in locked.items():
        if one.marker is None or one.marker.evaluate():
            assert installed.get(name) == version(one), name
    assert installed.keys() - locked.keys() <= VENV_BRINGS


def test_runtime_packages_may_be_used_by_their_licence():
    for name, one in pins(RUNTIME).items():
        if name in ALLOWED_BESIDES or (one.marker and not one.marker.evaluate()):
            continue
        assert licence(name) in PERMISSIVE, f"{name}: {licence(name)}"


def licence(name: str) -> str:
    """Return how a package names its licence: by expression, by field, or by classifier."""
    told = metadata.metadata(name)
    named = told.get("License-Expression") or told.get("License")
    if named:
        return named
    classifiers = told.get_all("Classifier") or []
    return next(
        (one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License ::")), ""
    )


@pytest.mark.shows("ASVS 15.1.1", "ASVS 15.1.2")
def test_young_releases_are_left_out_of_the_lock_and_of_proposed_updates():
    lock = (ROOT / "Makefile").read_text()
    renovate = json.loads((ROOT / ".renovaterc.json").read_text())

    assert "timedelta(7)" in lock
    assert "--exclude-newer $$cutoff" in lock
    assert renovate["minimumReleaseAge"] == "7 days"
    assert (
        renovate["vulnerabilityAlerts"]["minimumReleaseAge"] is None
    )  # a known hole is mended now


def test_packages_are_installed_by_hash_only():
    recipes = re.findall(r"pip install .*", (ROOT / "Makefile").read_text())

    assert recipes
    assert all("--require-hashes" in one for one in recipes)
