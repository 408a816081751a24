"""The rules for one text, each a small function that yields (line, rule, message). No Django."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from content.checking.banned_words import find_banned
from content.checking.figure_rules import find_figures
from content.checking.known_values import Known
from content.checking.readability import measure, sentences_of, words_of
from content.checking.text_blocks import CITATION, PLACEHOLDER, Parsed

Hit = tuple[int, str, str]
MAX_GRADE = 8.0
MAX_SENTENCE, AIM_SENTENCE = 25, 20
ARTICLE_WORDS = (600, 1400)
SUMMARY_CHARS = (80, 190)
TITLE_CHARS = 70
_SUICIDE = re.compile(
    r"\bsuicid\w*|\bself-harm\w*"
    r"|\b(?:kill|harm|hurt)(?:ing)? (?:yourself|themsel\w+|himself|herself)"
    r"|\b(?:end|ending|take|taking) (?:your|their|his|her) (?:own )?life\b",
    re.IGNORECASE,
)
_WITHDRAWAL = re.compile(r"\bwithdrawal\b", re.IGNORECASE)
_SUBSTANCE = re.compile(
    r"\b(?:alcohol|drink\w*|sedatives?|benzo\w*|opioids?|detox\w*|substances?|drugs?)\b",
    re.IGNORECASE,
)
_MEDICAL_FIRST = re.compile(
    r"\bbefore\s+(?:(?:you|they|he|she|anyone|someone|a\s+person|trying\s+to|you\s+try\s+to)\s+)*"
    r"(?:stop|stops|stopping|quit|quitting|cut|cutting)\b"
    r"|\bmedical\s+(?:help|advice)\b|\bdoctor\s+(?:should\s+help\s+)?first\b"
    r"|\b(?:call|ask|see|tell|(?:talk|speak)\s+(?:to|with))\s+(?:a|your|the)\s+doctor\b",
    re.IGNORECASE,
)
_FILLED = re.compile(r"\{\{ ?\S+ ?\}\}")  # the renderer fills a placeholder of this form only
_BRACES = re.compile(r"[{}]+")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]")
# A period that the provider set itself has no source; the text has to say whose rule it is.
_OWN_RULE = re.compile(r"\bour own (?:rules?|periods?)\b", re.IGNORECASE)
_INTERNAL = re.compile(r"\bcontent/starter\b|\(NV\)|\bTODO\b|\bFIXME\b")
_BARE_URL = re.compile(r"https?://\S+|\bwww\.\w\S+", re.IGNORECASE)


def reading(parsed: Parsed, first_line: int) -> Iterator[Hit]:
    """Grade of the prose above 8.0, and sentences of more than 25 words."""
    blocks = parsed.prose_blocks
    result = measure(block.prose for block in blocks)
    if result.grade > MAX_GRADE:
        message = (
            f"Flesch-Kincaid grade {result.grade} is above {MAX_GRADE} "
            f"({result.words / result.sentences:.1f} words a sentence, "
            f"{result.syllables / result.words:.2f} syllables a word; "
            f"heaviest words: {', '.join(result.heavy)})"
        )
        yield first_line, "grade", message
    for block in blocks:
        prose = block.prose
        for offset, sentence in sentences_of(prose):
            if (count := len(words_of(sentence))) > MAX_SENTENCE:
                start = " ".join(sentence.split()[:6])
                line = block.line + prose.count("\n", 0, offset)
                yield line, "long-sentence", f"{count} words: “{start} …”"


def wording(text: str, line: int, *, body: bool) -> Iterator[Hit]:
    """Banned words, notes to ourselves and emojis in one piece of visible text."""
    visible = _mask(PLACEHOLDER, _mask(CITATION, text))
    for offset, found, advice in find_banned(visible, body=body):
        yield line + text.count("\n", 0, offset), "banned-word", f"“{found}”: {advice}"
    for pattern, message in ((_INTERNAL, "a note to ourselves"), (_EMOJI, "an emoji")):
        for at, hit in _matches(pattern, visible, line):
            yield at, "banned-word", f"“{hit[0]}”: {message}"


def figures(parsed: Parsed) -> Iterator[Hit]:
    """Figures with no citation in the same paragraph, list item or table (or right below it)."""
    cited = {block.scope for block in parsed.blocks if CITATION.search(block.text)}
    for table, below in zip(parsed.blocks, parsed.blocks[1:], strict=False):
        if table.kind == "table" and below.kind == "paragraph" and below.scope in cited:
            cited.add(table.scope)
    for block in parsed.blocks:
        if block.scope in cited or _OWN_RULE.search(block.text.replace("\n", " ")):
            continue
        for offset, figure in find_figures(_mask(PLACEHOLDER, block.text)):
            line = block.line + block.text.count("\n", 0, offset)
            yield line, "figure-without-source", f"“{figure}” has no [^source]"


def names(parsed: Parsed, known: Known) -> Iterator[Hit]:
    """Citations, placeholders and links that point to nothing, and own source definitions."""
    for block in parsed.blocks:
        for line, hit in _matches(CITATION, block.text, block.line):
            before, after = block.text[: hit.start()], block.text[hit.end() :]
            if after.startswith(":") and (not before or before.endswith("\n")):
                yield line, "own-source-definition", f"the site prints the source of [^{hit[1]}]"
            elif hit[1] not in known.sources:
                yield line, "unknown-source", f"[^{hit[1]}] is not a known source"
        yield from placeholders(block.text, block.line, known)
        for line, hit in _matches(_BARE_URL, block.text, block.line):
            yield line, "external-link", f"{hit[0]}: cite a source instead"
    for line, href in parsed.links:
        yield from _link(line, unquote(href), known)
    for line, html in parsed.html:
        yield line, "raw-html", f"{html.splitlines()[0][:60]}: write Markdown"
    for picture in parsed.images:
        scheme, _, key = picture.address.partition(":")
        if scheme.lower() != "image":
            message = f"{picture.address}: only pictures of this site, written image:key"
            yield picture.line, "image", message
        elif key not in known.images:
            yield picture.line, "unknown-image", f"image:{key} is not a picture of this site"
        elif not picture.alone:
            yield picture.line, "image", f"image:{key} needs a paragraph of its own to be shown"


def placeholders(text: str, line: int, known: Known) -> Iterator[Hit]:
    """Placeholders that the site does not fill, and stray braces."""
    for at, hit in _matches(PLACEHOLDER, text, line):
        name, _, key = hit[1].partition(":")
        good = key in known.lines if name == "line" else hit[1] in known.placeholders
        if not good or not _FILLED.fullmatch(hit[0]):
            yield at, "unknown-placeholder", hit[0]
    for at, brace in _matches(_BRACES, _mask(PLACEHOLDER, text), line):
        yield at, "unknown-placeholder", f"a stray {brace[0]}"


def _link(line: int, href: str, known: Known) -> Iterator[Hit]:
    path = re.split(r"[#?]", href)[0]
    if re.match(r"(?:https?:)?//|mailto:|www\.", href, re.IGNORECASE):
        yield line, "external-link", f"{href}: cite a source instead"
    elif href.startswith(("tel:", "sms:")):
        yield line, "external-link", f"{href}: write the placeholder of this number"
    elif PLACEHOLDER.search(href):
        yield line, "unknown-placeholder", f"{href}: a placeholder cannot be an address"
    elif path and path not in known.addresses:
        yield line, "internal-link", f"{href} is not an address of this site"


def headings(parsed: Parsed) -> Iterator[Hit]:
    """An H1 in the body, or a heading level that is skipped."""
    previous = 1
    for block in parsed.blocks:
        if block.kind != "heading":
            continue
        if block.level == 1:
            yield block.line, "heading", "the title is the only H1; start at ##"
        elif block.level > previous + 1:
            yield block.line, "heading", f"level {block.level} follows level {previous}"
        previous = block.level


def crisis(parsed: Parsed) -> Iterator[Hit]:
    """Texts on suicide name 988 and 911; texts on withdrawal say to get medical help first."""
    whole = "\n\n".join(block.text for block in parsed.blocks)
    lines = {match[1] for match in PLACEHOLDER.finditer(whole)}
    for block in parsed.blocks:
        if hit := _SUICIDE.search(block.text.replace("\n", " ")):
            for need in ("line:988", "line:911"):
                if need not in lines:
                    yield block.line, "crisis", f"speaks of “{hit[0]}” without {{{{{need}}}}}"
            break
    for block in parsed.blocks:
        if _WITHDRAWAL.search(block.text) and _SUBSTANCE.search(block.text):
            if not _MEDICAL_FIRST.search(whole):
                message = "speaks of withdrawal without saying to get medical help before stopping"
                yield block.line, "crisis", message
            break


def article_length(parsed: Parsed, first_line: int) -> Iterator[Hit]:
    """Articles have 600 to 1,400 words, headings and tables included."""
    count, (low, high) = word_count(parsed), ARTICLE_WORDS
    if not low <= count <= high:
        yield first_line, "length", f"{count} words; an article has {low} to {high}"


def word_count(parsed: Parsed) -> int:
    """Return the number of visible words of a body."""
    return sum(len(words_of(block.prose)) for block in parsed.blocks)


def front_matter(
    values: Mapping[str, Any], slug: str, known: Known, line_of: Callable[[str], int]
) -> Iterator[Hit]:
    """Missing, ill-typed or unknown values; `line_of` gives the line of a key."""

    def wrong(key: str, message: str) -> Hit:
        return line_of(key), "front-matter", f"{key}: {message}"

    def strings(key: str, low: int, high: int) -> Iterator[Hit]:
        value = values.get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            yield wrong(key, "must be a list of strings")
        elif not low <= len(value) <= high:
            yield wrong(key, f"has {len(value)} entries; {low} to {high} are needed")
        elif len(set(value)) < len(value):
            yield wrong(key, "names an entry twice")

    title, summary = values.get("title"), values.get("summary")
    if not isinstance(title, str) or not title.strip():
        yield wrong("title", "is missing")
    elif len(title) > TITLE_CHARS:
        yield wrong("title", f"has {len(title)} characters; at most {TITLE_CHARS}")
    low, high = SUMMARY_CHARS
    if not isinstance(summary, str):
        yield wrong("summary", "is missing")
    elif not low <= len(summary) <= high:
        yield wrong("summary", f"has {len(summary)} characters; {low} to {high} are needed")
    yield from strings("topics", 1, 5)
    yield from strings("related", 2, 5)
    for key, allowed in (("topics", known.topics), ("related", known.addresses)):
        entries = values.get(key)
        for item in entries if isinstance(entries, list) else []:
            if isinstance(item, str) and item not in allowed:
                yield wrong(key, f"{item!r} is not known")
    if values.get("author") != "editorial-team":
        yield wrong("author", "must be editorial-team")
    if "reviewer" in values:
        yield wrong("reviewer", "nobody has reviewed the texts yet")
    for key in ("published_on", "next_review_on"):
        if type(values.get(key)) is not dt.date:
            yield wrong(key, "must be a date such as 2026-11-21")
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug):
        yield wrong("slug", f"the file name {slug!r} is not a slug")
    if values.get("slug", slug) != slug:
        yield wrong("slug", f"{values['slug']!r} differs from the file name {slug!r}")


def review_due(
    values: Mapping[str, Any], today: dt.date, line_of: Callable[[str], int]
) -> Iterator[Hit]:
    """A review date that has passed, or that lies before the day of publication."""
    due, published = values.get("next_review_on"), values.get("published_on")
    if type(due) is not dt.date:
        return
    if due < today:
        yield line_of("next_review_on"), "review-due", f"was to be reviewed by {due.isoformat()}"
    elif type(published) is dt.date and due <= published:
        yield line_of("next_review_on"), "review-due", "lies before the day of publication"


def _mask(pattern: re.Pattern[str], text: str) -> str:
    """Blank out matches and keep every offset and line break."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def _matches(pattern: re.Pattern[str], text: str, line: int) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield each match with its line; the text begins at `line`."""
    for hit in pattern.finditer(text):
        yield line + text.count("\n", 0, hit.start()), hit
