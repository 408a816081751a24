"""Words of the glossary explained where they are first used, without a script.

The first use of a term in a text becomes a button that opens a note (the popover attribute of
HTML): the keyboard, Escape, a touch elsewhere and screen readers work as the browser does it. The
note stands right behind the paragraph or within the list item, so that the sentence stays whole
for whoever copies it or has it read aloud, and the note is the next thing a screen reader meets.
A browser that does not know popovers shows the notes there, under the paragraph, and so does
paper; the style sheet sees to that.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _

MOST_ON_A_PAGE = 8

# Where no word is explained: links and headings say something else when pressed or listed, a
# table and a callout must stay short, and a button holds no other.
_NEVER_IN = frozenset(
    "a h1 h2 h3 h4 h5 h6 table blockquote button summary label form code pre sup".split()
)
_BLOCKS = frozenset(("p", "li"))
_EMPTY = frozenset(("br", "hr", "img", "source", "input"))
_EXACT = re.compile(r"[A-Z].*[A-Z0-9]")  # CBT, MassHealth, Part 2: other capitals, other word


@dataclass(frozen=True)
class Word:
    """A term with all its names; `definition` is HTML that is trusted."""

    slug: str
    term: str
    names: tuple[str, ...]
    definition: str

    def is_about(self, *titles: str) -> bool:
        """Return whether a page of one of these titles or addresses is the term's own page."""
        own = {self.slug, *(slugify(name) for name in self.names)}
        return bool(own & {slugify(title) for title in titles})


def explain(html: str, words: Iterable[Word], *, most: int = MOST_ON_A_PAGE) -> SafeString:
    """Return rendered HTML with the first use of each word made a button and its note put near.

    `html` is what `content.rendering.render` made: well-formed, sanitized. Only its text is
    changed; longer names win over shorter ones, and at most `most` words are explained.
    """
    by_name = {_key(name): word for word in words for name in word.names if name.strip()}
    if not by_name:
        return mark_safe(html)  # noqa: S308  as it came
    reader = _Explainer(by_name, most)
    reader.feed(html)
    reader.close()
    return mark_safe("".join([*reader.out, *reader.notes()]))  # noqa: S308  built of escaped parts


def _key(name: str) -> str:
    """Return what the spellings of a name have in common.

    A word may begin a sentence. Any other capital makes it another word: MI is not mi, and the
    Behavioral Health of a name is not behavioral health.
    """
    plain = " ".join(name.split())
    return plain if _EXACT.search(plain) else plain[:1].lower() + plain[1:]


def _pattern(keys: Collection[str]) -> re.Pattern[str]:
    """Return what finds any of the names as whole words, the longest first."""
    ways = []
    for key in sorted(keys, key=lambda one: (-len(one), one)):
        spelled = r"\s+".join(re.escape(part) for part in key.split())
        first = re.escape(key[0])
        either = f"[{first}{first.upper()}]" if key[0].islower() else first
        ways.append(either + spelled[len(first) :])
    return re.compile(rf"(?<![\w-])(?:{'|'.join(ways)})(?![\w-])")


class _Explainer(HTMLParser):
    """Copies HTML as it is, but for the words it explains."""

    def __init__(self, by_name: dict[str, Word], most: int) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self._by_name = by_name
        self._find = _pattern(by_name)
        self._left = most
        self._done: set[str] = set()
        self._open: list[str] = []
        self._waiting: list[Word] = []

    def notes(self) -> list[str]:
        """Return the notes of the words explained since the last call."""
        made = [_note(word) for word in self._waiting]
        self._waiting = []
        return made

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.out.append(self.get_starttag_text() or "")
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.out.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        # A paragraph cannot hold a note, so it follows; an item holds it, so that lists stay lists.
        if tag == "li":
            self.out += self.notes()
        self.out.append(f"</{tag}>")
        if tag in _BLOCKS and not _NEVER_IN & set(self._open):
            self.out += self.notes()

    def handle_data(self, data: str) -> None:
        inside = set(self._open)
        if self._left and inside & _BLOCKS and not inside & _NEVER_IN:
            data = self._find.sub(self._explained, data)
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.out.append(f"<!--{data}-->")

    def _explained(self, found: re.Match[str]) -> str:
        text = found.group()
        word = self._by_name.get(_key(text))
        if word is None or not self._left or word.slug in self._done:
            return text
        self._left -= 1
        self._done.add(word.slug)
        self._waiting.append(word)
        return (
            f'<button type="button" class="term" popovertarget="word-{escape(word.slug)}">'
            f"{text}</button>"
        )


def _note(word: Word) -> str:
    slug, term = escape(word.slug), escape(word.term)
    return (
        f'<div popover id="word-{slug}" class="note" role="note"><b>{term}:</b> '
        f'{word.definition} <a href="/glossary/#{slug}">{escape(_("In the glossary"))}'
        f'<span class="visually-hidden">: {term}</span></a></div>'
    )
