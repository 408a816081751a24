"""What a manager confirms before a lead is erased, or says when the law makes us keep it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admissions.enums import ErasureReason, InquirerRole
from admissions.forms.desk import DeskForm
from admissions.forms.fields import PlainText
from admissions.models import Lead
from admissions.personal_copy import Whose
from admissions.references import bare


class EraseForm(DeskForm):
    """The reference, typed, since there is no way back; and why."""

    why = forms.TypedChoiceField(
        label=_("Why"),
        choices=[(one.value, one.label) for one in ErasureReason if one != "retention"],
        coerce=ErasureReason,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why it is erased.")},
    )
    reference = PlainText(
        label=_("Type the lead's reference to confirm"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type the reference that stands at the top of this page.")},
    )

    def clean_reference(self) -> str:
        reference = bare(self.cleaned_data["reference"])
        if reference != self.lead.reference:
            raise forms.ValidationError(_("That is not the reference of this lead."))
        return reference


class HoldForm(DeskForm):
    """Whether a lead is kept for a legal reason from now on, and which."""

    on = forms.BooleanField(required=False, widget=forms.HiddenInput)
    note = PlainText(
        label=_("Why; it is kept as a note"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", self.lead.legal_hold_at is None)


class CopyForm(forms.Form):
    """For whom a copy is, and as what; who wrote for themselves is one person."""

    use_required_attribute = False
    whose = forms.TypedChoiceField(
        label=_("For whom the copy is"),
        choices=Whose.choices,
        coerce=Whose,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose for whom it is.")},
    )
    form = forms.ChoiceField(choices=[("page", ""), ("json", "")], widget=forms.HiddenInput)

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if lead.role == InquirerRole.SELF:
            self.fields["whose"].widget = forms.HiddenInput()
            self.initial["whose"] = Whose.CONTACT
