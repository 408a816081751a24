"""Takes the prose out of the starter data files (faq.toml, glossary.toml …), with its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.front_matter import parse_toml

# Titles of sources, numbers of help lines and the profile are data, not texts of ours.
NOT_PROSE = frozenset({"sources.toml", "crisis_lines.toml", "provider.toml"})
_NOT_PROSE_KEYS = frozenset({"slug", "key", "status", "note", "url", "author", "topic"})


@dataclass(frozen=True)
class Entry:
    """One string of a data file: its line, its text, and what its table says about it."""

    line: int
    text: str
    table: int
    sources: tuple[str, ...] = ()
    topic: str = ""


def entries_of(path: Path) -> list[Entry]:
    """Return the strings of a data file that are prose; ValueError with path and line if broken."""
    if path.name in NOT_PROSE:
        return []
    source = path.read_text(encoding="utf-8")
    data = parse_toml(source, path)
    lines = source.splitlines()
    entries: list[Entry] = []
    cursor = 0
    for index, table in enumerate(_tables(data)):
        sources = table.get("sources")
        keys = tuple(str(item) for item in sources) if isinstance(sources, list) else ()
        topic = str(table.get("topic", "")) if "question" in table else ""
        for key, value in table.items():
            if not isinstance(value, str) or key in _NOT_PROSE_KEYS or " " not in value.strip():
                continue
            line, cursor = _line(lines, key, value, cursor)
            entries.append(Entry(line, value, index, keys, topic))
    return entries


def _tables(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every table of the file, outer before inner, in file order."""
    yield data
    for value in data.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from _tables(item)


def _line(lines: list[str], key: str, value: str, cursor: int) -> tuple[int, int]:
    """Return the line where a value's text starts, and where to look for the next one."""
    first = value.strip().splitlines()[0].split("\\")[0][:40]
    pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=\s*(.*)")
    for number in [*range(cursor, len(lines)), *range(cursor)]:
        found = pattern.match(lines[number])
        if not found:
            continue
        opened = found[1].strip() in ('"""', "'''")
        shown = lines[number + 1] if opened and number + 1 < len(lines) else found[1]
        if first.split('"')[0].strip() in shown:
            # A multi-line string drops the line break after its opening quotes.
            return number + 1 + opened, number
    return 1, cursor
