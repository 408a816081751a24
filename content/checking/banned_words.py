"""Finds words and phrases the texts do not use; banned_words.toml has them, with what to say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_PROPER_NAMES = re.compile("|".join(_DATA["proper_names"]))
_NEGATED = re.compile(rf"\b(?:{'|'.join(_DATA['negations'])})\b[^.!?:;]{{0,40}}$", re.IGNORECASE)


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)


_BANNED: list[tuple[re.Pattern[str], re.Pattern[str], dict[str, Any]]] = [
    (_any(entry["words"]), _any(entry.get("allowed", [])), entry) for entry in _DATA["banned"]
]


def find_banned(text: str, *, body: bool) -> Iterator[tuple[int, str, str]]:
    """Yield (offset, words found, advice) for each banned expression in a plain text.

    `body` says that the text may hold placeholders, so a typed 911 or 988 counts as well.
    """
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    masked = _PROPER_NAMES.sub(lambda m: re.sub(r"\S", "_", m[0]), plain)
    for pattern, harmless, entry in _BANNED:
        if entry.get("body") and not body:
            continue
        allowed = [match.span() for match in harmless.finditer(masked)]
        for hit in pattern.finditer(masked):
            if any(start <= hit.start() and hit.end() <= end for start, end in allowed):
                continue
            before = masked[: hit.start()].replace("\n", " ")
            if entry.get("negation_ok") and _NEGATED.search(before):
                continue
            offset = hit.start() + len(hit[0]) - len(hit[0].lstrip())
            yield offset, " ".join(hit[0].split()), entry["say"]
