"""Finds paragraphs that stand in two places, word for word or nearly so. No Django."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from content.checking.readability import words_of

MIN_WORDS = 12
GRAM = 8
MAX_OVERLAP = 0.6


@dataclass(frozen=True)
class Paragraph:
    """A paragraph or list item of plain prose and where it stands."""

    path: str
    line: int
    text: str


def find_repeats(paragraphs: Iterable[Paragraph]) -> Iterator[tuple[Paragraph, Paragraph]]:
    """Yield each pair (here, there), in both directions, of paragraphs that repeat each other.

    Paragraphs shorter than twelve words are let through. Two repeat each other when they are
    equal, or share more than 60 % of the eight-word runs of the shorter one.
    """
    kept: list[Paragraph] = []
    grams: list[set[tuple[str, ...]]] = []
    holders: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for paragraph in paragraphs:
        words = [word.lower() for word in words_of(paragraph.text)]
        if len(words) < MIN_WORDS:
            continue
        own = {tuple(words[i : i + GRAM]) for i in range(len(words) - GRAM + 1)}
        shared = Counter(other for gram in own for other in holders[gram])
        for other, count in shared.items():
            if count > MAX_OVERLAP * min(len(own), len(grams[other])):
                yield paragraph, kept[other]
                yield kept[other], paragraph
        for gram in own:
            holders[gram].append(len(kept))
        kept.append(paragraph)
        grams.append(own)
