"""The form by which somebody is marked as away."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import staffing
from iop_site.roles import MANAGER, has_role


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "invalid": _("Enter a day, such as 2027-03-01."),
            "required": _("Enter the first day."),
        },
        **kwargs,
    )


class AbsenceForm(forms.Form):
    """Oneself; a manager chooses who. What may not be is said by `staffing.go_away`."""

    use_required_attribute = False

    user = forms.ModelChoiceField(
        label=_("Who"), queryset=User.objects.none(), empty_label=None, required=False
    )
    since = _day(_("First day away"))
    until = _day(_("Last day away"), required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"user": by.pk, "since": timezone.localdate()}
        self.by = by
        if has_role(by, MANAGER):
            self.fields["user"].queryset = staffing.takers(timezone.localdate())  # type: ignore[attr-defined]
        else:
            del self.fields["user"]

    def clean(self) -> dict[str, Any]:
        return {**self.cleaned_data, "user": self.cleaned_data.get("user") or self.by}
