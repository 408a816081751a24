"""Fields for what people write by hand."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from admissions.forms.fields import (
    AddressField,
    BirthDateField,
    PhoneField,
    PlainText,
    ThreePartDate,
    readable,
)

anything = st.text(alphabet=st.characters(), max_size=60)  # broken surrogates as well


def told(field: Any, value: Any) -> list[str]:
    """Return what the person is told about a value, or nothing where it is fine."""
    try:
        field.clean(value)
    except ValidationError as error:
        return list(error.messages)
    return []


# -- text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Avery", "Avery"),
        ("Zoë Ōta-李", "Zoë Ōta-李"),
        ("a\x00b\x07c\x1bd\x7fe", "abcde"),
        ("half\ud800pair", "halfpair"),
        ("two\r\nlines\tand a tab", "two\r\nlines\tand a tab"),
        ("👩‍👧 family", "👩‍👧 family"),
        ("", ""),
    ],
)
def test_readable_leaves_out_only_what_nobody_can_type(typed: str, kept: str) -> None:
    assert readable(typed) == kept


@given(anything)
@settings(max_examples=100, deadline=None)
def test_readable_text_can_be_stored_anywhere(typed: str) -> None:
    kept = readable(typed)
    kept.encode()
    assert "\x00" not in kept
    assert readable(kept) == kept


def test_text_is_kept_without_the_blanks_around_it() -> None:
    assert PlainText().clean("  Avery \n") == "Avery"
    assert PlainText(strip=False).clean("  Avery \n") == "  Avery \n"


@pytest.mark.parametrize("nothing", ["", "   ", "\x00\x00", "\t\n", None])
def test_text_that_is_required_needs_something_to_read(nothing: str | None) -> None:
    assert told(PlainText(error_messages={"required": "Enter it."}), nothing) == ["Enter it."]
    assert PlainText(required=False).clean(nothing) == ""


def test_text_that_is_too_long_is_told_both_lengths() -> None:
    assert told(PlainText(max_length=100), "x" * 100) == []
    assert told(PlainText(max_length=100), "x" * 101) == [
        "This is 101 characters long. Please shorten it to 100."
    ]
    assert told(PlainText(max_length=100), "x" * 10_000) == [
        "This is 10000 characters long. Please shorten it to 100."
    ]


@pytest.mark.parametrize("field", [PlainText(), PhoneField(), AddressField()])
def test_input_does_not_let_the_browser_cut_a_text(field: PlainText) -> None:
    assert "maxlength" not in field.widget.attrs


# -- phone


@pytest.mark.parametrize(
    "typed",
    [
        "617-555-0101",
        "(617) 555-0101",
        "617.555.0101",
        "617 555 0101",
        "6175550101",
        "1-617-555-0101",
        "+16175550101",
        "+1 (617) 555-0101",
        "tel:617-555-0101",
        "617‑555‑0101",
        "617–555–0101",
        "\u200e617-555-0101\u200f",
        "٦١٧٥٥٥٠١٠١",
        "６１７５５５０１０１",
        "\x006175550101\x00",
        "   617-555-0101   ",
        "my cell is 617-555-0101",
    ],
)
def test_phone_is_read_in_any_writing(typed: str) -> None:
    assert PhoneField().clean(typed) == "+1 617-555-0101"


@pytest.mark.parametrize("typed", ["617-555-0101 x12", "617 555 0101 ext. 12", "6175550101;ext=12"])
def test_phone_keeps_its_extension(typed: str) -> None:
    assert PhoneField().clean(typed) == "+1 617-555-0101 ext. 12"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("011 44 20 7946 0958", "+44 20 7946 0958"),
        ("+55 11 96123-4567", "+55 11 96123-4567"),
        ("1-800-FLOWERS", "+1 800-356-9377"),
    ],
)
def test_phone_of_any_country_is_read(typed: str, kept: str) -> None:
    assert PhoneField().clean(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "abc",
        "+",
        "12345",
        "555-0101",  # nobody can be called back without an area code
        "617 555 010",
        "617 555 01011",
        "617-555-0101 after 5pm",
        "617-555-0101 or 508-555-0177",
        "avery@example.org",
        "+999 12345678",
        "1" * 40,
    ],
)
def test_phone_that_cannot_be_called_is_told_with_an_example(typed: str) -> None:
    assert told(PhoneField(), typed) == [
        "Enter the whole phone number with its area code, such as 617-555-0101."
    ]


def test_phone_that_is_too_long_is_told_so() -> None:
    assert told(PhoneField(), "6" * 41) == ["This is 41 characters long. Please shorten it to 40."]


@given(anything)
@settings(max_examples=100, deadline=None)
def test_phone_field_gives_a_number_or_says_what_to_mend(typed: str) -> None:
    field = PhoneField(required=False)
    if not told(field, typed):
        kept = field.clean(typed)
        assert kept == "" or kept.startswith("+")
        assert field.clean(kept) == kept  # what is shown again is accepted again


# -- e-mail


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("avery@example.org", "avery@example.org"),
        ("  Avery@Example.ORG ", "Avery@example.org"),
        ("zoë@example.org", "zoë@example.org"),
        ("用户@例子.公司", "用户@例子.公司"),
        ("o'brien+iop@example.org", "o'brien+iop@example.org"),
        ("avery@example.org\x00", "avery@example.org"),
    ],
)
def test_email_is_read_in_any_script(typed: str, kept: str) -> None:
    assert AddressField().clean(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "avery",
        "avery@",
        "@example.org",
        "avery@example",
        "avery@localhost",
        "avery example@example.org",
        "avery@@example.org",
        "avery@example..org",
        "Avery <avery@example.org>",
        "avery@[127.0.0.1]",
        "avery@example.org, other@example.org",
        "avery@exa_mple.org",
    ],
)
def test_email_that_is_none_is_told_with_an_example(typed: str) -> None:
    assert told(AddressField(), typed) == [
        "Enter the e-mail address in full, such as name@example.com."
    ]


def test_email_that_is_too_long_is_told_so() -> None:
    assert told(AddressField(), "x" * 10_000 + "@example.org") == [
        "This is 10012 characters long. Please shorten it to 254."
    ]


@given(anything)
@settings(max_examples=100, deadline=None)
def test_email_field_gives_an_address_or_says_what_to_mend(typed: str) -> None:
    field = AddressField(required=False)
    if not told(field, typed):
        kept = field.clean(typed)
        assert kept == "" or "@" in kept
        assert field.clean(kept) == kept


# -- birth date

TODAY = datetime(2026, 3, 4, 12, 0, tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture
def today() -> Any:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.mark.parametrize(
    ("typed", "born"),
    [
        (["3", "27", "1985"], date(1985, 3, 27)),
        (["03", "07", "1985"], date(1985, 3, 7)),
        (["Mar", "27", "1985"], date(1985, 3, 27)),
        (["MARCH", "27", "1985"], date(1985, 3, 27)),
        (["march", "27", "1985"], date(1985, 3, 27)),
        (["Sept.", "1", "2000"], date(2000, 9, 1)),
        (["2", "29", "2024"], date(2024, 2, 29)),
        (["2", "29", "2000"], date(2000, 2, 29)),
        ([" 3 ", " 27", "1985 "], date(1985, 3, 27)),
        (["\x003", "27", "1985"], date(1985, 3, 27)),
        (["٣", "٢٧", "١٩٨٥"], date(1985, 3, 27)),
        (["3", "4", "2026"], date(2026, 3, 4)),  # born today
        (["1", "1", "1901"], date(1901, 1, 1)),
    ],
)
def test_birth_date_is_read(today: None, typed: list[str], born: date) -> None:
    assert BirthDateField().clean(typed) == born


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (["", "27", "1985"], "incomplete"),
        (["3", "", "1985"], "incomplete"),
        (["3", "27", ""], "incomplete"),
        (["3", "27"], "incomplete"),
        (["13", "1", "2000"], "month"),
        (["0", "1", "2000"], "month"),
        (["-3", "1", "2000"], "month"),
        (["Ma", "1", "2000"], "month"),
        (["Mär", "1", "2000"], "month"),
        (["²", "1", "2000"], "month"),
        (["1", "0", "2000"], "day"),
        (["1", "32", "2000"], "day"),
        (["1", "first", "2000"], "day"),
        (["1", "1", "85"], "year"),
        (["1", "1", "0000"], "year"),
        (["1", "1", "20000"], "year"),
        (["2", "29", "2023"], "unreal"),
        (["2", "29", "1900"], "unreal"),
        (["2", "30", "2024"], "unreal"),
        (["4", "31", "2000"], "unreal"),
        (["3", "5", "2026"], "future"),
        (["12", "31", "9999"], "future"),
        (["3", "3", "1900"], "old"),
        (["1", "1", "1000"], "old"),
    ],
)
def test_birth_date_that_cannot_be_is_told_what_to_mend(
    today: None, typed: list[str], code: str
) -> None:
    assert told(BirthDateField(), typed) == [BirthDateField.default_error_messages[code]]


@pytest.mark.parametrize("typed", [None, [], ["", "", ""], [" ", " ", " "], ["\x00", "\t", ""]])
def test_birth_date_that_is_required_is_asked_for(typed: list[str] | None) -> None:
    field = BirthDateField(error_messages={"required": "Enter the date of birth."})
    assert told(field, typed) == ["Enter the date of birth."]
    assert BirthDateField(required=False).clean(typed) is None


@pytest.mark.parametrize("part", [0, 1, 2])
def test_birth_date_with_a_part_that_is_too_long_is_told_so(part: int) -> None:
    typed = ["3", "27", "1985"]
    typed[part] = "9" * 10_000
    assert told(BirthDateField(), typed) == [
        "This is 10000 characters long. Please shorten it to 12."
    ]


@given(st.lists(anything, min_size=3, max_size=3))
@settings(max_examples=100, deadline=None)
def test_birth_date_field_gives_a_date_or_says_what_to_mend(typed: list[str]) -> None:
    field = BirthDateField(required=False)
    if not told(field, typed):
        assert field.clean(typed) is None or isinstance(field.clean(typed), date)


@given(st.dates(min_value=date(1910, 1, 1), max_value=date(2020, 12, 31)))
@settings(max_examples=60, deadline=None)
def test_birth_date_that_is_shown_again_is_accepted_again(born: date) -> None:
    parts = [str(part) for part in ThreePartDate().decompress(born)]
    assert BirthDateField().clean(parts) == born


@pytest.mark.parametrize(("own", "hint"), [(True, "bday-month"), (False, "off")])
def test_birth_date_of_another_person_is_not_filled_in_by_the_browser(own: bool, hint: str) -> None:
    widget = BirthDateField(own=own).widget
    assert widget.widgets[0].attrs["autocomplete"] == hint
    assert [
        one["label"] for one in widget.get_context("born", None, {})["widget"]["subwidgets"]
    ] == [
        "Month",
        "Day",
        "Year",
    ]
