"""The public texts in an index in memory, one in each process, made anew when a text has changed.

Two indexes of `tantivy` (https://docs.rs/tantivy): one of the texts by the stems of their words,
one of the words themselves, by which a mistyped or unfinished word is recognised.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from threading import Lock
from typing import Any

import tantivy
from django.db.models import Count, Max, Sum
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from content.models import PAGE_ROUTES, Faq, GlossaryTerm, Page, text_models
from content.rendering import CITATION, fill, plain, render

# Fields of an entry, and how much a word there counts.
FIELDS = {"title": 4.0, "also": 2.0, "headings": 2.0, "body": 1.0}
QUESTION_WEIGHT, WORD_WEIGHT = 0.85, 0.5  # they are short, which a score rewards too much
_HEADING = re.compile(r"<h[234][^>]*>(.*?)</h[234]>", re.DOTALL)
_ROW_END = re.compile(r"(?<=[\w)])((?:</\w+>\s*)*</(?:li|td|th)>)")
_LOOSE = re.compile(r"\s+([.,;:!?)])")
WORDS = tomllib.loads(Path(__file__).with_name("search_words.toml").read_text(encoding="utf-8"))
STOP_WORDS = frozenset(WORDS["stop"].split())
MOST_BEGUN = 6  # words that an unfinished one may become
_HEAP = 15_000_000  # bytes; the least that tantivy takes


@dataclass(frozen=True)
class Entry:
    """Something that can be found: plain text without Markdown, its placeholders filled."""

    title: str
    kind: str
    address: str
    body: str
    headings: str = ""
    also: str = ""
    meaning: str = ""  # of a word of the glossary
    weight: float = 1.0


def entries(names: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the texts the public may open; `names` is what placeholders stand for, as text."""
    html_names = {key: escape(value) for key, value in names.items()}

    def text(markdown: str) -> tuple[str, str]:
        html = render(CITATION.sub("", markdown), placeholders=html_names).html
        headings = " ".join(_HEADING.findall(html))
        # The rows of a list are told apart once they stand in one line.
        return _words(headings), _words(_ROW_END.sub(r";\1", _HEADING.sub(" ", html)))

    def line(value: str) -> str:
        return _words(fill(value, html_names))

    for model in text_models():
        for one in model._default_manager.open().prefetch_related("topics"):
            if isinstance(one, Page) and one.slug not in PAGE_ROUTES:
                continue
            headings, body = text(one.body)
            yield Entry(
                title=line(one.title),
                kind=str(capfirst(model._meta.verbose_name)),
                address=one.get_absolute_url(),
                body=f"{line(one.summary)} {body}",
                headings=headings,
                also=" ".join(topic.name for topic in one.topics.all()),
            )
    faq, glossary = reverse("content:faq"), reverse("content:glossary")
    for question in Faq.objects.filter(is_published=True).select_related("topic"):
        yield Entry(
            title=line(question.question),
            kind=_("Question"),
            address=f"{faq}#{question.slug}",
            body=text(question.answer)[1],
            also=question.topic.name,
            weight=QUESTION_WEIGHT,
        )
    for term in GlossaryTerm.objects.all():
        yield Entry(
            title=line(term.term),
            kind=_("Word"),
            address=f"{glossary}#{term.slug}",
            body=f"{line(term.definition)} {text(term.more)[1]}",
            meaning=line(term.definition),
            also="; ".join(str(name) for name in term.also),
            weight=WORD_WEIGHT,
        )


def version(names: Mapping[str, str]) -> tuple[Any, ...]:
    """Return what changes when a public text does: one small query for each kind of text.

    A scheduled text counts from the moment it is due. Questions and words are few and short, and
    carry no time of change, so they are compared as they are.
    """
    return (
        *sorted(names.items()),
        *(
            tuple(
                model._default_manager.open()
                .aggregate(Count("pk"), Sum("pk"), Max("updated_at"), Max("published_at"))
                .values()
            )
            for model in text_models()
        ),
        *(
            hash(repr(list(rows.order_by("pk").values_list(*fields))))
            for rows, *fields in (
                (
                    Faq.objects.filter(is_published=True),
                    "slug",
                    "question",
                    "answer",
                    "topic__name",
                ),
                (GlossaryTerm.objects.all(), "slug", "term", "definition", "more", "also"),
            )
        ),
    )


