"""What the source may use: found by reading it, so that a new module is held to the same."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from tests.standing.lists import read

ROOT = Path(settings.BASE_DIR)
SOURCES = [
    path.relative_to(ROOT).as_posix()
    for app in ("iop_site", "programs", "content", "admissions")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
] + ["deploy/gunicorn.conf.py", "manage.py"]
SCRIPTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "static").rglob("*.js"))

# What a module may import only where it is named here.
GUARDED = {
    # runs or loads what could be foreign
    "pickle": set(),
    "marshal": set(),
    "shelve": set(),
    "ctypes": set(),
    "yaml": set(),
    "xml": set(),
    "lxml": set(),
    "importlib": set(),
    "subprocess": {"admissions/card_photos.py", "iop_site/master_key.py"},
    # talks to somebody
    "requests": set(),
    "httpx": set(),
    "urllib3": set(),
    "urllib.request": set(),
    "http.client": set(),
    "ftplib": set(),
    "smtplib": {"admissions/outbox.py"},  # the names of its errors; Django's backend talks
    "socket": {"iop_site/management/commands/serve.py"},  # is the port free?
    # numbers that can be guessed
    "random": {"admissions/demo.py"},
}
CRYPTOGRAPHIC = (
    "cryptography",
    "hashlib",
    "hmac",
    "secrets",
    "django.core.signing",
    "django.utils.crypto",
)
# Where a pattern is made of more than a module's own words, and why that is safe.
OWN_PATTERNS = {
    "programs/models.py": "says whether the shape of a member ID that staff write is a pattern",
    "admissions/member_id.py": "reads a short code by that shape; only the desk writes shapes",
    "content/glossary.py": "each word of the glossary is quoted with re.escape",
    "content/checking/data_files.py": "each key is quoted with re.escape",
    "content/checking/texts.py": "each key is quoted with re.escape",
    "content/checking/banned_words.py": "a list of the source",
    "admissions/reencryption.py": "the version of a token",
}
CALLS = {"eval", "exec", "compile", "__import__"}
# A template that is built of a text, or a hash that is outdated, or a command read by a shell.
ATTRIBUTES = {"from_string", "md5", "sha1", "system", "popen"}


@cache
def nodes(path: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse((ROOT / path).read_text())))


@cache
def imported(path: str) -> set[str]:
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{one.name}" for one in node.names}
    return found


def uses(path: str, module: str) -> bool:
    return any((one + ".").startswith(module + ".") for one in imported(path))


@pytest.mark.shows("ASVS 1.3.6", "ASVS 1.5.1", "ASVS 1.5.2", "ASVS 13.2.4")
def test_code_imports_nothing_that_loads_runs_or_calls_what_is_foreign():
    for module, places in GUARDED.items():
        assert {one for one in SOURCES if uses(one, module)} <= places, module


@pytest.mark.shows("ASVS 1.2.5", "ASVS 1.3.2", "ASVS 1.3.7", "ASVS 11.3.1", "ASVS 11.4.1")
def test_code_runs_no_text_and_uses_no_outdated_hash():
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in CALLS, f"{path}:{node.lineno}"
            if isinstance(node, ast.Attribute):
                assert node.attr not in ATTRIBUTES, f"{path}:{node.lineno}"
            if isinstance(node, ast.keyword) and node.arg == "shell":
                assert ast.unparse(node.value) == "False", f"{path}:{node.value.lineno}"
        assert not any("modes.ECB" in one or "modes.CBC" in one for one in imported(path)), path


@pytest.mark.shows("ASVS 1.2.9")
def test_code_makes_patterns_of_its_own_words_only():
    """A pattern is a literal or made of upper-case names, but for the modules named above."""
    for path in sorted(set(SOURCES) - OWN_PATTERNS.keys()):
        for node in nodes(path):
            if isinstance(node, ast.Call) and re.match(r"re\.(?!escape)", ast.unparse(node.func)):
                names = {one.id for one in ast.walk(node.args[0]) if isinstance(one, ast.Name)}
                assert all(one.lstrip("_").isupper() for one in names), f"{path}:{node.lineno}"


@pytest.mark.shows("ASVS 11.1.2", "ASVS 11.2.1")
def test_every_use_of_cryptography_stands_in_the_list():
    found = {one for one in SOURCES if any(uses(one, name) for name in CRYPTOGRAPHIC)}

    assert found == set(read("cryptography"))


@pytest.mark.shows("ASVS 3.2.2", "ASVS 3.7.1", "ASVS 6.2.7", "ASVS 14.3.3", "ASVS 15.3.6")
@pytest.mark.parametrize("path", SCRIPTS)
def test_scripts_put_text_in_as_text_and_keep_nothing(path):
    """No markup from text, no store of the browser, no messages of others, no paste taken away."""
    words = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
        r"|postMessage|onmessage|localStorage|sessionStorage|indexedDB|document\.cookie"
        r"|__proto__|\.prototype\b|Object\.assign|['\"]paste['\"]|XMLHttpRequest|WebSocket"
    )
    assert re.findall(words, (ROOT / path).read_text()) == []


def test_sources_and_scripts_were_found():
    assert len(SOURCES) > 150
    assert len(SCRIPTS) >= 3
