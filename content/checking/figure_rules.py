"""Finds figures in a text: percents, amounts of money, and numbers with a unit. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SMALL = "one|two|three|four|five|six|seven|eight"
_BIG_WORD = (
    r"(?:nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    rf"|(?:{_TENS})(?:-(?:{_SMALL}|nine))?|(?:(?:a|{_SMALL})\s+)?(?:hundred|thousand|million))"
)
_DIGITS = r"\d[\d,]*(?:\.\d+)?"
_NUMBER = rf"(?:{_DIGITS}|{_BIG_WORD})"
_RANGE = rf"{_NUMBER}(?:\s*(?:to|or|and|-|\u2013)\s*{_NUMBER})?(?:\s+or\s+(?:more|fewer|less))?"
_UNIT = (
    r"(?:hours?|weeks?|months?|days?|years?|people|persons|adults|adolescents|teens|teenagers"
    r"|children|veterans|patients|participants|americans|residents|users|million|billion|studies"
    r"|trials|papers|sites|programs|facilities|counties|states|visits|sessions|times|beds"
    r"|deaths|overdoses|calls)"
)
_BETWEEN = (
    r"(?:\s+|-\s*)"
    r"(?:(?:more|full|calendar|business|working|treatment|clinical|older|young)\s+)?"
)
_FIGURES = (
    re.compile(rf"(?:{_NUMBER}|\b(?:{_SMALL})|half)\s*(?:%|percent\b|per\s+cent\b)", re.IGNORECASE),
    re.compile(rf"\$\s?{_DIGITS}|\b{_NUMBER}\s+dollars\b", re.IGNORECASE),
    re.compile(rf"(?<![\w.-]){_RANGE}{_BETWEEN}{_UNIT}\b", re.IGNORECASE),
    re.compile(
        rf"\b(?:{_SMALL})\s+(?:million|billion|hundred|thousand|studies|trials)\b", re.IGNORECASE
    ),
    re.compile(
        rf"\b(?:{_SMALL}|{_NUMBER})\s+(?:in|out\s+of)\s+(?:every\s+)?(?:{_NUMBER}|{_SMALL})\b"
        r"(?!\s*(?:a\.m|p\.m))",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:half|(?:two|three)[\s-](?:thirds|quarters)|(?:a|one)[\s-](?:third|quarter|fifth))"
               r"\s+of\s+(?:all\s+|the\s+|those\s+)?(?:people|adults|patients|participants|studies"
               r"|americans|teens|teenagers|children|veterans|programs)\b", re.IGNORECASE),
    re.compile(r"\b(?:19[5-9]\d|20[0-4]\d)\b"),
)  # fmt: skip
# What needs no source: provider data in its agreed wording, ages, clock phrases, notice dates.
_EXEMPT = re.compile(
    r"often 8 to 12 weeks, and your plan sets the length"
    r"|about 3 to 4 hours|3 to 5 days a week"
    r"|\d\d(?:(?: to | or | and |-)\d\d)? ?-?years?-?"
    r"(?: of age|old| old| and older| or older| and over)"
    r"|\b(?:first|next|last|past) (?:24|48|72) hours\b|\b24-hour\b|\b24 hours a day\b"
    r"|\b(?:7|seven) days a week\b|\b365 days a year\b"
    r"|\bfirst (?:90|ninety) days\b"
    r"|\b(?:effective|updated|reviewed|as of)\b[^.]{0,30}\b20\d\d\b"
    r"|\b(?:section|part|title|chapter|room|step|level|form) \d[\d.]*",
    re.IGNORECASE,
)


def find_figures(text: str) -> Iterator[tuple[int, str]]:
    """Yield (offset, figure) for each figure of a plain text that needs a source."""
    flat = text.replace("\n", " ")
    masked = _EXEMPT.sub(lambda m: re.sub(r"[^ ]", "_", m[0]), flat)
    taken: list[tuple[int, int]] = []
    for pattern in _FIGURES:
        for hit in pattern.finditer(masked):
            if any(hit.start() < end and start < hit.end() for start, end in taken):
                continue
            taken.append(hit.span())
    for start, end in sorted(taken):
        yield start, " ".join(flat[start:end].split())
