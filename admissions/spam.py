"""What speaks against a submission. Suspects are held where staff see them, and never refused.

A form is suspect when somebody filled the field that people do not see, when it came faster than a
person types, when it holds several links, or one in a name, when it reads like an advertisement, or
when one phone or e-mail sent very many in a day. Many forms from one network address are no reason
by themselves, since a clinic, a shelter or a whole phone company may share one: they count beside
another reason, against a form that came without the time of its page, and beyond
`SPAM_ADDRESS_FLOOD` forms an hour in which nothing else is suspect.

Nothing here looks at the language or the script: people of all languages write to us.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import transaction

from admissions import rate_limit, search
from admissions.enums import Suspicion

logger = logging.getLogger("iop.forms")

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

CONTACTS = ("phone", "email")
NAMES = ("first_name", "last_name", "patient_name", "patient_legal_name", "subscriber_name")

_LINK = re.compile(r"https?://|\bwww\.|\[url\b", re.IGNORECASE)
# In a name also without "https://"; an e-mail address that was typed into it is no link.
_SITE = re.compile(
    r"(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|ru|cn|top|xyz|site|online|shop|club)\b",
    re.IGNORECASE,
)
_LINKS = 3

# The beginnings of phrases as `search.normal_words` gives them. None that somebody who needs help
# could write: people lose money with crypto, bets and loans, take pills, and have the name Seo.
SALES_TALK = (
    "backlink",
    "guest post",
    "sponsored post",
    "link building",
    "domain authority",
    "seo agency",
    "seo audit",
    "seo compan",
    "seo expert",
    "seo package",
    "seo service",
    "rank your website",
    "rank your site",
    "google ranking",
    "first page of google",
    "page one of google",
    "top of google",
    "website traffic",
    "traffic to your website",
    "traffic to your site",
    "redesign your website",
    "web design service",
    "web development service",
    "digital marketing agency",
    "digital marketing service",
    "social media marketing service",
    "lead generation service",
    "crypto investment opportunit",
    "crypto trading signal",
    "guaranteed returns",
)


@dataclass(frozen=True)
class Evidence:
    """What is looked at: of what was typed, and of how the form came about."""

    page: str  # the key made with the page: what is sent again counts once
    trap: str = ""  # what stands in the field that people do not see
    seconds: float | None = None  # since the page was made; None where that is not known
    names: Sequence[str] = ()
    contacts: Sequence[str] = ()
    texts: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        answers: Mapping[str, Any],
        *,
        page: object,
        trap: str = "",
        seconds: float | None = None,
    ) -> Self:
        """Return the evidence in a form's answers, told apart by the names of its fields."""
        typed = {name: value for name, value in answers.items() if isinstance(value, str) and value}
        return cls(
            page=str(page),
            trap=trap,
            seconds=seconds,
            names=[value for name, value in typed.items() if name in NAMES],
            contacts=[value for name, value in typed.items() if name in CONTACTS],
            texts=[value for name, value in typed.items() if name not in NAMES + CONTACTS],
        )


@dataclass(frozen=True)
class Tally:
    """How many forms came lately, this one counted."""

    address: int = 0  # in this hour from the same network address
    plain: int = 0  # of these, the ones in which nothing else is suspect
    contact: int = 0  # in this day with the same phone or e-mail, the larger number


def suspicions(*, evidence: Evidence, address: str) -> list[Suspicion]:
    """Count a form and return why it is suspect, if it is; nothing is an honest person's.

    `address` is the network address of the client, or empty. Side effects: the counts, in a
    transaction of their own or in the caller's. Never raises: where the database cannot count, only
    what stands in the form speaks.
    """
    reasons = reasons_in(evidence)
    try:
        with transaction.atomic():
            tally = _tally(evidence, address, is_plain=not reasons)
    except DatabaseFault as error:
        logger.warning("form not counted", extra={"error": type(error).__name__})
        tally = Tally()
    return judge(reasons, tally, is_timed=evidence.seconds is not None)


def judge(reasons: set[Suspicion], tally: Tally, *, is_timed: bool) -> list[Suspicion]:
    """Return every reason to hold a form, in the order of `Suspicion`.

    `reasons` speak against the form by themselves; `is_timed` says whether it came with the time
    of its page.
    """
    found = set(reasons)
    if tally.contact > settings.SPAM_CONTACT_LIMIT:
        found.add(Suspicion.MANY_FROM_CONTACT)
    crowded = tally.address > settings.SPAM_ADDRESS_LIMIT and (found or not is_timed)
    if crowded or tally.plain > settings.SPAM_ADDRESS_FLOOD:
        found.add(Suspicion.MANY_FROM_ADDRESS)
    return [one for one in Suspicion if one in found]


def reasons_in(evidence: Evidence) -> set[Suspicion]:
    """Return what speaks against a form by itself, without counting."""
    found = set()
    if evidence.trap.strip():
        found.add(Suspicion.TRAP)
    if evidence.seconds is not None and evidence.seconds < settings.SPAM_MINIMUM_SECONDS:
        found.add(Suspicion.TOO_FAST)
    links = sum(len(_LINK.findall(text)) for text in evidence.texts)
    if links >= _LINKS or any(_LINK.search(name) or _SITE.search(name) for name in evidence.names):
        found.add(Suspicion.LINKS)
    if any(_sells(text) for text in evidence.texts):
        found.add(Suspicion.SALES_TALK)
    return found


def _sells(text: str) -> bool:
    words = " " + " ".join(search.normal_words(text))
    return any(f" {phrase}" in words for phrase in SALES_TALK)


def _tally(evidence: Evidence, address: str, *, is_plain: bool) -> Tally:
    """Count a form, or only read the counts where its page was sent before."""
    again = rate_limit.hit(scope="page", who=evidence.page, window=_DAY) > 1
    number = rate_limit.count if again else rate_limit.hit
    from_address = plain = 0
    if address:
        from_address = number(scope="address", who=address, window=_HOUR)
        if is_plain:
            plain = number(scope="plain", who=address, window=_HOUR)
    # In one order, so that no two forms wait for each other.
    contacts = sorted({_normal(contact) for contact in evidence.contacts})
    by_contact = [number(scope="contact", who=one, window=_DAY) for one in contacts]
    return Tally(from_address, plain, max(by_contact, default=0))


def _normal(contact: str) -> str:
    return search.normal_email(contact) if "@" in contact else search.normal_phone(contact)
