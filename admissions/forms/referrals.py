"""Who referred somebody, and where somebody is referred to; checked in `admissions.referrals`."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from admissions.enums import DisclosureBasis, InquirerRole, ReferralKind
from admissions.forms.desk import DeskForm
from admissions.forms.disclosures import GivenField
from admissions.forms.fields import PlainText
from admissions.models import ReferralSource
from programs.models import LevelOfCare


class NewSourceFields(forms.Form):
    """Base: a source that is not in the list yet.

    Cleaned, `new_source` is it, as a ReferralSource that is not stored; None: nothing was typed.
    """

    source_kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", "–"), *ReferralKind.choices],
        error_messages={"required": _("Choose what kind of source this is.")},
    )
    source_organization = PlainText(label=_("Organization"), max_length=160, required=False)
    source_person = PlainText(label=_("Person"), max_length=120, required=False)
    source_job_title = PlainText(label=_("Their role there"), max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        new = ReferralSource(
            kind=data.get("source_kind", ""),
            organization=data.get("source_organization", ""),
            person=data.get("source_person", ""),
            job_title=data.get("source_job_title", ""),
        )
        data["new_source"] = new if new.organization or new.person else None
        if data["new_source"] and not new.kind and "source_kind" not in self.errors:
            self.add_error("source_kind", self.fields["source_kind"].error_messages["required"])
        return data


class NewSourceForm(NewSourceFields, DeskForm):
    """Proposed is the organization of a professional who wrote to us."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.lead.role == InquirerRole.PROFESSIONAL:
            name = f"{self.lead.first_name} {self.lead.last_name}".strip()
            self.initial.setdefault("source_organization", self.lead.organization)
            self.initial.setdefault("source_person", name)
            self.initial.setdefault("source_job_title", self.lead.job_title)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data["new_source"] is None and not self.errors:
            self.add_error("source_organization", _("Enter an organization or a person."))
        return data


class SourceForm(DeskForm):
    """Who referred the person, of those in the list; nothing chosen takes it away."""

    referral_source = forms.ModelChoiceField(
        label=_("Who referred them"),
        queryset=ReferralSource.objects.none(),
        required=False,
        empty_label="–",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = self.lead.referral_source_id
        self.initial.setdefault("referral_source", now)
        known = ReferralSource.objects.filter(Q(is_active=True) | Q(pk=now))
        self.fields["referral_source"].queryset = known  # type: ignore[attr-defined]


class ReferOutForm(DeskForm):
    """Another place for the person. Nothing is sent by it."""

    source = forms.ModelChoiceField(
        label=_("Where to"),
        queryset=ReferralSource.objects.filter(is_active=True),
        required=False,
        empty_label="–",
    )
    place = PlainText(label=_("Where to, if not listed"), max_length=200, required=False)
    level_of_care = forms.ModelChoiceField(
        label=_("Level of care"),
        queryset=LevelOfCare.objects.all(),
        required=False,
        empty_label="–",
    )
    warm_handoff = forms.BooleanField(
        label=_("We handed them over live, on the phone or in person"), required=False
    )
    given = GivenField(label=_("What we told them about the person"), required=False)
    basis = forms.ChoiceField(
        label=_("What allowed us to tell them"),
        choices=[("", "–"), *DisclosureBasis.choices],
        required=False,
    )
    note = PlainText(
        label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("warm_handoff") and not data.get("given") and "given" not in self.errors:
            self.add_error("given", _("A live handover tells them something: choose what."))
        if data.get("given") and not data.get("basis") and "basis" not in self.errors:
            self.add_error("basis", _("Choose what allowed us to tell them."))
        return data
