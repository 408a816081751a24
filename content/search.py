"""Search over the public texts: what a visitor typed, read kindly, and what answers it.

A word that no text has is read as the beginning of one (the last word typed) or as a mistyped
one; `search_words.toml` adds the words that our texts use for the same thing. Nothing typed
is stored or logged, and none of it is read as query syntax.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from django.utils.safestring import SafeString, mark_safe
from tantivy import DocAddress, Occur, Query, SnippetGenerator

from content.search_index import (
    FIELDS,
    STOP_WORDS,
    WORDS,
    Entry,
    SearchIndex,
    current_index,
    split,
    stems,
)

PAGE_SIZE = 10
LONGEST_QUERY = 200  # characters; what is beyond is not read
MOST_WORDS = 16
MOST_HITS = 1000
SNIPPET_LENGTH = 220  # characters
SYNONYM_BOOST = 0.6
GUESS_BOOST = 0.5  # of a word that was only begun
PAIR_BOOST = 1.5  # of two words typed side by side that stand side by side
LEAST_SHARE = 0.12  # of the best score; what has less was found by chance
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\s]+")

Stems = tuple[str, ...]
_ASKING = WORDS["asking"].split()
_CRISIS = [stems(phrase) for phrase in WORDS["crisis"].split(";")]
_SYNONYMS = [
    tuple([stems(phrase) for phrase in phrases.split(";")] for phrases in typed_and_meant)
    for typed_and_meant in WORDS["synonyms"]
]


@dataclass(frozen=True)
class Result:
    title: str
    kind: str
    address: str
    snippet: SafeString  # escaped, with the words that were found in <mark>


@dataclass(frozen=True)
class Found:
    """The answer to a query, one page of it."""

    query: str  # as it was read
    is_cut: bool  # more was typed than was read
    is_crisis: bool  # who typed this should see the crisis lines first
    definition: Entry | None  # of the glossary, where a word of it is all that was asked
    corrected: list[str]  # words that were looked for in place of unknown ones
    count: int
    results: list[Result]
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The number of the first result on this page."""
        return (self.page - 1) * PAGE_SIZE + 1


@dataclass
class Reading:
    """A query as it is looked for."""

    said: Stems = ()  # every word, mended
    stems: list[str] = field(default_factory=list)  # of the words that say something
    begun: list[str] = field(default_factory=list)  # what the last word may become
    synonyms: dict[Stems, float] = field(default_factory=dict)  # how much each counts
    corrected: list[str] = field(default_factory=list)


