"""What a member of staff wants to be told by mail, and when not."""

from datetime import time
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions.enums import ESCALATIONS, STAFF_NOTICES, NoticeKind
from admissions.models import NoticePreference
from iop_site.roles import MANAGER, has_role

_TIME_FORMATS = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I %p", "%I%p"]


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=_TIME_FORMATS,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("Enter a time, such as 22:00 or 10:00 PM.")},
    )


class NoticePreferenceForm(forms.Form):
    """Kinds of notices and quiet hours of `user`; a manager's escalations are not offered."""

    use_required_attribute = False
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Write to me about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("Choose from the list; one of these is not on it."),
            "invalid_list": gettext_lazy("Choose from the list."),
        },
    )
    quiet_from = _time(gettext_lazy("Quiet from"))
    quiet_until = _time(gettext_lazy("Quiet until"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kept = NoticePreference.objects.filter(user=user).first() or NoticePreference()
        kwargs["initial"] = {
            name: getattr(kept, name) for name in ("kinds", "quiet_from", "quiet_until")
        }
        super().__init__(*args, **kwargs)
        self.always = ESCALATIONS if has_role(user, MANAGER) else ()
        self.fields["kinds"].choices = [  # type: ignore[attr-defined]
            (kind.value, kind.label) for kind in STAFF_NOTICES if kind not in self.always
        ]

    def clean_kinds(self) -> list[NoticeKind]:
        return [NoticeKind(value) for value in self.cleaned_data["kinds"]]

    def clean(self) -> None:
        super().clean()
        if {"quiet_from", "quiet_until"} & set(self.errors):
            return
        start: time | None = self.cleaned_data["quiet_from"]
        end: time | None = self.cleaned_data["quiet_until"]
        if (start is None) != (end is None):
            missing = "quiet_from" if start is None else "quiet_until"
            self.add_error(missing, _("Give both times, or none."))
        elif start is not None and start == end:
            self.add_error("quiet_until", _("The two times must differ."))
