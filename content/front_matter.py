"""Reads a starter text: TOML front matter between two ``+++`` lines, then Markdown.

Shared by the text checker and by the loader of the starter content, so that both agree on
what a well-formed file is. No Django here.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

FENCE = "+++"


def parse_starter_file(path: Path) -> tuple[dict[str, Any], str, int]:
    """Split one file into its front matter, its Markdown body and the body's first line number.

    Raises ValueError with ``path:line: reason`` when the file is not UTF-8, has no opening or
    closing fence, or when the front matter is not valid TOML.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}:1: not a UTF-8 file ({error.reason})") from error
    if not lines or lines[0].rstrip() != FENCE:
        raise ValueError(f"{path}:1: the first line must be {FENCE}")
    end = next((i for i, text in enumerate(lines) if i and text.rstrip() == FENCE), None)
    if end is None:
        raise ValueError(f"{path}:{len(lines)}: the front matter has no closing {FENCE}")
    front_matter = parse_toml("\n".join(lines[1:end]), path, before=1, last=end + 1)
    return front_matter, "\n".join(lines[end + 1 :]) + "\n", end + 2


def parse_toml(text: str, path: Path, *, before: int = 0, last: int = 1) -> dict[str, Any]:
    """Return what a TOML text says; ValueError with ``path:line: reason`` where it is broken.

    `before` lines of the file come before it; `last` is named where the parser names no line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) + before if found else last
        raise ValueError(f"{path}:{line}: {error}") from error
