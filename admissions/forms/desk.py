"""The small forms of a lead's page. What they decide is checked again in `admissions.triage`."""

import uuid
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.forms.fields import BaseTemporalField
from django.utils import timezone
from django.utils.choices import CallableChoiceIterator
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from admissions import consents, follow_up, safe_contact, slots, staffing, triage, verification
from admissions.enums import (
    AttemptResult,
    Channel,
    CloseReason,
    ConsentTopic,
    ConsultationChannel,
    LeadSource,
    LeadStatus,
    NextStep,
    VobStatus,
    Wish,
)
from admissions.forms.base import PageKey
from admissions.forms.fields import PlainText
from admissions.forms.times import SlotField, clock, either
from admissions.models import Consultation, Lead
from admissions.office_hours import Schedule, instant
from iop_site.roles import MANAGER, has_role


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


class LocalMoment(forms.DateTimeField):
    """A date and time as the clock on the wall shows it, also on the days it is changed."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    default_error_messages = {"invalid": _("Enter date and time, such as 2027-03-01 14:30.")}

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        naive: Any = BaseTemporalField.to_python(self, value)
        try:
            return instant(naive.date(), naive.time())
        except OverflowError:  # the first or the last day there is
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class NextStepFields(forms.Form):
    """Base: when the lead comes up again.

    Cleaned, `at` is that moment, and `knowingly_none` whether there shall be none.
    """

    next_step = forms.ChoiceField(
        label=_("Next step"),
        choices=NextStep.choices,
        error_messages={"required": _("Choose when the lead comes up again.")},
    )
    next_follow_up_at = LocalMoment(label=_("Date and time of your own"), required=False)

    def offer(self, schedule: Schedule) -> None:
        """Show with each choice which moment it is."""
        moments = follow_up.moments(schedule, timezone.now())
        shown: list[tuple[str, Any]] = [("", "–")] if self.fields["next_step"].required else []
        for step in NextStep:
            if step in moments:
                shown.append((step.value, f"{step.label} ({_short(moments[step])})"))
            elif step in (NextStep.OWN, NextStep.NONE) or self._suggests(step):
                shown.append((step.value, step.label))
        self.fields["next_step"].widget.choices = shown  # type: ignore[attr-defined]

    def _suggests(self, step: NextStep) -> bool:
        return False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        step, own = data.get("next_step"), data.get("next_follow_up_at")
        if own is not None and step in ("", None, NextStep.SUGGESTED):
            step = NextStep.OWN  # who types a time means it
            self.errors.pop("next_step", None)
        data["at"], data["knowingly_none"] = None, step == NextStep.NONE
        if step == NextStep.OWN:
            data["at"] = own
            if own is None and "next_follow_up_at" not in self.errors:
                self.add_error("next_follow_up_at", _("Enter the date and time."))
        elif own is not None:
            self.add_error("next_follow_up_at", _("Choose one of the two: this, or that above."))
        elif step and step not in (NextStep.NONE, NextStep.SUGGESTED):
            data["at"] = follow_up.moments(Schedule.load(), timezone.now()).get(NextStep(step))
            if data["at"] is None:
                self.add_error("next_step", _("This afternoon is over. Choose another time."))
        return data


def _short(moment: datetime) -> str:
    """Return a moment of the next days, shortly; with its date where it is further off."""
    near = moment - timezone.now() < timedelta(days=6)
    return date_format(timezone.localtime(moment), "D g:i A" if near else "D, M j, g:i A")


class NextStepForm(NextStepFields, DeskForm):
    """Base: the same about a lead that is there."""


class FollowUpForm(NextStepForm):
    """When the lead comes up again, without any call."""


class AttemptForm(NextStepForm):
    """A try to reach the person. With nothing chosen the next step is what the outcome suggests."""

    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices)
    result = forms.ChoiceField(
        label=_("What happened"),
        choices=AttemptResult.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what happened.")},
    )
    note = PlainText(
        label=_("Note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    against_wishes = forms.BooleanField(
        label=_("It happened against what they asked; tell my supervisor"), required=False
    )
    field_order = ["channel", "result", "against_wishes", "next_step", "next_follow_up_at", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["next_step"].required = False
        ways = safe_contact.ways(self.lead)
        self.fields["channel"].widget.choices = [  # type: ignore[attr-defined]
            (way.value, f"{way.label}: {why}" if why else way.label) for way, why in ways.items()
        ]
        told = {name: str(self.data.get(name, "")) for name in ("channel", "result")}
        if safe_contact.against(self.lead, **told) is None:
            del self.fields["against_wishes"]  # asked for only where it happened

    def offer(self, schedule: Schedule) -> None:
        super().offer(schedule)
        now, shown = timezone.now(), []
        for result in AttemptResult:
            wish = safe_contact.against(self.lead, channel="", result=result)
            next_at = _short(follow_up.suggested(result, schedule, now))
            # A wish that holds for every result stands beside the ways above.
            words = f" ({wish.label})" if wish == Wish.NO_VOICEMAIL else f" → {next_at}"
            shown.append((result.value, f"{result.label}{words}"))
        self.fields["result"].widget.choices = shown  # type: ignore[attr-defined]

    def _suggests(self, step: NextStep) -> bool:
        return step == NextStep.SUGGESTED


class NoteForm(DeskForm):
    text = PlainText(
        label=_("Note"),
        max_length=10_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the note before you save it.")},
    )


class MoveForm(DeskForm):
    """Where the lead goes next: each move that is open to it is a button of its own."""

    to = forms.ChoiceField(
        label=_("Move to"),
        choices=LeadStatus.choices,  # triage says in words why one that is not offered is refused
        error_messages={"required": _("Choose where to move it.")},
    )
    note = PlainText(
        label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moves = [
            move
            for move in triage.allowed_moves(self.lead, self.by)
            if move != LeadStatus.CLOSED  # `CloseForm`
        ]
        missing = {move: triage.missing_for(self.lead, move) for move in moves}
        self.blocked = [(move.label, what) for move, what in missing.items() if what]
        self.offered = [(move.value, move.label) for move, what in missing.items() if not what]


class CloseForm(DeskForm):
    """Why the lead is closed; `triage` says what a reason needs."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", "–"), *CloseReason.choices],
        error_messages={"required": _("Choose a reason for closing.")},
    )
    referred_to = PlainText(label=_("Where to, when referred out"), required=False, max_length=200)
    note = PlainText(
        label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )


