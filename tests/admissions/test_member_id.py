"""Hints about member IDs: what looks odd is said, and nothing is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admissions import member_id
from admissions.member_id import hints
from programs.models import Payer

SOCIAL, NO_DIGIT, SHORT, LETTER = (
    "Social Security",
    "have digits",
    "shorter than",
    "letter O or I",
)


def payer(pattern: str = "", hint: str = "") -> Payer:
    return Payer(slug="one", name="One", member_id_pattern=pattern, member_id_hint=hint)


@pytest.mark.parametrize("typed", ["", " ", "-", " - . "])
def test_no_id_gives_no_hint(typed: str) -> None:
    assert hints(typed, None) == []


@pytest.mark.parametrize(
    "typed", ["XYZ123456789", "W12 3456-789", "ABO123456", "100000", "OIB1234567"]
)
def test_id_like_any_other_gives_no_hint(typed: str) -> None:
    assert hints(typed, None) == []
    assert hints(typed, payer()) == []


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("123-45-6789", SOCIAL),
        ("123456789", SOCIAL),
        ("123 45 6789", SOCIAL),
        ("１２３４５６７８９", SOCIAL),  # full-width digits
        ("ABCDEFGH", NO_DIGIT),
        ("İÖÜ", NO_DIGIT),
        ("12345", SHORT),
        ("X1", SHORT),
        ("12345O789012", LETTER),
        ("123I456789", LETTER),
        ("o12345678", LETTER),
    ],
)
def test_odd_id_gives_a_hint(typed: str, text: str) -> None:
    (hint,) = hints(typed, None)
    assert text in hint


def test_several_odd_things_are_all_said() -> None:
    first, second = hints("1O2", None)
    assert SHORT in first
    assert LETTER in second


def test_ten_digits_and_a_number_with_letters_are_no_social_security_number() -> None:
    for typed in ("1234567890", "12345678", "A12345678", "123456789A"):
        assert not any(SOCIAL in hint for hint in hints(typed, None))


def test_shape_of_the_payer_that_fits_raises_no_question() -> None:
    assert hints("123 456 789", payer(r"[0-9]{9}", "Nine digits.")) == []
    assert hints("x-1", payer(r"X1")) == []


def test_shape_of_the_payer_that_does_not_fit_is_said_in_its_words() -> None:
    twelve = payer(r"[0-9]{12}", "A MassHealth ID has 12 digits.")
    assert hints("100 200 300 40", twelve) == ["A MassHealth ID has 12 digits."]
    assert hints("1002003004005", twelve) == ["A MassHealth ID has 12 digits."]
    first, second = hints("123-45-6789", twelve)
    assert SOCIAL in first
    assert second == "A MassHealth ID has 12 digits."


def test_shape_without_words_leaves_the_common_hints() -> None:
    (hint,) = hints("12345", payer(r"[0-9]{12}"))
    assert SHORT in hint


@pytest.mark.usefixtures("starter_content")
@pytest.mark.parametrize(
    ("slug", "good", "bad"),
    [
        ("masshealth-pcc", "100 123 456 789", "1001234567"),
        ("masshealth-aco", "100123456789", "M100123456789"),
        ("masshealth-mco", "100123456789", "X1"),
        ("medicare", "1EG4-TE5-MK73", "1SG4TE5MK73"),
        ("medicare", "9ac0a00aa00", "1EG4TE5MK7"),
    ],
)
def test_shapes_of_the_starter_content(slug: str, good: str, bad: str) -> None:
    one = Payer.objects.get(slug=slug)
    assert hints(good, one) == []
    assert one.member_id_hint in hints(bad, one)


@pytest.mark.usefixtures("starter_content")
def test_only_payers_whose_shape_is_common_knowledge_have_one() -> None:
    having = Payer.objects.exclude(member_id_pattern="").values_list("kind", flat=True)
    assert set(having) == {"masshealth", "medicare"}
    assert not Payer.objects.exclude(member_id_pattern="").filter(member_id_hint="")


@given(st.text(max_size=60))
def test_anything_at_all_gives_at_most_a_few_hints(typed: str) -> None:
    found = hints(typed, payer(r"[0-9]{12}"))
    assert len(found) <= 3
    assert member_id.bare(typed) == member_id.bare(f" {typed} - ")
