"""The lists of requirements (the TOML files beside this module) and the tests that show them."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
LISTS = ("hipaa", "ma_201_cmr_17", "asvs")
THREAT = re.compile(r"test_threat_(\d\d)_")


@dataclass(frozen=True)
class Requirement:
    """What is asked for.

    Attributes:
        number: as markers name it, for instance "ASVS 6.2.1".
        chapter: the heading it stands under.
        asks: what it asks for, in our own short words.
        open: what this software does not do and why; empty where it does all of it.
    """

    number: str
    chapter: str
    asks: str
    open: str


def read(name: str) -> dict:
    """Return one of the TOML files beside this module."""
    return tomllib.loads((HERE / f"{name}.toml").read_text())


def requirements(name: str) -> list[Requirement]:
    """Return the requirements of a list that apply here."""
    whole = read(name)
    return [
        Requirement(
            f"{whole['prefix']} {number}", chapter, asks, part.get("open", {}).get(number, "")
        )
        for chapter, part in whole["chapters"].items()
        for number, asks in part.get("asks", {}).items()
    ]


def not_here(name: str) -> list[tuple[str, str, str]]:
    """Return what does not apply here: chapter, numbers, reason."""
    return [
        (chapter, numbers, reason)
        for chapter, part in read(name)["chapters"].items()
        for numbers, reason in part.get("not_here", {}).items()
    ]


@cache
def shown() -> dict[str, list[str]]:
    """Return the tests by the number of what their marker `shows` says they show, in order.

    A test is named by its file and function ("tests/iop_site/test_crypto.py::test_seal…").
    A threat ("threat 05") is shown by the tests that carry its number in their name.
    """
    found = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        place = file.relative_to(TESTS.parent).as_posix()
        for function, numbers in _marked(ast.parse(file.read_text())):
            for number in dict.fromkeys(numbers):
                found[number].append(f"{place}::{function}")
    return dict(found)


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for one in tree.body:
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        numbers = [
            argument.value
            for mark in one.decorator_list
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.shows"
            for argument in mark.args
            if isinstance(argument, ast.Constant)
        ]
        threat = THREAT.match(one.name)
        yield one.name, numbers + ([f"threat {threat[1]}"] if threat else [])
