"""Cuts a Markdown text into blocks that know their line, for the text checker. No Django."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

Kind = Literal["paragraph", "item", "heading", "table"]
CITATION = re.compile(r"\[\^([^\]]*)\]")
LANGUAGE = re.compile(r"^\{lang=[A-Za-z-]{2,10}\}\s*")  # at the start of a list item
PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# What a placeholder adds to the prose that is measured; numbers add nothing.
SPOKEN = {
    "program": "intensive outpatient program",
    "program_short": "IOP",
    "program_title": "Intensive outpatient program",
    "provider": "Resilience Behavioral Health",
}
_PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A paragraph, list item part, heading or table: visible text, citations, placeholders."""

    kind: Kind
    line: int
    text: str
    level: int = 0
    scope: int = 0  # equal for the parts of one list item; a citation serves its whole scope
    quote: bool = False
    english: bool = True

    def line_at(self, offset: int) -> int:
        """Return the line of the character at this offset of the block's text."""
        return self.line + self.text.count("\n", 0, offset)

    @property
    def prose(self) -> str:
        """The text as it is read: citations gone, program names filled in, numbers left out."""
        text = PLACEHOLDER.sub(lambda m: SPOKEN.get(m[1], ""), CITATION.sub("", self.text))
        return re.sub(r"[ \t]+([.,;:!?])", r"\1", text)


@dataclass(frozen=True)
class Picture:
    """A picture in a text: its address, and whether it has a paragraph to itself."""

    line: int
    address: str
    alone: bool


@dataclass
class Parsed:
    """Everything the rules look at in one body."""

    blocks: list[Block] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    html: list[tuple[int, str]] = field(default_factory=list)
    images: list[Picture] = field(default_factory=list)

    @property
    def prose_blocks(self) -> list[Block]:
        """Paragraphs and list items in English: what the reading grade is measured on."""
        return [b for b in self.blocks if b.kind in ("paragraph", "item") and b.english]


def parse_body(body: str, first_line: int = 1) -> Parsed:
    """Parse a Markdown body whose first line has the given number in its file."""
    parsed = Parsed()
    scopes: list[int] = []
    quotes = rows = level = 0
    next_scope = 1
    table_line = row_line = first_line
    shown = False  # a paragraph of a tight list is none on the page
    table: dict[int, list[str]] | None = None
    for token in _PARSER.parse(body):
        line = first_line + token.map[0] if token.map else row_line
        if token.type == "blockquote_open":
            quotes += 1
        elif token.type == "blockquote_close":
            quotes -= 1
        elif token.type == "list_item_open":
            scopes.append(next_scope)
            next_scope += 1
        elif token.type == "list_item_close":
            scopes.pop()
        elif token.type == "paragraph_open":
            shown = not token.hidden
        elif token.type == "paragraph_close":
            shown = False
        elif token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "table_open":
            table, table_line = {}, line
        elif token.type == "tr_open":
            row_line = line
            rows += 1
        elif token.type == "table_close" and table is not None:
            text = _table_text(table, table_line)
            parsed.blocks.append(Block("table", table_line, text, scope=next_scope))
            next_scope += 1
            table = None
        elif token.type == "html_block":
            parsed.html.append((line, token.content.strip()))
        elif token.type == "inline":
            text = _inline(token, line, parsed, paragraph=shown)
            if table is not None:
                table.setdefault(row_line, []).append(text)
                continue
            kind: Kind = "heading" if level else "item" if scopes else "paragraph"
            scope = scopes[-1] if scopes else next_scope
            next_scope += 0 if scopes else 1
            english = kind != "item" or not LANGUAGE.match(text)
            text = text if english else LANGUAGE.sub("", text)
            parsed.blocks.append(Block(kind, line, text, level, scope, quotes > 0, english))
    return parsed


def _table_text(rows: dict[int, list[str]], first: int) -> str:
    lines = [" | ".join(rows.get(n, [])) for n in range(first, max(rows, default=first) + 1)]
    return "\n".join(lines)


def _inline(token: Token, line: int, parsed: Parsed, *, paragraph: bool) -> str:
    out: list[str] = []
    children = token.children or []
    alone = paragraph and {child.type for child in children} <= {"image", "softbreak"}
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            out.append("\n")
        elif child.type in ("text", "code_inline", "text_special"):
            out.append(child.content)
        elif child.type == "link_open":
            parsed.links.append((line, str(child.attrs.get("href", ""))))
        elif child.type == "html_inline":
            parsed.html.append((line, child.content))
        elif child.type == "image":
            parsed.images.append(Picture(line, str(child.attrs.get("src", "")), alone))
    return "".join(out)
