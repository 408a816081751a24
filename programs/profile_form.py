"""The provider's profile as staff fill it in."""

import re
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from programs.models import ProviderProfile

# Questions of law with few answers: which of the two decides which rules apply.
_ANSWERS = {
    "part2_status": (_("Applies"), _("Does not apply")),
    "federal_funding": (_("Yes"), _("No")),
    "staff_count": (_("Fewer than 15"), _("15 or more")),
}
_PLACEHOLDER = re.compile(
    r"\b(?:sample|tbd|tba|todo|lorem|to be (?:supplied|announced))\b|@example\.(?:com|net|org)$",
    re.IGNORECASE,
)
# A number may be shown in letters, such as 888-555-HELP.
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
# What can be a placeholder: every field but those that say which are.
SAMPLE_FIELDS = tuple(
    one.name
    for one in ProviderProfile._meta.concrete_fields
    if one.name not in ("id", "sample_fields")
)


def label_of(name: str) -> str:
    """Return what a field of the profile is called, to begin a line with."""
    return str(capfirst(ProviderProfile._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


class ProviderProfileForm(forms.ModelForm):
    sample_fields = forms.MultipleChoiceField(
        label=_("Still sample data"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Untick a field once its value is real. While ticked, the site marks the value as a "
            "sample or leaves it out."
        ),
    )

    class Meta:
        model = ProviderProfile
        fields = "__all__"  # noqa: DJ007  the admin says which
        widgets = {
            "hours": forms.TextInput(attrs={"size": 60}),
            "response_promise": forms.Textarea(attrs={"rows": 2, "cols": 60, "maxlength": 200}),
            "phone_display": forms.TextInput(attrs={"class": "vTextField", "inputmode": "tel"}),
            "phone_e164": forms.TextInput(attrs={"class": "vTextField", "inputmode": "tel"}),
        }
        help_texts = {
            "name": _("As the public knows it."),
            "legal_name": _("As on the licence."),
            "phone_display": _("Such as 888-401-1179."),
            "phone_e164": _("The same number with its country code: +18884011179."),
            "hours": _("When somebody answers the admissions phone."),
            "response_promise": _(
                "One sentence, shown after a form is sent. Promise only what is kept every day."
            ),
            "licence_number": _("Shown at the foot of every page with its kind."),
            "accreditation": _("Such as Joint Commission or CARF; shown at the foot."),
            "legitscript_number": _("Without it there is no paid advertising."),
            "part2_status": _("Whether 42 CFR Part 2 applies to the program."),
            "federal_funding": _("Whether the program gets federal funds."),
            "staff_count": _("Decides by when Section 504 rules must be met."),
            "ages_served": _("Such as 13 to 17, and 18 and older."),
            "privacy_officer": _("Name and title (45 CFR 164.530(a))."),
            "accessibility_contact": _("Who answers when a page cannot be used."),
            "civil_rights_coordinator": _("Name and title (45 CFR 92.7)."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if samples := self.fields.get("sample_fields"):
            samples.choices = [(name, label_of(name)) for name in SAMPLE_FIELDS]  # type: ignore[attr-defined]
        for name, answers in _ANSWERS.items():
            field = self.fields.get(name)
            if field is None:
                continue
            kept = getattr(self.instance, name)
            every = dict.fromkeys(("", *map(str, answers), kept))
            self.fields[name] = forms.ChoiceField(
                label=field.label,
                help_text=field.help_text,
                required=False,
                choices=[(one, one or _("Not stated yet")) for one in every],
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        shown, dialled = data.get("phone_display", ""), data.get("phone_e164", "")
        digits = re.sub(r"\D", "", shown.upper().translate(_KEYPAD))
        if shown and dialled and (not digits or not dialled.endswith(digits)):
            self.add_error(
                "phone_e164",
                _("This is another number than the one shown, “%(shown)s”.") % {"shown": shown},
            )
        if data.get("licence_number") and not data.get("licence_kind"):
            self.add_error("licence_kind", _("Say what kind of licence the number is of."))
        for name in set(SAMPLE_FIELDS) - set(data.get("sample_fields", [])):
            if _PLACEHOLDER.search(str(data.get(name) or "")):
                self.add_error(
                    name, _("This is a placeholder. Put in the real value, or tick it below.")
                )
        return data
