"""What looks odd about a member ID, said as a hint: insurers alone know which IDs they give out."""

import re
import unicodedata

from django.utils.translation import gettext as _

from programs.models import Payer

SHORTEST = 6  # characters of an ID that raises no question

_BETWEEN = re.compile(r"[\s\-–—.]+")
_NINE_DIGITS = re.compile(r"[0-9]{9}")
# Not at the end of a prefix: many insurers begin their IDs with three letters.
_LETTER_FOR_DIGIT = re.compile(r"(?<=[0-9])[OI]|^[OI](?=[0-9])")


def bare(member_id: str) -> str:
    """Return an ID without spaces, dashes and dots, in capitals and plain digits."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", member_id)).upper()


def hints(member_id: str, payer: Payer | None) -> list[str]:
    """Return what the person may want to look at once more; an empty list where nothing is odd.

    Nothing is refused for it: an ID that has the shape its insurer is known for raises no question,
    and with every other the person has the card and we don't.
    """
    code = bare(member_id)
    if not code:
        return []
    if payer is not None and payer.member_id_pattern:
        if re.fullmatch(payer.member_id_pattern, code):
            return []
        if payer.member_id_hint:
            return [*_social_security(code), payer.member_id_hint]
    return [*_social_security(code), *_misread(code)]


def _social_security(code: str) -> list[str]:
    if not _NINE_DIGITS.fullmatch(code):
        return []
    return [
        _(
            "This looks like a Social Security number. We never need that. If the card shows it as "
            "the member ID, leave it."
        )
    ]


def _misread(code: str) -> list[str]:
    found = []
    if not any(char.isdigit() for char in code):
        found.append(_("Most member IDs have digits in them. Is this the ID from the card?"))
    elif len(code) < SHORTEST:
        found.append(_("This is shorter than most member IDs. Is it all there?"))
    if _LETTER_FOR_DIGIT.search(code):
        found.append(
            _("There is a letter O or I beside a digit. Could it be the digit zero or one?")
        )
    return found
