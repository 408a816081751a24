"""Finding a lead by what is stored encrypted: digests of normalised values, looked up by equality.

A name, phone or e-mail is reduced to a normal form ("(617) 555-0101" and "617.555.0101" are the
same), and its keyed digest is stored beside the lead. The same work at a thousand leads and at a
million, and a stolen table of digests tells nothing without the key.
"""

import re
import unicodedata
from collections.abc import Iterable

import phonenumbers
from django.conf import settings
from django.db.models import Q, QuerySet

from admissions.models import Lead, SearchToken, StatusAccess
from admissions.references import ALPHABET, LENGTH
from iop_site import crypto

PHONE, PHONE_END, EMAIL, NAME, BORN = "phone", "phone-last4", "email", "name", "name-born"
_REFERENCE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}\Z")

Key = tuple[str, str]  # purpose, normal form


def normal_phone(value: str) -> str:
    """Return the number as E.164, or its bare digits where it is no number of any country."""
    try:
        number = phonenumbers.parse(value, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_email(value: str) -> str:
    """Return the address in lower case and one form of Unicode."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


def normal_words(value: str) -> list[str]:
    """Return the words of a name without case, accents or punctuation, in any script."""
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).casefold())
    return "".join(_in_word(char) for char in bare).split()


def _in_word(char: str) -> str:
    """Return what stays of a character: itself, nothing, or a space where a word ends."""
    if char in "'’" or unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return ""  # accents, apostrophes, invisible joiners
    if char.isalnum() or unicodedata.category(char)[0] == "M":  # vowel signs are letters too
        return char
    return " "


def same_name(one: str, other: str) -> bool:
    """Return whether two given names are the same but for case, accents and punctuation.

    A name without any letter ("★") is only the same as itself.
    """
    return (normal_words(one) or [one.strip()]) == (normal_words(other) or [other.strip()])


def phone_keys(phone: str) -> list[Key]:
    digits = re.sub(r"\D", "", normal_phone(phone))
    keys = [(PHONE, normal_phone(phone))] if digits else []
    return [*keys, (PHONE_END, digits[-4:])] if len(digits) >= 7 else keys


def email_keys(email: str) -> list[Key]:
    return [(EMAIL, normal_email(email))] if email.strip() else []


def name_keys(*names: str) -> list[Key]:
    return [(NAME, word) for name in names for word in normal_words(name)]


def born_keys(name: str, born: str) -> list[Key]:
    """Return the key of a whole name, its words in any order, with a birth date (ISO)."""
    words = sorted(normal_words(name))
    return [(BORN, f"{' '.join(words)} {born}")] if words and born else []


def keys_of(*, phone: str = "", email: str = "", names: Iterable[str] = ()) -> list[Key]:
    """Return everything a lead with these values shall be found by, each once."""
    return list(dict.fromkeys([*phone_keys(phone), *email_keys(email), *name_keys(*names)]))


def index_lead(lead: Lead, keys: Iterable[Key]) -> None:
    """Add the digests of `keys` to the lead; those it has already stay."""
    SearchToken.objects.bulk_create(
        [SearchToken(lead=lead, token=crypto.blind_index(v, purpose=p)) for p, v in keys],
        ignore_conflicts=True,
    )


def with_key(leads: QuerySet[Lead], keys: Iterable[Key]) -> QuerySet[Lead]:
    """Return the leads that carry at least one of the keys (under any index key in use)."""
    tokens = [token for p, v in keys for token in crypto.blind_candidates(v, purpose=p)]
    return leads.with_token(tokens)  # type: ignore[attr-defined]


def find(leads: QuerySet[Lead], query: str) -> QuerySet[Lead]:
    """Return the leads that a member of staff means by `query`.

    A reference, an e-mail address, a phone number in any format, the last four digits of one, or
    words of a name (all of them must match, in any order).
    """
    query = query.replace("\x00", "").strip()[:200]
    if not query:
        return leads
    if _REFERENCE.match(query.upper()):
        # A lead has a reference for each person it was given to; its own is the first of them.
        given = StatusAccess.objects.filter(reference=query.upper()).values("lead_id")
        named = leads.filter(Q(reference=query.upper()) | Q(pk__in=given))
        if named.exists():
            return named
    if "@" in query:
        return with_key(leads, email_keys(query))
    digits = re.sub(r"\D", "", query)
    if digits and not re.search(r"[^\W\d_]", query):
        # The whole number only: its last four digits alone belong to other people as well.
        key = (PHONE_END, digits) if len(digits) == 4 else (PHONE, normal_phone(query))
        return with_key(leads, [key])
    words = normal_words(query)
    if not words:
        return leads.none()
    for word in words:
        leads = with_key(leads, [(NAME, word)])
    return leads
