"""Checks the site's texts: reading grade, words, sources, links, safety wording, repetition.

``python -m content.checking.texts [FILE …]`` checks the files given, or all of content/starter/.
It prints ``path:line: rule: message`` for each finding and ends with 1 if there is any.
No Django here: the management command calls `check_text` and `check_repeats` for the rows of the
database.

The reading grade is measured by content/checking/readability.py, which says how and why. It is
measured on prose only: headings, tables, citations and placeholders for numbers are left out,
list items count as sentences, and {{program}} and {{provider}} count as the words they become.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.checking import text_rules as rules
from content.checking.data_files import Entry, entries_of
from content.checking.known_values import STARTER, Known, load_known
from content.checking.readability import measure, sentences_of, words_of
from content.checking.repeats import Paragraph, find_repeats
from content.checking.text_blocks import Parsed, parse_body
from content.front_matter import parse_starter_file


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend: where it is, which rule it breaks, and what to do."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


def check_text(
    path: str,
    *,
    title: str,
    summary: str,
    body: str,
    front_matter: Mapping[str, Any] | None = None,
    body_first_line: int = 1,
    line_of: Callable[[str], int] = lambda key: 1,
    known: Known | None = None,
    today: dt.date | None = None,
    article: bool = False,
    data: bool = False,
) -> list[Finding]:
    """Return the findings of one text, sorted by line.

    `path` names the text in the findings (a file, or an address for a database row).
    `front_matter` holds the remaining values (topics, author, dates, related); None skips the
    rules about them. `line_of` gives the line of a front-matter key. `article` adds the
    length rule, `data` drops the rules that make sense for whole pages only.
    """
    known = known or load_known()
    parsed = parse_body(body, body_first_line)
    hits: list[rules.Hit] = []
    # Other front-matter values with words in them (a lead, a short name) are read by people too.
    shown = {k: v for k, v in (front_matter or {}).items() if isinstance(v, str) and " " in v}
    for key, value in {**shown, "title": title, "summary": summary}.items():
        hits += rules.wording(value, line_of(key), body=False)
        hits += rules.placeholders(value, line_of(key), known)
    for block in parsed.blocks:
        hits += rules.wording(block.text, block.line, body=block.kind != "heading")
    hits += rules.names(parsed, known)
    hits += rules.figures(parsed)
    if not data:
        hits += rules.reading(parsed, body_first_line)
        hits += rules.headings(parsed)
        hits += rules.crisis(parsed)
    if article:
        hits += rules.article_length(parsed, body_first_line)
    if front_matter is not None:
        values = {"title": title, "summary": summary, **front_matter}
        hits += rules.front_matter(values, Path(path).stem, known, line_of)
        hits += rules.review_due(values, today or dt.date.today(), line_of)
    return sorted({Finding(path, *hit) for hit in hits})


def check_file(path: Path, known: Known, today: dt.date) -> list[Finding]:
    """Return the findings of one starter file, Markdown or TOML, without the repetitions."""
    shown = str(path)
    try:
        if path.suffix == ".toml":
            return _check_data(path, known)
        values, body, first = parse_starter_file(path)
    except ValueError as error:
        found = re.match(rf"{re.escape(shown)}:(\d+): (.*)", str(error), re.DOTALL)
        line, message = (int(found[1]), found[2]) if found else (1, str(error))
        return [Finding(shown, line, "broken-file", message)]
    lines = path.read_text(encoding="utf-8-sig").splitlines()[: first - 1]

    def line_of(key: str) -> int:
        pattern = re.compile(rf"\s*{re.escape(key)}\s*=")
        return next((n for n, text in enumerate(lines, 1) if pattern.match(text)), 1)

    return check_text(
        shown,
        title=str(values.get("title", "")),
        summary=str(values.get("summary", "")),
        body=body,
        front_matter=values,
        body_first_line=first,
        line_of=line_of,
        known=known,
        today=today,
        article=path.parent.name == "articles",
    )


def _check_data(path: Path, known: Known) -> list[Finding]:
    shown, entries = str(path), entries_of(path)
    found: list[Finding] = []
    for entry in entries:
        hits = check_text(
            shown, title="", summary="", body=entry.text, body_first_line=entry.line,
            known=known, data=True,
        )  # fmt: skip
        found += [f for f in hits if not (entry.sources and f.rule == "figure-without-source")]
    whole = _joined(entries)
    more: list[rules.Hit] = [*rules.reading(whole, 1), *rules.crisis(whole)]
    for entry in {entry.table: entry for entry in reversed(entries)}.values():
        if entry.topic and entry.topic not in known.topics:
            more.append((entry.line, "front-matter", f"topic {entry.topic!r} is not known"))
        for key in set(entry.sources) - known.sources:
            more.append((entry.line, "unknown-source", f"{key!r} is not a known source"))
    return sorted({*found, *(Finding(shown, *hit) for hit in more)})


def _joined(entries: Iterable[Entry]) -> Parsed:
    whole = Parsed()
    for entry in entries:
        whole.blocks += parse_body(entry.text, entry.line).blocks
    return whole


def _parsed(path: Path) -> Parsed | None:
    try:
        if path.suffix == ".toml":
            return _joined(entries_of(path))
        _, body, first = parse_starter_file(path)
    except ValueError:
        return None  # check_file reports it
    return parse_body(body, first)


def _summary(path: Path, parsed: Parsed) -> str:
    prose = [block.prose for block in parsed.prose_blocks]
    lengths = [len(words_of(s)) for block in prose for _, s in sentences_of(block)]
    over = sum(n > rules.AIM_SENTENCE for n in lengths)
    share = round(100 * over / len(lengths)) if lengths else 0
    return (
        f"{path}: {rules.word_count(parsed)} words, grade {measure(prose).grade}, "
        f"{share} % of sentences over {rules.AIM_SENTENCE} words"
    )


def texts_in(folder: Path) -> list[Path]:
    """Return the Markdown texts and the data files with prose of a folder, sorted."""
    here = Path.cwd()
    found = sorted(p for p in folder.rglob("*") if p.suffix in (".md", ".toml"))
    return [p.relative_to(here) if p.is_relative_to(here) else p for p in found]


def check_repeats(texts: Mapping[str, Parsed]) -> list[Finding]:
    """Return a finding for each paragraph that stands twice; `texts` maps a path to parse_body.

    A callout with a crisis line is let through: it may read the same everywhere, on purpose.
    """
    paragraphs = (
        Paragraph(path, block.line, block.prose)
        for path, text in texts.items()
        for block in text.prose_blocks
        if not (block.quote and "{{line:" in block.text)
    )
    return [
        Finding(here.path, here.line, "repeated-paragraph", f"also at {there.path}:{there.line}")
        for here, there in find_repeats(paragraphs)
    ]


def main(argv: list[str]) -> int:
    """Check the files named in argv, or all starter texts; return 1 if there are findings."""
    starter = texts_in(STARTER)
    asked = [Path(name) for name in argv] or starter
    paths = [path for path in asked if path.is_file()]
    missing = [path for path in asked if path not in paths]
    known, today = load_known(), dt.date.today()
    findings = [found for path in paths for found in check_file(path, known, today)]

    chosen = {path.resolve() for path in paths}
    others = [path for path in starter if path.resolve() not in chosen]
    parsed = {path: text for path in (*paths, *others) if (text := _parsed(path)) is not None}
    mine = {str(path) for path in paths}
    repeats = check_repeats({str(path): text for path, text in parsed.items()})
    findings += [found for found in repeats if found.path in mine]
    total = len(findings) + len(missing)
    tally = ", ".join(f"{n} {rule}" for rule, n in Counter(f.rule for f in findings).most_common())
    said = [
        *(f"{path}:1: broken-file: no such file" for path in missing),
        *map(str, sorted(findings)),
        *(_summary(path, parsed[path]) for path in paths if path in parsed and parsed[path].blocks),
        f"{total} findings in {len(paths)} texts" + (f" ({tally})" if tally else ""),
    ]
    sys.stdout.write("\n".join(said) + "\n")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
