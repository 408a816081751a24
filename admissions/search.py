"""Finding a lead by what is stored encrypted: digests of normalised values, looked up by equality.

A name, phone or e-mail is reduced to a normal form ("(617) 555-0101" and "617.555.0101" are the
same), and its keyed digest is stored beside the lead. The same work at a thousand leads and at a
million, and a stolen table of digests tells nothing without the key.

One digest may belong to a hundred thousand leads, a common first name's. So no search reads all of
them: it takes the newest `MOST` from the index, and two words are looked up by the digest of both.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import phonenumbers
from django.conf import settings

from admissions.member_id import bare as bare_member_id
from admissions.models import Lead, SearchToken, StatusAccess
from admissions.references import ALPHABET, LENGTH
from iop_site import crypto

REFERENCE = "reference"
PHONE, PHONE_END, EMAIL, NAME, BORN = "phone", "phone-last4", "email", "name", "name-born"
# To find by alone: what only begins alike joins nobody (`admissions.duplicates`).
NAME_START, NAME_PAIR, MEMBER_ID = "name-start", "name-pair", "member-id"
MOST = 500  # leads that one search finds
_SHORTEST, _LONGEST = 3, 6  # letters of a beginning of a name
_RANGES = 10  # of MOST leads, that are looked through for two words: more share them by chance
_PAIRED = 12  # words of all the names of a lead
_REFERENCE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}\Z")
_BETWEEN = re.compile(r"[\s\-–.]+")
_LETTER = re.compile(r"[^\W\d_]")
# Letters that Unicode takes for letters of their own, as they are typed where there is no such key.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "ŧ": "t"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)

Key = tuple[str, str]  # purpose, normal form
Newest = tuple[list[int], bool]  # ids of leads, the newest first; whether there may be more


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


def name_words(value: str) -> list[str]:
    """Return the words of a name as it is looked for: in plain letters, so far as there are any."""
    return [word.translate(_PLAIN) for word in normal_words(value)]


def name_keys(*names: str) -> list[Key]:
    """Return the keys of each word, of its beginnings, and of each two of all the words."""
    words = list(dict.fromkeys(word for name in names for word in name_words(name)))
    starts = (word[:n] for word in words for n in range(_SHORTEST, min(len(word), _LONGEST + 1)))
    pairs = (_pair_key(*two) for two in combinations(words[:_PAIRED], 2))
    return [*((NAME, word) for word in words), *((NAME_START, one) for one in starts), *pairs]


def _pair_key(one: str, other: str) -> Key:
    """Return the key of two words of a name, in any order, each by its first letters."""
    return (NAME_PAIR, " ".join(sorted((one[:_SHORTEST], other[:_SHORTEST]))))


def member_id_keys(written: str) -> list[Key]:
    bare = bare_member_id(written)
    return [(MEMBER_ID, bare)] if bare else []


def born_keys(name: str, born: str) -> list[Key]:
    """Return the key of a whole name, its words in any order, with a birth date (ISO)."""
    words = sorted(normal_words(name))
    return [(BORN, f"{' '.join(words)} {born}")] if words and born else []


def keys_of(
    *, phone: str = "", email: str = "", names: Iterable[str] = (), member_id: str = ""
) -> list[Key]:
    """Return everything a lead with these values shall be found by, each once.

    `names` are all the names on a lead: two words are found together where they came together.
    """
    keys = [*phone_keys(phone), *email_keys(email), *name_keys(*names), *member_id_keys(member_id)]
    return list(dict.fromkeys(keys))


def index_lead(lead: Lead, keys: Iterable[Key]) -> None:
    """Add the digests of `keys` to the lead; those it has already stay."""
    SearchToken.objects.bulk_create(
        [SearchToken(lead=lead, token=token) for token in digests(keys)], ignore_conflicts=True
    )


def digests(keys: Iterable[Key]) -> list[str]:
    """Return what is stored for keys, made with the first index key."""
    return [crypto.blind_index(value, purpose=purpose) for purpose, value in keys]


def newest_with(keys: Iterable[Key]) -> list[int]:
    """Return the ids of the leads with at least one of the keys, the `MOST` newest for each."""
    return _newest(keys)[0]


def _tokens(keys: Iterable[Key]) -> list[str]:
    return [token for p, v in keys for token in crypto.blind_candidates(v, purpose=p)]


@dataclass(frozen=True)
class Found:
    """What a search found: ids of leads, at most `MOST`, and the kinds of key it looked for."""

    ids: list[int]
    by: list[str]
    capped: bool = False  # there may be more, older ones


def look_up(query: str) -> Found:
    """Return the leads that a member of staff means by `query`.

    A reference, an e-mail address, a phone number in any format or the last four digits of one, a
    member ID, or words of a name: all of them, in any order, each from its first three letters on.
    A few queries on indexes, each for at most `MOST` rows, whatever is there.
    """
    query = query.replace("\x00", "").strip()[:200]
    if named := _by_reference(query):
        return Found(named, [REFERENCE])
    keys = _keys_meant(query)
    (ids, is_cut), by = _newest(keys), [purpose for purpose, _ in keys]
    words = name_words(query) if "@" not in query and _LETTER.search(query) else []
    if words:
        named, is_cut = _newest_named(words)
        if not named and not is_cut:  # a long word that nobody has may be the beginning of one
            named, is_cut = _newest_named(words, shorten=True)
        ids = list(dict.fromkeys([*ids, *named]))
        by.append(NAME)
    return Found(ids[:MOST], by, capped=is_cut or len(ids) > MOST)


def _by_reference(query: str) -> list[int]:
    reference = _BETWEEN.sub("", query).upper()
    if not _REFERENCE.match(reference):
        return []
    # A lead has a reference for each person it was given to; its own is the first of them.
    own = Lead.objects.filter(reference=reference).order_by().values_list("pk", flat=True)
    given = StatusAccess.objects.filter(reference=reference).order_by()
    return list(own.union(given.values_list("lead_id", flat=True)))


def _keys_meant(query: str) -> list[Key]:
    """Return the keys of what is no name: each of them alone is enough."""
    if "@" in query:
        return email_keys(query)
    digits = re.sub(r"\D", "", query)
    if not digits:
        return []
    numbers = member_id_keys(query)
    if _LETTER.search(query):
        return numbers
    # The whole number only: its last four digits alone belong to other people as well.
    phone = (PHONE_END, digits) if len(digits) == 4 else (PHONE, normal_phone(query))
    return [phone, *numbers]


def _newest_named(words: list[str], *, shorten: bool = False) -> Newest:
    """Return the newest leads with every word in their names; whole words come before beginnings.

    `shorten` takes the first letters of a long word for the word.
    """
    # The longest are the rarest; what is a beginning of another says nothing more.
    words = sorted(set(words), key=lambda word: (-len(word), word))[:_PAIRED]
    words = [one for n, one in enumerate(words) if not any(w.startswith(one) for w in words[:n])]
    meant = [_word_keys(word, shorten=shorten) for word in words]
    return _newest(meant[0]) if len(words) == 1 else _newest_with(_pair_key(*words[:2]), meant)


def _word_keys(word: str, *, shorten: bool) -> list[Key]:
    if len(word) < _SHORTEST or (len(word) > _LONGEST and not shorten):
        return [(NAME, word)]
    return [(NAME, word), (NAME_START, word[:_LONGEST])]


def _newest(keys: Iterable[Key]) -> Newest:
    """Return the newest leads with one of the keys, one more than MOST: a query for each key.

    One digest is one range of the index, in our order; several at once would have to be sorted.
    """
    found: dict[int, None] = {}
    for token in _tokens(keys):
        found |= dict.fromkeys(_range(token))
    return list(found), len(found) > MOST


def _newest_with(first: Key, also: list[list[Key]]) -> Newest:
    """Return the newest leads with the key `first` and one of each of `also`, one more than MOST.

    Reads `first` range by range, since the database would rather read all that has the others.
    """
    found: dict[int, None] = {}
    is_cut = False
    for token in _tokens([first]):
        below = None
        for _ in range(_RANGES):
            ids = _range(token, below)
            found |= dict.fromkeys(_carrying(ids, also))
            if len(ids) <= MOST or len(found) > MOST:
                break
            below = ids[-1]
        else:
            is_cut = True
    return list(found), is_cut or len(found) > MOST


def _range(token: str, below: int | None = None) -> list[int]:
    carried = SearchToken.objects.filter(token=token)
    if below is not None:
        carried = carried.filter(lead_id__lt=below)
    return list(carried.order_by("-lead_id").values_list("lead_id", flat=True)[: MOST + 1])


def _carrying(ids: list[int], also: list[list[Key]]) -> list[int]:
    """Return those of the leads that have one key of each list."""
    wanted = [set(_tokens(keys)) for keys in also]
    carried: dict[str, set[int]] = defaultdict(set)
    rows = SearchToken.objects.filter(lead_id__in=ids, token__in=set().union(*wanted))
    for token, lead_id in rows.values_list("token", "lead_id"):
        carried[token].add(lead_id)
    having = [set().union(*(carried[token] for token in tokens)) for tokens in wanted]
    return [one for one in ids if all(one in leads for leads in having)]
