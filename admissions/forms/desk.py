"""The small forms of a lead's page. What they decide is checked again in `admissions.triage`."""

import uuid
from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.choices import CallableChoiceIterator
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from admissions import consents, slots, triage
from admissions.enums import (
    AttemptResult,
    Channel,
    CloseReason,
    ConsentTopic,
    ConsultationChannel,
    LeadSource,
    LeadStatus,
    VobStatus,
)
from admissions.forms.base import PageKey
from admissions.forms.fields import PlainText
from admissions.forms.times import SlotField, clock, either
from admissions.models import Consultation, Lead


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


class WithdrawForm(DeskForm):
    """What a person took back when they talked to us. What is off already is no fault to choose."""

    topics = forms.MultipleChoiceField(
        label=_("What they took back"),
        choices=[(topic.value, topic.label) for topic in consents.WITHDRAWABLE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what they took back.")},
    )
    channel = forms.ChoiceField(
        label=_("How they told us"),
        choices=[
            (one.value, one.label)
            for one in (LeadSource.PHONE, LeadSource.EMAIL, LeadSource.WALK_IN)
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how they told us.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered: list[ConsentTopic] = consents.withdrawable(self.lead)
        self.fields["topics"].widget.choices = [  # type: ignore[attr-defined]
            (topic.value, topic.label) for topic in self.offered
        ]


def _times() -> list[tuple[str, Any]]:
    """Return the times that staff may book, up to the last minute, grouped by day."""
    days: dict[str, list[tuple[str, str]]] = {}
    for slot in slots.offered(without_notice=True):
        day = date_format(timezone.localdate(slot.starts_at), "l, F j")
        label = f"{clock(slot.starts_at)} ({either(slot.channels)})"
        days.setdefault(day, []).append((slot.value, label))
    return [("", "–"), *days.items()]


class TimeForm(DeskForm):
    """Base: a time and how to meet. What is on offer is read when it is shown (five queries)."""

    starts_at = SlotField(
        label=_("Day and time"), error_messages={"required": _("Choose a day and time.")}
    )
    channel = forms.ChoiceField(label=_("How"), choices=ConsultationChannel.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].widget = forms.Select(
            choices=CallableChoiceIterator(cache(_times))
        )


class BookForm(TimeForm):
    key = PageKey(required=False)  # the same page sent twice books once

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid.uuid4())


class ConsultationForm(DeskForm):
    """Something about one of the lead's consultations."""

    consultation = forms.ModelChoiceField(
        label=_("Which"),
        queryset=Consultation.objects.none(),
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("This consultation is not there.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Consultation.objects.filter(lead=self.lead)
        self.fields["consultation"].queryset = known  # type: ignore[attr-defined]


class RebookForm(TimeForm, ConsultationForm):
    """Another time, or another way to meet, for a consultation to come."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        booked = Consultation.objects.booked().filter(lead=self.lead)
        to_come = list(booked.filter(starts_at__gt=timezone.now()))
        if to_come:
            self.initial.setdefault("consultation", to_come[0].pk)
            self.initial.setdefault("channel", to_come[0].channel)
        if len(to_come) > 1:
            self.fields["consultation"].widget = forms.Select(
                choices=[(one.pk, slots.in_words(one.starts_at)) for one in to_come]
            )
