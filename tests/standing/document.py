"""The tables of docs/security.md, written from the lists, the tests' markers and the settings."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings

from tests.standing.lists import LISTS, not_here, read, requirements, shown

FILE = Path(settings.BASE_DIR) / "docs" / "security.md"
BLOCK = re.compile(r"(<!-- written: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [heads, ["---" for _ in heads], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def tests_of(number: str) -> str:
    """Return the tests that show something, by file, each file named once."""
    files: dict[str, list[str]] = {}
    for one in shown().get(number, []):
        file, _, function = one.removeprefix("tests/").partition("::")
        files.setdefault(file, []).append(function)
    return "; ".join(f"{file}: {', '.join(found)}" for file, found in files.items())


def standing(name: str) -> str:
    """Return the tables of a list: one for each chapter, then what does not apply."""
    chapters: dict[str, list[list[str]]] = {}
    for one in requirements(name):
        says = "; ".join(filter(None, [tests_of(one.number), one.open and f"**Open:** {one.open}"]))
        number = one.number.removeprefix(read(name)["prefix"]).strip()
        chapters.setdefault(one.chapter, []).append([number, one.asks, says])
    text = ""
    for chapter, rows in chapters.items():
        text += f"\n### {chapter}\n\n" + table(["", "asks for", "shown by"], rows)
    left_out = not_here(name)
    if left_out:
        text += "\n### What does not apply\n\n"
        text += table(["chapter", "numbers", "because"], left_out)
    return text + "\n"


def threats() -> str:
    rows = (
        [number, what, tests_of(f"threat {number}")] for number, what in read("threats").items()
    )
    return table(["", "threat", "shown by"], rows)


def flows() -> str:
    heads = ["what", "from", "where it is kept", "who sees it", "where it leaves", "how long"]
    keys = ("what", "from", "kept", "seen", "leaves", "until")
    return table(heads, ([flow[key] for key in keys] for flow in read("data_flows")["flow"]))


def cryptography() -> str:
    return table(
        ["module", "uses it for"], ([f"`{a}`", b] for a, b in read("cryptography").items())
    )


def limits() -> str:
    """Return what the settings allow, in words that need no knowledge of their names."""
    rates = settings.ACCOUNT_RATE_LIMITS
    shortest = next(
        one["OPTIONS"]["min_length"]
        for one in settings.AUTH_PASSWORD_VALIDATORS
        if "MinimumLength" in one["NAME"]
    )
    body = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
    fields = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    files = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    size = settings.FILE_UPLOAD_MAX_MEMORY_SIZE // 1024**2
    some, many = settings.SPAM_ADDRESS_LIMIT, settings.SPAM_ADDRESS_FLOOD
    rows = {
        "A desk that is left alone is signed out after": _time(settings.STAFF_IDLE_SECONDS),
        "A session ends at the latest after": _time(settings.SESSION_COOKIE_AGE),
        "Sessions of one person at a time": "any number; each can be seen and ended",
        "Failed sign-ins (count/time/by address or name)": rates["login_failed"],
        "Sign-ins tried (count/time/by address)": rates["login"],
        "Shortest password": f"{shortest} characters, of any kind",
        "An invitation or reset link works for": _time(settings.PASSWORD_RESET_TIMEOUT),
        "To change one's sign-in, it is asked for again after": _time(
            settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        ),
        "A status link works for": _time(settings.STATUS_LINK_SECONDS),
        "Wrong status codes from one address in 15 minutes": settings.STATUS_TRIES_PER_ADDRESS,
        "Wrong status codes for one reference in an hour": settings.STATUS_TRIES_PER_REFERENCE,
        "A form without its files": f"{body} KiB, {fields} fields",
        "Files of a form": f"{files}, {size} MiB each; JPEG, PNG or HEIC pictures only",
        "Forms a day with one phone or e-mail until they are held": settings.SPAM_CONTACT_LIMIT,
        "Forms an hour from one address until they are held": (
            f"{some} beside another reason, {many} without"
        ),
    }
    return table(["limit", ""], ([words, str(value)] for words, value in rows.items()))


def _time(seconds: int) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"


WRITERS: dict[str, Callable[[], str]] = {
    "flows": flows,
    "threats": threats,
    "limits": limits,
    "cryptography": cryptography,
    **{name: (lambda name=name: standing(name)) for name in LISTS},
}


def written(text: str) -> str:
    """Return the document with each of its blocks as it should be."""
    return BLOCK.sub(lambda found: found[1] + WRITERS[found[2]]() + found[3], text)
