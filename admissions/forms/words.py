"""An answer as a person reads it: the label of a choice, a date, yes or no."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from admissions.forms.fields import BirthDateField


def in_words(field: forms.Field | None, value: Any) -> str:
    """Return what stands in `answers` under the name of `field`, in words; "" where nothing does.

    Of an answer to a field that is no more, or that is no choice any longer, the value itself.
    """
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value in ("", None):
        return ""
    if isinstance(field, BirthDateField):
        return date_format(date.fromisoformat(value), "F j, Y")
    if isinstance(field, forms.DateTimeField):
        return date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")
    return str(dict(getattr(field, "choices", ())).get(value, value))


def dollars(amount: Decimal | str) -> str:
    """Return an amount of money, or what is stored of one, such as "$1,500.00"."""
    return f"${Decimal(amount):,.2f}"
