"""Words and phrases the texts do not use, with what to say instead. Data and one function.

Rests on the tone guide: person-first words, no promises, no clichés, numbers kept in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Proper names that hold a banned word; they are masked before the search.
PROPER_NAMES = re.compile(
    r"Alcoholics\s+Anonymous|(?:Adult\s+Children\s+of\s+)Alcoholics"
    r"|Substance\s+Abuse\s+and\s+Mental\s+Health\s+Services\s+Administration"
    r"|National\s+Institute\s+on\s+Drug\s+Abuse"
    r"|National\s+Institute\s+on\s+Alcohol\s+Abuse\s+and\s+Alcoholism"
    r"|(?:Journal\s+of|Bureau\s+of|Division\s+of|Office\s+of)\s+(?:Substance|Drug|Alcohol)\s+Abuse"
    r"(?:\s+(?:Treatment|Services))?"
)
_CAUTION = (
    r"\b(?:no|not|never|none|nobody|no one|without|cannot|can't|don't|doesn't|isn't|aren't|won't"
    r"|nor|neither|wary of|careful of|careful with|be careful|beware|beware of|walk away from"
    r"|ask how|ask what|ask about|avoid|unable to)\b[^.!?:;]{0,40}$"
)
NEGATED = re.compile(_CAUTION, re.IGNORECASE)


@dataclass(frozen=True)
class Banned:
    """One banned expression: what to look for, what to say, and when it is harmless."""

    pattern: re.Pattern[str]
    advice: str
    negation_ok: bool = False
    allowed: re.Pattern[str] | None = None  # matched against the words around the hit


def _ban(pattern: str, advice: str, *, negation_ok: bool = False, allowed: str = "") -> Banned:
    flags = re.IGNORECASE
    harmless = re.compile(allowed, flags) if allowed else None
    return Banned(re.compile(pattern, flags), advice, negation_ok, harmless)


_NO_CLICHE = "say something concrete instead"
_PLACEHOLDER = "write the placeholder instead of the number"
_SEP = r"[\s.)(\u2013-]{0,3}"
_PLAIN_BEST = (
    r"\b(?:the\s+)?best\s+(?:time|times|way|ways|number|day|days|hours?|person|place|interests?"
    r"|friends?|known|to\s+(?:call|ask|start|bring|reach|tell|check|talk|do)|estimate|guess)\b"
    r"|\b(?:work|works|worked|working|fit|fits|fitted|suit|suits|feel|feels|know|knows|serve|serves"
    r"|sleep|learn|learns|like|likes|go|goes|went|heard?)\s+(?:\w+\s+){0,2}best\b"
    r"|\b(?:do|did|does|doing|try|tries|trying|done)\s+(?:my|your|our|their|his|her|its)\s+best\b"
    r"|\bat\s+(?:best|your\s+best|their\s+best)\b|\bas\s+best\b|\bbest\s+of\s+all\b"
)
BANNED = (
    _ban(r"\baddicts?\b", "say “person with a substance use disorder”"),
    _ban(r"\b(?:drug |substance |alcohol )?abusers?\b", "say “person who uses substances”",
         allowed=r"\b(?:child|domestic|elder|their|your)\s+abusers?\b"),
    _ban(r"\balcoholics?\b", "say “person with an alcohol use disorder”"),
    _ban(r"\b(?:substance|drug|alcohol)\s+abuse\b", "say “substance use” or “misuse”"),
    _ban(r"\b(?:drug|substance|drinking)\s+habits?\b", "say “use”"),
    _ban(r"\bjunk(?:ie|y)s?\b|\bdrunks\b", "use person-first words"),
    _ban(r"\bclean\s+time\b|\bclean\s+and\s+sober\b"
         r"|\b(?:get|gets|got|getting|stay|stays|stayed|staying)\s+clean\b"
         r"|\b(?:clean|dirty)\s+(?:\w+\s+)?(?:test|tests|urine|screen|screens|drug)\b"
         r"|\b(?:been|came\s+back|tested)\s+(?:clean|dirty)\b",
         "say “in recovery” or “a negative test”"),
    _ban(r"\brelaps(?:e|es|ed|ing)\b", "say “return to use”"),
    _ban(r"\bcommit(?:s|ted|ting)?\s+suicide\b", "say “died by suicide”"),
    _ban(r"\b(?:failed|unsuccessful|successful)\s+(?:suicide\s+)?attempts?\b",
         "say “attempted suicide” or “survived an attempt”"),
    _ban(r"\bsuffer(?:s|ed|ing)?\s+from\b", "say “lives with”"),
    _ban(r"\breplacement\s+(?:drugs?|medications?|medicines?)\b|\bsubstitution\s+drugs?\b",
         "say “medication for opioid use disorder”"),
    _ban(r"\bcur(?:es?|ed|ing)\b", "promise nothing", negation_ok=True),
    _ban(r"\bguarante(?:e|es|ed|eed|eeing)\b", "promise nothing", negation_ok=True),
    _ban(r"\bbest\b", "no superlatives", allowed=_PLAIN_BEST),
    _ban(r"#\s?1\b|\bnumber[\s-]one\b", "no superlatives"),
    _ban(r"\bleading\s+(?:\w+\s+)?(?:provider|program|center|clinic|expert|treatment|facility)s?\b",
         "no superlatives"),
    _ban(r"\bworld[\s-]class\b|\bstate[\s-]of[\s-]the[\s-]art\b|\bcutting[\s-]edge\b",
         "no superlatives"),
    _ban(r"\bcompassionate\b", _NO_CLICHE),
    _ban(r"\bholistic(?:ally)?\b", "say “whole-person”, or what is looked at"),
    _ban(r"\btailor(?:ed|s|ing)?\b", "say what is changed for whom",
         allowed=r"\b(?:a|the)\s+tailor\b"),
    _ban(r"\bjourneys?\b", _NO_CLICHE),
    _ban(r"\bunlock(?:s|ed|ing)?\b", _NO_CLICHE,
         allowed=r"\bunlock(?:ed)?\s+(?:\w+\s+)?(?:units?|wards?|doors?|phone|your\s+phone)\b"
                 r"|\b(?:units?|wards?|doors?)\s+(?:is|are|stays?)\s+unlocked\b"),
    _ban(r"\bempower\w*\b", _NO_CLICHE),
    _ban(r"\bdelv(?:e|es|ed|ing)\b", _NO_CLICHE),
    _ban(r"\bproven\b", "say who was studied and what changed",
         allowed=r"\b(?:not|n't|never|nor)\s+(?:yet\s+)?(?:been\s+)?proven\b"),
    _ban(r"\bsuccess\s+rates?\b", "no success rates", negation_ok=True,
         allowed=r"\bsuccess\s+rates?\s+without\b"),
    _ban(r"\bit(?:'s|\s+is)\s+important\s+to\s+note\b", "leave it out"),
    _ban(r"(?:^|(?<=[.!?]\s))\s*whether\s+you(?:'re|\s+are)\b", "start with the point"),
    _ban(r"\bpress\s+(?:3|three)\b", "this option is not to be named"),
    _ban(rf"833{_SEP}773{_SEP}2445", f"{_PLACEHOLDER}: {{{{line:bhhl}}}}"),
    _ban(r"\b741[\s-]?741\b", f"{_PLACEHOLDER}: {{{{line:crisis-text}}}}"),
    _ban(rf"800{_SEP}327{_SEP}5050", f"{_PLACEHOLDER}: {{{{line:helpline}}}}"),
    _ban(rf"800{_SEP}972{_SEP}0590", f"{_PLACEHOLDER}: {{{{line:overdose}}}}"),
    _ban(rf"888{_SEP}401{_SEP}1179", f"{_PLACEHOLDER}: {{{{phone}}}}"),
)  # fmt: skip
# Only in a body, where a placeholder can stand: 911 and 988 as something to call.
TYPED_SHORT_NUMBER = _ban(
    r"\b(?:call|calls|called|calling|dial|text|texting)\s+(?:or\s+text\s+)?(?:911|988)\b",
    f"{_PLACEHOLDER}: {{{{line:911}}}}, {{{{line:988}}}}",
)


def find_banned(text: str, *, body: bool) -> Iterator[tuple[int, str, str]]:
    """Yield (offset, words found, advice) for each banned expression in a plain text.

    `body` says that the text may hold placeholders, so a typed 911 or 988 counts as well.
    """
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    masked = PROPER_NAMES.sub(lambda m: re.sub(r"\S", "_", m[0]), plain)
    for entry in (*BANNED, TYPED_SHORT_NUMBER) if body else BANNED:
        allowed = [m.span() for m in entry.allowed.finditer(masked)] if entry.allowed else []
        for hit in entry.pattern.finditer(masked):
            if any(start <= hit.start() and hit.end() <= end for start, end in allowed):
                continue
            if entry.negation_ok and NEGATED.search(masked[: hit.start()].replace("\n", " ")):
                continue
            offset = hit.start() + len(hit[0]) - len(hit[0].lstrip())
            yield offset, " ".join(hit[0].split()), entry.advice
