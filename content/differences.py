"""Comparing two revisions of a text, line by line."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from content.models import Revision


@dataclass(frozen=True)
class Line:
    """A line of a comparison; `mark` is "same", "gone" or "new"."""

    mark: str
    text: str


@dataclass(frozen=True)
class FieldDifference:
    field: str
    lines: list[Line]


def compare(older: Revision | None, newer: Revision) -> list[FieldDifference]:
    """Return the fields that differ, each with its lines; long stretches of the same are cut."""
    before: dict[str, Any] = older.values if older else {}
    return [
        FieldDifference(name, _lines(_plain(before.get(name)), _plain(value)))
        for name, value in newer.values.items()
        if before.get(name) != value
    ]


def _plain(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(value if value is not None else "").splitlines()


def _lines(old: list[str], new: list[str]) -> list[Line]:
    lines: list[Line] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(2):
        if lines:
            lines.append(Line("same", "…"))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += [Line("same", text) for text in old[old_from:old_to]]
            else:
                lines += [Line("gone", text) for text in old[old_from:old_to]]
                lines += [Line("new", text) for text in new[new_from:new_to]]
    return lines
