"""Flesch-Kincaid reading grade with a syllable counter of its own.

Why not a package: the checker runs in production as a management command, where development
packages are absent. textstat 0.7 needs the cmudict corpus, which it downloads at first use.
pyphen splits words for line breaks, not for speech: on 473 words of this field counted by hand it
finds about a tenth too few syllables, which flatters our texts by more than half a grade. The
rules below, fitted to those words, are right on them, and within 1 % on words not fitted to.
tests/content/test_checking.py holds both lists.

How things are counted, each choice meant to be no kinder than a person with a pencil:
a hyphenated word is one word; an acronym is spelled out (IOP is three syllables) unless it is
said as a word; a number has one syllable a digit; a fragment shorter than three words, such as
a bold lead-in, is joined to its neighbour and never counts as a sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

WORD = re.compile(r"\d+(?:[.,:]\d+)*(?:-[A-Za-z]+)*|[A-Za-zÀ-ÿ]+(?:['\u2019-][A-Za-zÀ-ÿ0-9]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'\u201d\u2019)\]*_]*\s+")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|Dr|Mr|Mrs|Ms|St|vs|Inc)|\b[ap]\.m|U\.S)\.$")
_MIN_SENTENCE_WORDS = 3

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_ACRONYMS, _EXCEPTIONS, _SUFFIXES = (
    {word: int(count) for count, words in _TABLES[name].items() for word in words.split()}
    for name in ("acronyms", "exceptions", "suffixes")
)
# Two syllables in one run of vowels: di|et, sci|ence, stay|ing, o|pi|oid, re|en|try …
_SPLIT = re.compile(
    r"(?=i[aou](?!u)|(?<![cgtsx])iou|iet|(?<![cgtsx])ien[ct]|[^aeiou]ier$|iest$|ii"
    r"|(?<![qg])u[ao]|uity|suic|uel|[lr]uen|eo(?!u)|eum|[aeiouy]ing|[aeou]y[aeo](?!d|s)|poe[tm]"
    r"|^real[it]|^rea(?:ss|pp|dj|dm|ct|rr)|^ree[nv]|^rei[mn].|^re[u]|^pre(?:ex|au)|^psychoe|^deesc"
    r"|^co(?:o[pr]|ex|in[sc])|sm$|n't$)"
)
# A vowel that is written and not spoken: the e of care, the i of -tion, -cial, million …
_SILENT = re.compile(
    r"(?=[cgstx]i(?:a[ln]|on)|tia$|[ln]ion|hion|nior|havior|[^t]riage$|liar$|geon|[gq]ue$"
    r"|[^aeiouylr]e$|[aeiouy][lr]e$|lle$|rre$|(?:don|won|can)'t$)"
)


def count_syllables(word: str) -> int:
    """Return the number of spoken syllables of one word, at least 1 (parts of hyphens added)."""
    word = word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if "-" in word:
        return sum(count_syllables(part) for part in word.split("-") if part)
    digits = sum(c.isdigit() for c in word)
    if digits:
        return digits + (count_syllables(rest) if (rest := re.sub(r"[\d.,:]", "", word)) else 0)
    lower = word.lower()
    if lower in _ACRONYMS:
        return _ACRONYMS[lower]
    if 1 < len(word) <= 5 and re.fullmatch(r"[A-Z]{2,}s?", word):
        return len(word.rstrip("s")) + 2 * word.count("W")
    if lower.endswith("'s"):
        lower = lower[:-2] + ("es" if re.search(r"(?:[sxz]|ch|sh)$", lower[:-2]) else "s")
    return _spoken(re.sub(r"'(?:re|ve|ll|d|m)?$", "", lower))


def _spoken(lower: str) -> int:
    if lower in _EXCEPTIONS:
        return _EXCEPTIONS[lower]
    if len(lower) > 3 and lower.endswith("s") and lower[-2] not in "siu'":
        return _spoken(lower[:-1]) + bool(re.search(r"(?:[sxzcg]|ch|sh)es$", lower))
    if len(lower) > 3 and lower.endswith("ed"):
        return _spoken(lower[:-1]) + bool(re.search(r"[td]ed$", lower))
    for suffix, extra in _SUFFIXES.items():
        stem = lower.removesuffix(suffix)
        if stem != lower and len(stem) >= 4 and stem.endswith("e"):
            return _spoken(stem) + extra
    groups = len(re.findall(r"[aeiouy]+", lower))
    return max(1, groups + len(_SPLIT.findall(lower)) - len(_SILENT.findall(lower)))


def words_of(text: str) -> list[str]:
    """Return the words of a plain text, in order; punctuation and symbols are left out."""
    return WORD.findall(text)


def sentences_of(block: str) -> list[tuple[int, str]]:
    """Split one paragraph or list item into (offset, sentence); short fragments are joined."""
    pieces: list[tuple[int, str]] = []
    start = 0
    for gap in _SENTENCE_END.finditer(block):
        following = block[gap.end() : gap.end() + 1]
        abbreviation = _ABBREVIATION.search(block[start : gap.start()])
        clock = abbreviation and abbreviation[0].endswith(".m.")
        if abbreviation and not (clock and following.isupper()):
            continue
        pieces.append((start, block[start : gap.end()]))
        start = gap.end()
    pieces.append((start, block[start:]))
    joined: list[tuple[int, str]] = []
    for offset, piece in pieces:
        short = len(words_of(piece)) < _MIN_SENTENCE_WORDS
        if joined and (short or len(words_of(joined[-1][1])) < _MIN_SENTENCE_WORDS):
            joined[-1] = (joined[-1][0], joined[-1][1] + piece)
        else:
            joined.append((offset, piece))
    return joined


@dataclass(frozen=True)
class Reading:
    """Counts of one text: words, sentences, syllables, and the words that weigh most."""

    words: int
    sentences: int
    syllables: int
    heavy: tuple[str, ...] = ()

    @property
    def grade(self) -> float:
        """The Flesch-Kincaid grade, to one decimal; 0 for an empty text."""
        if not self.words or not self.sentences:
            return 0.0
        value = 0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59
        return round(value, 1)


def measure(blocks: Iterable[str]) -> Reading:
    """Measure a text given as paragraphs and list items of plain prose."""
    words: list[str] = []
    sentences = 0
    for block in blocks:
        found = words_of(block)
        if len(found) < _MIN_SENTENCE_WORDS:
            continue  # "Photo ID" in a list is neither prose nor a sentence
        words += found
        sentences += len(sentences_of(block))
    weight: Counter[str] = Counter()
    total = 0
    for word in words:
        syllables = count_syllables(word)
        total += syllables
        if syllables > 2:
            weight[word.lower()] += syllables - 1
    heavy = tuple(word for word, _ in weight.most_common(8))
    return Reading(len(words), sentences, total, heavy)
