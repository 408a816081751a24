"""Cuts a Markdown text into blocks that know their line, for the text checker. No Django."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

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
    scopes = count(1)

    def read(node: SyntaxTreeNode, item: int = 0, quote: bool = False) -> None:
        """Add what a node holds; `item` is the scope of the list item around it, 0 for none."""
        line = first_line + (node.map or (0, 0))[0]
        if node.type == "inline" and node.parent and node.token:
            around = node.parent
            text = _inline(
                node.token, line, parsed, paragraph=around.tag == "p" and not around.hidden
            )
            level = int(around.tag[1]) if around.type == "heading" else 0
            kind: Kind = "heading" if level else "item" if item else "paragraph"
            english = kind != "item" or not LANGUAGE.match(text)
            text = text if english else LANGUAGE.sub("", text)
            block = Block(kind, line, text, level, item or next(scopes), quote, english)
            parsed.blocks.append(block)
        elif node.type == "table":
            rows: dict[int, str] = {}
            for row in (row for part in node.children for row in part.children):
                at = first_line + (row.map or (0, 0))[0]
                cells = (cell.children[0].token for cell in row.children)
                rows[at] = " | ".join(_inline(cell, at, parsed) for cell in cells if cell)
            text = "\n".join(rows.get(at, "") for at in range(line, max(rows) + 1))
            parsed.blocks.append(Block("table", line, text, scope=next(scopes)))
        elif node.type == "html_block":
            parsed.html.append((line, node.content.strip()))
        else:
            item = next(scopes) if node.type == "list_item" else item
            for child in node.children:
                read(child, item, quote or node.type == "blockquote")

    for node in SyntaxTreeNode(_PARSER.parse(body)).children:
        read(node)
    return parsed


def _inline(token: Token, line: int, parsed: Parsed, *, paragraph: bool = False) -> str:
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
