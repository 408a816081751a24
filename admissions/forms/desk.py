"""The small forms of a lead's page. What they decide is checked again in `admissions.triage`."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from admissions import triage
from admissions.enums import AttemptResult, Channel, CloseReason, LeadStatus, VobStatus
from admissions.forms.fields import PlainText
from admissions.models import Lead


class DeskForm(forms.Form):
    """Base: `version` is the lead's version that was on the screen."""

    use_required_attribute = False
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lead: Lead, by: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("version", lead.version)
        kwargs.setdefault("auto_id", f"id_{self.prefix_of()}_%s")
        super().__init__(*args, **kwargs)
        self.lead, self.by = lead, by

    @classmethod
    def prefix_of(cls) -> str:
        """Return a word that keeps the ids of the forms on one page apart."""
        return cls.__name__.removesuffix("Form").lower()


class AttemptForm(DeskForm):
    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices)
    result = forms.ChoiceField(
        label=_("What happened"), choices=AttemptResult.choices, widget=forms.RadioSelect
    )
    note = PlainText(
        label=_("Note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    next_follow_up_at = forms.DateTimeField(
        label=_("Next follow-up"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Enter date and time, such as 2027-03-01 14:30.")},
    )


class NoteForm(DeskForm):
    text = PlainText(
        label=_("Note"),
        max_length=10_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the note before you save it.")},
    )


class MoveForm(DeskForm):
    to = forms.ChoiceField(
        label=_("Move to"), choices=(), error_messages={"required": _("Choose where to move it.")}
    )
    reason = forms.ChoiceField(
        label=_("Reason, when closing"),
        required=False,
        choices=[("", "–"), *CloseReason.choices],
    )
    referred_to = PlainText(label=_("Referred to"), required=False, max_length=200)
    note = PlainText(
        label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moves = triage.allowed_moves(self.lead, self.by)
        missing = {move: triage.missing_for(self.lead, move) for move in moves}
        self.blocked = [(move.label, what) for move, what in missing.items() if what]
        self.offered = [(move.value, move.label) for move, what in missing.items() if not what]
        # Every status may be posted: triage says in words why one that is not offered is refused.
        # Nothing is chosen beforehand, so that a form shown again never means another move.
        self.fields["to"].choices = LeadStatus.choices  # type: ignore[attr-defined]
        self.fields["to"].widget.choices = [("", "–"), *self.offered]  # type: ignore[attr-defined]


class VerificationForm(DeskForm):
    to = forms.ChoiceField(label=_("Verification"), choices=VobStatus.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("to", self.lead.vob_status)
