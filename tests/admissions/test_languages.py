"""The languages that leads are sorted by, in whatever words people ask for them."""

import pytest

from admissions.enums import Language
from admissions.languages import code_of


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("English", "en"),
        (" ESPAÑOL ", "es"),
        ("Espanol", "es"),
        ("Spanish, some English", "es"),
        ("português (Brasil)", "pt"),
        ("Kreyòl ayisyen", "ht"),
        ("Haitian Creole", "ht"),
        ("French or Haitian Creole", "ht"),
        ("Creole", "other"),
        ("Cape Verdean Creole", "other"),
        ("中文", "zh"),
        ("我说普通话", "zh"),
        ("Cantonese", "zh"),
        ("Tiếng Việt", "vi"),
        ("русский язык", "ru"),
        ("العربية", "ar"),
        ("ភាសាខ្មែរ", "km"),
        ("français", "fr"),
        ("ASL", "sgn"),
        ("American Sign Language (English captions)", "sgn"),
        ("Twi", "other"),
        ("", ""),
        ("  ", ""),
        ("any", ""),
        ("n/a", ""),
        ("no preference", ""),
        ("★★", ""),
        ("\x00", ""),
        ("x" * 5000, "other"),
    ],
    ids=range(29),
)
def test_language_is_known_by_any_of_its_names(written: str, code: str) -> None:
    assert code_of(written) == code


def test_language_has_each_code_under_its_own_label() -> None:
    for language in Language:
        if language != Language.OTHER:
            assert code_of(str(language.label)) == language
