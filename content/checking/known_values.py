"""What a text may name: topics, addresses, source keys, placeholders. No Django."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTER = Path(__file__).resolve().parent.parent / "starter"
# Pages that are no starter text, and standing pages, whose address is not that of their file.
_PAGES = (
    "programs programs/levels-of-care programs/how-it-works programs/schedule "
    "programs/components programs/tracks articles faq glossary get-help-now "
    "admissions admissions/inquiry admissions/inquiry/myself admissions/inquiry/someone "
    "admissions/inquiry/professional admissions/insurance admissions/estimate "
    "admissions/consultation admissions/status insurance-and-payment families professionals "
    "contact team privacy accessibility nondiscrimination about"
)
# Folders of starter files whose address is not simply the folder's name.
_FOLDER_ADDRESS = {"components": "programs/components", "tracks": "programs/tracks"}


@dataclass(frozen=True)
class Known:
    """The names a text may use. `lines` are the keys allowed in {{line:key}}.

    The starter content has no pictures, so that `images` is empty for its files.
    """

    topics: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()
    placeholders: frozenset[str] = frozenset(
        {"program", "program_short", "program_title", "provider", "phone"}
    )


def load_known(starter: Path = STARTER) -> Known:
    """Return what the files of a folder define; the site's own stand in for one not there yet."""
    addresses = {"/", *(f"/{page}/" for page in _PAGES.split())}
    for folder in (STARTER, starter):
        for path in folder.rglob("*.md"):
            kind = path.parent.relative_to(folder).as_posix()
            if kind not in ("pages", "."):
                addresses.add(f"/{_FOLDER_ADDRESS.get(kind, kind)}/{path.stem}/")

    def keys(table: str, file: str, key: str) -> frozenset[str]:
        return _keys(starter / file, table, key) or _keys(STARTER / file, table, key)

    return Known(
        topics=keys("topic", "topics.toml", "slug"),
        addresses=frozenset(addresses),
        sources=keys("source", "sources.toml", "key"),
        lines=keys("line", "crisis_lines.toml", "key"),
    )


def _keys(path: Path, table: str, key: str) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return frozenset()  # reported when the file itself is checked
    rows = data.get(table, [])
    return frozenset(str(row[key]) for row in rows if isinstance(row, dict) and key in row)
