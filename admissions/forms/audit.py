"""What somebody who audits asks for: a person or a lead, what was done, and in which days."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from admissions.enums import EventKind
from admissions.forms.reports import DaysForm
from admissions.models import Lead
from admissions.references import LENGTH, bare


class AuditForm(DaysForm):
    """Cleaned, `lead` is the ids of the named lead and of those merged into it, or None."""

    who = forms.ModelChoiceField(
        label=_("Who"),
        queryset=User.objects.filter(is_staff=True).order_by("username"),
        required=False,
        empty_label=_("Anybody"),
    )
    lead = forms.CharField(label=_("Lead (reference)"), max_length=24, required=False)
    kind = forms.ChoiceField(
        label=_("What"), choices=[("", _("Anything")), *EventKind.choices], required=False
    )
    field_order = ("who", "lead", "kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            self.fields[name].required = False

    def clean_lead(self) -> list[int] | None:
        typed = str(self.cleaned_data["lead"])
        if not typed:
            return None
        reference = bare(typed)
        named = Lead.objects.filter(Q(reference=reference) | Q(accesses__reference=reference))
        found = named.values_list("pk", flat=True).first() if len(reference) == LENGTH else None
        if found is None:
            raise forms.ValidationError(_("There is no lead with this reference. Please check it."))
        return [found, *Lead.objects.filter(merged_into=found).values_list("pk", flat=True)]
