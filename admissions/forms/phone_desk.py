"""The inquiry as a coordinator takes it down: the public form's questions, in the order of a call.

With each part stands what to say. The words are proposals for a conversation, not a text to read
out, but for the consents: their wordings are read as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from admissions.enums import InquirerRole, NextStep
from admissions.forms.base import consent_name
from admissions.forms.desk import NextStepFields
from admissions.forms.inquiry import DOORS, InquiryForm
from admissions.forms.referrals import NewSourceFields
from admissions.models import Lead, ReferralSource
from admissions.phone_desk import LIVE, SOURCES

_LEAD = {field.name: field for field in Lead._meta.fields}
_DOORS = {door.role: door for door in DOORS.values()}


@dataclass(frozen=True)
class Part:
    """One part of the call: its fields, and what to say or to mind."""

    key: str
    title: Any
    names: tuple[str, ...]
    say: tuple[Any, ...] = ()
    mind: tuple[Any, ...] = ()


PARTS = (
    Part(
        "start",
        _("How it came in"),
        ("source", "for_whom"),
        say=(
            _("“Thank you for calling. Are you somewhere where you can talk?”"),
            _("“What made you call today?”"),
        ),
        mind=(_("Listen first. Nobody has to tell you more than they want to."),),
    ),
    Part(
        "who",
        _("Who is calling"),
        ("first_name", "last_name", "phone", "email"),
        say=(
            _("“What may I call you? Any name is fine.”"),
            _("“If we get cut off, how do we reach you?”"),
        ),
        mind=(_("Read the number or the address back to them."),),
    ),
    Part(
        "reach",
        _("How we may reach them safely"),
        (
            "preferred_channel",
            "good_times",
            "do_not_speak_to",
            "voicemail_ok",
            "may_say_who",
            "email_ok",
        ),
        say=(
            _("“Who else may pick up, or read your mail? Is it safe to leave a voicemail?”"),
            _("“If somebody else answers, may we say who is calling?”"),
            _("“Is there anyone we should not speak to?”"),
        ),
        mind=(_("Tick only what they said yes to."),),
    ),
    Part(
        "care",
        _("The person who needs care"),
        ("age_band",),
        say=(_("“How old is the person who needs care?”"),),
        mind=(
            _(
                "Under 18: we do not call a parent on our own. Your supervisor is told when you "
                "save."
            ),
        ),
    ),
    Part(
        "family",
        _("When they call for somebody else"),
        ("relationship", "patient_knows"),
        say=(
            _("“How are you related?”"),
            _("“Do they know that you are asking, or about the referral?”"),
        ),
        mind=(_("If they do not know: we do not call or write to them."),),
    ),
    Part(
        "work",
        _("When a professional calls"),
        ("organization", "job_title"),
        say=(_("“Where do you work, and what do you do there?”"),),
        mind=(_("No name and no record of their patient here."),),
    ),
    Part(
        "wishes",
        _("What they are looking for"),
        ("track", "time_of_day", "coverage_kind"),
        say=(
            _("“What would help most right now?”"),
            _("“Would days or evenings suit better?”"),
            _("“How might care be paid for? It is fine not to know; we can find out together.”"),
        ),
        mind=(_("Promise no coverage, no place and no result."),),
    ),
    Part(
        "help",
        _("What makes it easier"),
        ("language", "access_needs", "needs_interpreter", "message"),
        say=(
            _("“Which language do you like best? An interpreter costs you nothing.”"),
            _("“Is there anything that would make it easier to talk with us, or to come?”"),
        ),
    ),
    Part(
        "referral",
        _("How they found us"),
        (
            "heard_from",
            "referral_source",
            "source_organization",
            "source_person",
            "source_job_title",
            "source_kind",
        ),
        say=(_("“How did you hear of us? Did somebody suggest that you call?”"),),
        mind=(_("Nobody is ever paid, or given anything, for sending us a person."),),
    ),
    Part(
        "next",
        _("What happens next"),
        ("next_step", "next_follow_up_at"),
        say=(
            _("“This is what happens next, and when you hear from us.”"),
            _("“Is there anything else you want to ask me?”"),
        ),
        mind=(_("The page after this one shows a reference. Tell it to them before you hang up."),),
    ),
)


class PhoneDeskForm(NewSourceFields, NextStepFields, InquiryForm):
    """All that a door asks, with the door chosen on the page; and what only staff know.

    Consents are required of who was spoken with, as on the public form. Of others only what they
    agreed to themselves is ticked: nobody read them a wording.
    """

    source = forms.ChoiceField(
        label=_("It came by"),
        choices=[(one.value, one.label) for one in SOURCES],
        error_messages={"required": _("Choose how it came in.")},
    )
    for_whom = forms.ChoiceField(
        label=_("They call for"),
        choices=[
            (InquirerRole.SELF.value, _("Themselves")),
            (InquirerRole.FAMILY.value, _("A family member or friend")),
            (InquirerRole.PROFESSIONAL.value, _("Somebody they work with, as a professional")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose for whom they call.")},
    )
    referral_source = forms.ModelChoiceField(
        label=_("Who referred them, if in our list"),
        queryset=ReferralSource.objects.filter(is_active=True),
        required=False,
        empty_label="–",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("relationship", "organization", "source_kind", "next_step"):
            self.fields[name].required = False  # of whom they are required is told in `clean`
        for name, field in self.fields.items():
            if name in _LEAD and name in InquiryForm.base_fields:
                field.label, field.help_text = capfirst(_LEAD[name].verbose_name), ""
            # What a browser remembers is of another caller, or of the member of staff.
            if isinstance(field.widget, forms.TextInput | forms.Textarea):
                field.widget.attrs["autocomplete"] = "off"
        if not self.is_bound:
            self.fields["source"].widget.attrs["autofocus"] = True
        self.fields["source_organization"].label = _("Who referred them, if new: organization")
        self.fields["message"].label = _("What they said that helps us to call back")
        self.fields["message"].help_text = _("In their words. Nothing medical and nothing urgent.")
        if self.is_bound and self.data.get("source") not in LIVE:
            for topic in self.wordings:
                self.fields[consent_name(topic)].required = False

    def parts(self) -> Iterator[tuple[Part, list[BoundField]]]:
        """Yield the parts of the call with their fields; the consents are apart (`consents`)."""
        for part in PARTS:
            yield part, [self[name] for name in part.names]

    def consents(self) -> list[BoundField]:
        return [self[consent_name(topic)] for topic in self.wordings]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.role = InquirerRole(data.get("for_whom") or InquirerRole.SELF)
        for code in ("relationship", "patient_knows"):
            if code in _DOORS[self.role].left_out:
                data[code] = ""  # of the person themselves, or of no relative
        asked = {InquirerRole.FAMILY: "relationship", InquirerRole.PROFESSIONAL: "organization"}
        if (name := asked.get(self.role)) and not data.get(name):
            self._miss(name, self.fields[name].error_messages["required"])
        self._check_referral(data)
        return data

    def _check_referral(self, data: dict[str, Any]) -> None:
        """Find one source at most, and for a referral one."""
        known, new = data.get("referral_source"), data["new_source"]
        if known and new:
            self.add_error("referral_source", _("Choose one from the list, or type a new one."))
        elif data.get("source") == "referral" and not (known or new):
            self._miss("referral_source", _("Choose who referred them, or type who it was."))
        data["chosen_source"] = known or new

    def answers(self) -> dict[str, Any]:
        """Return what the person said, under the names of the public form."""
        asked = {*InquiryForm.base_fields, "role", "text_ok"}
        return {name: value for name, value in super().answers().items() if name in asked}

    def _suggests(self, step: NextStep) -> bool:
        return step == NextStep.SUGGESTED
