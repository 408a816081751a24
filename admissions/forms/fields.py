"""Form fields for what people write by hand: forgiving in form, clear about what to mend."""

import re
import unicodedata
from datetime import date
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

_INVISIBLE = {"Cc", "Cs"}  # control characters and halves of a broken pair
OLDEST = 125  # years


def readable(text: str) -> str:
    """Return the text without characters nobody can see or type; line breaks and tabs stay."""
    return "".join(
        char for char in text if char in "\n\t\r" or unicodedata.category(char) not in _INVISIBLE
    )


class PlainText(forms.CharField):
    """A text in any script.

    Its limit is checked here only: a `maxlength` on the input would cut a pasted text without a
    word.
    """

    def __init__(self, *, max_length: int = 100, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(
            MaxLengthValidator(
                max_length,
                _("This is %(show_value)d characters long. Please shorten it to %(limit_value)d."),
            )
        )

    def to_python(self, value: Any) -> str:
        return super().to_python(readable(value) if isinstance(value, str) else value) or ""


class PhoneField(PlainText):
    """A phone number with any punctuation, of any country; ten digits are taken as American.

    Returns it as "+1 617-555-0101", with an extension where one was given.
    """

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
    default_error_messages = {
        "invalid": _("Enter the whole phone number with its area code, such as 617-555-0101."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            number = phonenumbers.parse(text, settings.PHONENUMBER_DEFAULT_REGION)
        except phonenumbers.NumberParseException:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        # Not `is_possible_number`: that one takes seven digits without an area code as well.
        possible = phonenumbers.is_possible_number_with_reason(number)
        if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class AddressField(PlainText):
    """An e-mail address in any script. Returns it normalised; nothing is asked of any server."""

    widget = forms.TextInput(
        attrs={"type": "email", "autocomplete": "email", "spellcheck": "false"}
    )
    default_error_messages = {
        "invalid": _("Enter the e-mail address in full, such as name@example.com."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            checked = validate_email(
                text, check_deliverability=False, test_environment=True, allow_domain_literal=False
            )
        except EmailNotValidError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return checked.normalized


class ThreePartDate(forms.MultiWidget):
    """Month, day and year as three labelled text inputs; a picker is no way to a birth year."""

    use_fieldset = True
    parts = (("month", _("Month")), ("day", _("Day")), ("year", _("Year")))

    def __init__(self, *, own: bool = False, attrs: dict[str, Any] | None = None) -> None:
        """`own`: the visitor's own birth date, which the browser may fill in."""
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            name: forms.TextInput(
                attrs={
                    "inputmode": "text" if name == "month" else "numeric",  # "Mar" is welcome
                    "autocomplete": f"bday-{name}" if own else "off",
                    "data-part": name,
                }
            )
            for name, _label in self.parts
        }
        super().__init__(widgets, attrs)

    def decompress(self, value: date | str | None) -> list[Any]:
        """Take a date apart, or the text that a form's `answers()` has of it."""
        day = date.fromisoformat(value) if isinstance(value, str) and value else value
        return [day.month, day.day, day.year] if isinstance(day, date) else [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for subwidget, (_name, label) in zip(
            context["widget"]["subwidgets"], self.parts, strict=True
        ):
            subwidget["label"] = label
        return context


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class BirthDateField(forms.MultiValueField):
    """A birth date: real, not in the future, not more than 125 years ago."""

    widget = ThreePartDate
    default_error_messages = {
        "incomplete": _("Enter the month, the day and the year."),
        "month": _("Enter the month as a number from 1 to 12 or a word, such as 3 or March."),
        "day": _("Enter the day as a number from 1 to 31."),
        "year": _("Enter the year with four digits, such as 1985."),
        "unreal": _("There is no such day. Check the day and the month."),
        "future": _("The date of birth is in the future. Check the year."),
        "old": _("The date of birth is more than 125 years ago. Check the year."),
    }

    def __init__(self, *, own: bool = False, **kwargs: Any) -> None:
        fields = tuple(PlainText(required=False, max_length=12) for _ in range(3))
        kwargs.setdefault("widget", ThreePartDate(own=own))
        super().__init__(fields=fields, require_all_fields=False, **kwargs)

    def compress(self, values: list[str]) -> date | None:
        if not any(values):  # also where there was only what nobody can see
            if self.required:
                raise self._fault("required")
            return None
        if len(values) < 3 or not all(values):
            raise self._fault("incomplete")
        month, day, year = (value.strip() for value in values)
        try:
            month_number = (
                int(month) if month.isdecimal() else MONTHS.index(month[:3].casefold()) + 1
            )
        except ValueError:
            raise self._fault("month") from None
        if not 1 <= month_number <= 12:
            raise self._fault("month")
        if not day.isdecimal() or not 1 <= int(day) <= 31:
            raise self._fault("day")
        if not re.fullmatch(r"\d{4}", year) or int(year) < 1:
            raise self._fault("year")
        try:
            born = date(int(year), month_number, int(day))
        except ValueError:
            raise self._fault("unreal") from None
        today = date.today()
        if born > today:
            raise self._fault("future")
        if today.year - born.year > OLDEST:
            raise self._fault("old")
        return born

    def _fault(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)