def find(
    *, query: str, names: Mapping[str, str], places: Sequence[Entry] = (), page: str = "1"
) -> Found:
    """Return what answers a query, whatever it is made of.

    `names` is what placeholders of texts stand for, as plain text; `places` are entries beside
    the texts; `page` is as it was typed: one that is not there gives the nearest. Reads the
    database to see whether a text has changed.
    """
    typed = _UNREADABLE.sub(" ", query).strip()
    read = typed[:LONGEST_QUERY].strip()
    index = current_index(names, places)
    reading = _read(index, read)
    wanted = _query(index, reading)
    hits = _hits(index, wanted)
    pages = max(1, -(-len(hits) // PAGE_SIZE))
    asked = page.strip()[:10]
    number = min(max(int(asked) if re.fullmatch(r"-?[0-9]+", asked) else 1, 1), pages)
    shown = hits[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return Found(
        query=read,
        is_cut=len(typed) > LONGEST_QUERY,
        is_crisis=_is_crisis(stems(read)) or _is_crisis(reading.said),
        definition=_definition(index, read),
        corrected=reading.corrected,
        count=len(hits),
        results=[_result(index, wanted, address, entry) for address, entry in shown],
        page=number,
        pages=pages,
    )


# -- reading a query


def _read(index: SearchIndex, query: str) -> Reading:
    reading = Reading()
    words = split(query)[: 2 * MOST_WORDS]
    for word in words:
        if word not in STOP_WORDS and not index.knows(_stem(word)):
            if word == words[-1] and len(word) > 2:
                reading.begun = [_stem(one) for one in index.beginning_with(word)]
            near = "" if reading.begun else index.nearest(word)
            if near and near not in reading.corrected:
                reading.corrected.append(near)
            word = near or word
        reading.said += (_stem(word),)
        if word not in STOP_WORDS and _stem(word) not in reading.stems:
            reading.stems.append(_stem(word))
    del reading.stems[MOST_WORDS:]
    for typed, meant in _SYNONYMS:
        said = [phrase for phrase in typed if _within(phrase, reading.said)]
        if said:
            # A phrase says more than its words, and stands in for words that no text has.
            sure = any(len(phrase) > 1 or not index.has(phrase[0]) for phrase in said)
            boost = 1.0 if sure else SYNONYM_BOOST
            reading.synonyms |= {
                phrase: max(boost, reading.synonyms.get(phrase, 0)) for phrase in meant
            }
    return reading


def _stem(word: str) -> str:
    return (*stems(word), word)[0]


def _within(phrase: Stems, words: Stems) -> bool:
    return any(
        words[start : start + len(phrase)] == phrase
        for start in range(len(words) - len(phrase) + 1)
    )


def _is_crisis(words: Stems) -> bool:
    return any(_within(phrase, words) for phrase in _CRISIS)


def _definition(index: SearchIndex, query: str) -> Entry | None:
    """Return the glossary's entry of a term, asked for alone or as "what does … mean"."""
    words = split(query)[:MOST_WORDS]
    for end in (0, -1):
        while words and words[end] in _ASKING and stems(" ".join(words)) not in index.terms:
            words.pop(end)
    return index.terms.get(stems(" ".join(words)))


# -- asking the index


def _query(index: SearchIndex, reading: Reading) -> Query:
    weighted: list[tuple[Stems, float]] = [
        *(((stem,), 1.0) for stem in reading.stems),
        *(((stem,), GUESS_BOOST) for stem in reading.begun),
        *((pair, PAIR_BOOST) for pair in pairwise(reading.stems)),
        *reading.synonyms.items(),
    ]
    return Query.boolean_query([(Occur.Should, _anywhere(index, *one)) for one in weighted])


def _anywhere(index: SearchIndex, phrase: Stems, boost: float) -> Query:
    """Return a query for a word, or for words side by side, in any field."""
    in_fields = []
    for name, weight in FIELDS.items():
        if len(phrase) > 1:
            query = Query.phrase_query(index.schema, name, list(phrase))
        else:
            query = Query.term_query(index.schema, name, phrase[0])
        in_fields.append((Occur.Should, Query.boost_query(query, boost * weight)))
    return Query.boolean_query(in_fields)


def _hits(index: SearchIndex, wanted: Query) -> list[tuple[DocAddress, Entry]]:
    """Return what a query finds, as (address in the index, entry), the best first."""
    scored = []
    for score, address in index.searcher.search(wanted, MOST_HITS).hits:
        entry = index.entries[index.searcher.doc(address)["number"][0]]
        scored.append((score * entry.weight, address, entry))
    scored.sort(key=lambda hit: (-hit[0], hit[2].address))
    return [
        (address, entry) for score, address, entry in scored if score >= LEAST_SHARE * scored[0][0]
    ]


# -- showing what was found


def _result(index: SearchIndex, wanted: Query, address: DocAddress, entry: Entry) -> Result:
    generator = SnippetGenerator.create(index.searcher, wanted, index.schema, "body")
    generator.set_max_num_chars(SNIPPET_LENGTH)
    snippet = generator.snippet_from_doc(index.searcher.doc(address))
    text = snippet.fragment() or entry.body[:SNIPPET_LENGTH].rsplit(" ", 1)[0]
    ranges = sorted((one.start, one.end) for one in snippet.highlighted())
    return Result(entry.title, entry.kind, entry.address, _marked(text, ranges, entry.body))


def _marked(text: str, ranges: list[tuple[int, int]], whole: str) -> SafeString:
    """Return a piece of a text as HTML: escaped, then the ranges (in bytes of UTF-8) marked."""
    raw, html, done = text.encode(), "", 0
    for start, end in ranges:
        if start >= done:  # a word may be in two ranges, of a phrase and by itself
            html += escape(raw[done:start].decode())
            html += f"<mark>{escape(raw[start:end].decode())}</mark>"
            done = end
    html += escape(raw[done:].decode())
    before = "" if whole.startswith(text) else "… "
    after = "" if whole.endswith((text, text + ".", text + ";")) else " …"
    return mark_safe(before + html + after)  # noqa: S308  escaped piece by piece