@dataclass
class SearchIndex:
    """An index that is never changed once made, so that any thread may read it."""

    version: tuple[Any, ...]
    entries: list[Entry]
    terms: dict[tuple[str, ...], Entry] = field(default_factory=dict)  # of the glossary

    def __post_init__(self) -> None:
        text_fields = {
            name: {"stored": name == "body", "tokenizer_name": "stems"} for name in FIELDS
        }
        self.schema, self.searcher = _index(
            text_fields,
            (
                {"number": number, **{name: getattr(entry, name) for name in FIELDS}}
                for number, entry in enumerate(self.entries)
            ),
        )
        self.counts = _counts(self.entries)
        self.word_schema, self.words = _index(
            {"word": {"stored": True, "tokenizer_name": "raw"}},
            ({"word": one} for one in self.counts),
        )
        glossary = reverse("content:glossary")
        for entry in self.entries:
            if entry.address.startswith(glossary):
                for name in filter(None, map(stems, (entry.title, *entry.also.split(";")))):
                    self.terms.setdefault(name, entry)

    def has(self, stem: str) -> bool:
        """Return whether an entry has a word of this stem."""
        return any(self.searcher.doc_freq(name, stem) for name in FIELDS)

    def knows(self, stem: str) -> bool:
        """Return whether an entry or a synonym has a word of this stem."""
        return stem in _TYPED_STEMS or self.has(stem)

    def beginning_with(self, start: str) -> list[str]:
        """Return the most frequent words that begin so."""
        found = self.words.terms_with_prefix("word", start, limit=200)
        return sorted((word for word, _ in found), key=self.counts.__getitem__, reverse=True)[
            :MOST_BEGUN
        ]

    def nearest(self, word: str) -> str:
        """Return the word that was meant by a mistyped one, or "" where none is near."""
        for distance in range(1, 1 + (len(word) > 3) + (len(word) > 6)):
            near = tantivy.Query.fuzzy_term_query(self.word_schema, "word", word, distance)
            hits = self.words.search(near, 200).hits
            found = [self.words.doc(address)["word"][0] for _score, address in hits]
            if found:
                return max(found, key=lambda one: (one[0] == word[0], self.counts[one]))
        return ""


_lock = Lock()
_held: SearchIndex | None = None


def current_index(names: Mapping[str, str], places: Sequence[Entry] = ()) -> SearchIndex:
    """Return the index of `places` and of the texts as they are now; build it where it is old.

    Reads the database. One thread builds, the others wait for it.
    """
    global _held
    now = (*places, *version(names))
    found = _held
    if found is None or found.version != now:
        with _lock:
            found = _held
            if found is None or found.version != now:
                found = _held = SearchIndex(now, [*places, *entries(names)])
    return found


def split(text: str, analyzer: tantivy.TextAnalyzer | None = None) -> list[str]:
    """Return the words of a text in lower case, without accents."""
    return (analyzer or _splitter).analyze(text.replace("’", "").replace("'", ""))


def stems(text: str) -> tuple[str, ...]:
    """Return the stems of a text's words, as they stand in the index of texts."""
    return tuple(split(text, _stemmer))


def _analyzer(*more: tantivy.Filter) -> tantivy.TextAnalyzer:
    each = tantivy.Filter
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for one in (each.remove_long(40), each.lowercase(), each.ascii_fold(), *more):
        builder = builder.filter(one)
    return builder.build()


_splitter = _analyzer()
_stemmer = _analyzer(tantivy.Filter.stemmer("english"))
_TYPED = "; ".join((WORDS["crisis"], *(typed for typed, _meant in WORDS["synonyms"])))
_TYPED_STEMS = frozenset(stems(_TYPED))


def _words(html: str) -> str:
    return _LOOSE.sub(r"\1", unescape(plain(html)))


def _counts(all_entries: Iterable[Entry]) -> Counter[str]:
    """Return every word that says something, with the number of entries it is in."""
    counts = Counter(dict.fromkeys(split(_TYPED), 0))
    for entry in all_entries:
        counts.update(set(split(f"{entry.title} {entry.also} {entry.headings} {entry.body}")))
    for word in list(counts):
        if len(word) <= 2 or word in STOP_WORDS or word.isdecimal():
            del counts[word]
    return counts


def _index(
    fields: Mapping[str, Any], documents: Iterable[Mapping[str, Any]]
) -> tuple[tantivy.Schema, tantivy.Searcher]:
    """Return an index of the documents: text `fields`, and a "number" where they have one."""
    builder = tantivy.SchemaBuilder().add_unsigned_field("number", stored=True)
    for name, options in fields.items():
        builder = builder.add_text_field(name, **options)
    schema = builder.build()
    index = tantivy.Index(schema)
    index.register_tokenizer("stems", _stemmer)
    writer = index.writer(_HEAP, 1)
    for document in documents:
        writer.add_document(tantivy.Document(**document))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return schema, index.searcher()
