"""What a text may name: topics, addresses, source keys, placeholders. No Django.

The lists here are the site's fixed vocabulary. `load_known` adds what the starter files define;
the management command passes its own `Known`, filled from the database.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTER = Path(__file__).resolve().parent.parent / "starter"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TOPICS = _words(
    "starting levels-of-care therapies paying families teens veterans dual-diagnosis recovery "
    "work-school after help-lines rights for-myself someone-i-love my-teenager a-veteran "
    "after-hospital working-or-studying"
)
SOURCES = _words(
    "kff-2023 nimh-prevalence iop-review-2014 samhsa-iop-2021 medicare-iop medicare-php "
    "medicare-iop-law-2023 nida-relapse-2008 mass-sud-licensure dph-memo-2025 bhhl-2023 "
    "988-expect 104-cmr-25 minor-consent-summary mgl-176b-4hh mgl-176g-4z parity-2025 "
    "estimate-rules mgl-111-228-2024 va-community-care tricare-2023 npp-2026 part2-2026 "
    "part2-consent section-504-2026 section-1557 mass-records nida-words mass-parity "
    "asam-levels crisis-text-line ma-iop-example medicare-iop-billing-2023 cbhc "
    "helpline-ma-2015 overdose-line-2023 mass-breach hipaa-164-312"
)
LINES = _words("911 988 988-veterans 988-spanish crisis-text bhhl helpline overdose")
_COMPONENTS = _words(
    "assessment individual-therapy group-therapy family-therapy psychoeducation "
    "expressive-arts-therapy movement-therapy nutrition-counseling meal-support "
    "medication-management case-management peer-support community-integration continuing-care"
)
_TRACKS = _words("adolescent dual-diagnosis veterans adult evening")
_ARTICLES = _words(
    "guide-to-iop-in-massachusetts how-an-iop-is-structured which-level-of-care "
    "therapies-inside-an-iop what-iop-adds-to-recovery benefits-of-iop barriers-in-massachusetts "
    "what-research-says when-return-to-use-happens stepping-down-from-hospital paying-for-iop "
    "teenagers-guide-for-parents veterans-ways-in two-conditions-at-once helping-someone-you-love "
    "working-or-studying-in-treatment questions-to-ask-any-program first-ninety-days-after "
    "massachusetts-help-lines"
)
_PAGES = _words(
    "programs programs/intensive-outpatient programs/levels-of-care programs/how-it-works "
    "programs/schedule programs/components programs/tracks articles faq glossary get-help-now "
    "admissions admissions/inquiry admissions/inquiry/myself admissions/inquiry/someone "
    "admissions/inquiry/professional admissions/insurance admissions/estimate "
    "admissions/consultation admissions/status insurance-and-payment families professionals "
    "contact team privacy accessibility nondiscrimination about"
)
ADDRESSES = frozenset(
    ["/"]
    + [f"/{page}/" for page in _PAGES]
    + [f"/programs/components/{slug}/" for slug in _COMPONENTS]
    + [f"/programs/tracks/{slug}/" for slug in _TRACKS]
    + [f"/articles/{slug}/" for slug in _ARTICLES]
)
# Folders of starter files whose address is not simply the folder's name.
_FOLDER_ADDRESS = {"components": "programs/components", "tracks": "programs/tracks"}


@dataclass(frozen=True)
class Known:
    """The names a text may use. `lines` are the keys allowed in {{line:key}}.

    The starter content has no pictures, so that `images` is empty for its files.
    """

    topics: frozenset[str] = TOPICS
    addresses: frozenset[str] = ADDRESSES
    sources: frozenset[str] = SOURCES
    lines: frozenset[str] = LINES
    images: frozenset[str] = frozenset()
    placeholders: frozenset[str] = frozenset(
        {"program", "program_short", "program_title", "provider", "phone"}
    )


def load_known(starter: Path = STARTER) -> Known:
    """Return what the starter files define; a list above stands in for a file not there yet."""
    addresses = set(ADDRESSES)
    for path in starter.rglob("*.md"):
        folder = path.parent.relative_to(starter).as_posix()
        if folder not in ("pages", "."):  # standing pages have fixed addresses, listed above
            addresses.add(f"/{_FOLDER_ADDRESS.get(folder, folder)}/{path.stem}/")
    return Known(
        topics=_keys(starter / "topics.toml", "topic", "slug") or TOPICS,
        addresses=frozenset(addresses),
        sources=_keys(starter / "sources.toml", "source", "key") or SOURCES,
        lines=_keys(starter / "crisis_lines.toml", "line", "key") or LINES,
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