class VerificationForm(DeskForm):
    to = forms.ChoiceField(
        label=_("Set it to"),
        choices=VobStatus.choices,
        error_messages={"required": _("Choose what to set it to.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(one.value, one.label) for one in verification.changes(self.lead)]
        self.fields["to"].widget.choices = [("", "–"), *offered]  # type: ignore[attr-defined]


class TakerField(forms.ModelChoiceField):
    """Somebody who works on leads; who is away is marked, and refused in words by `triage`."""

    def label_from_instance(self, user: Any) -> str:
        return _("%(name)s (away)") % {"name": user} if user.is_away else str(user)


class AssignForm(DeskForm):
    to = TakerField(
        label=_("To"),
        queryset=User.objects.none(),
        empty_label="–",
        error_messages={"required": _("Choose who takes it.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        takers = staffing.takers(timezone.localdate())
        if self.lead.owner_id:
            takers = takers.exclude(pk=self.lead.owner_id)
        self.fields["to"].queryset = takers  # type: ignore[attr-defined]


class HandOverForm(AssignForm):
    note = PlainText(
        label=_("Where it stands and what is next"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say in a note where it stands and what is next.")},
    )

    def is_offered(self) -> bool:
        """Return whether `by` may hand this lead over, or give it back."""
        owner = self.lead.owner_id
        return owner is not None and (owner == self.by.pk or has_role(self.by, MANAGER))


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
