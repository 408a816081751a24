"""What staff do to a lead on its page: each action with its form, its verb, what is said after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from admissions import (
    booking,
    consents,
    details,
    disclosures,
    erasure,
    quarantine,
    referrals,
    self_pay,
    signed_consents,
    triage,
    verification,
)
from admissions.enums import ConsultationState, LeadStatus
from admissions.forms.desk import (
    AssignForm,
    AttemptForm,
    BookForm,
    CloseForm,
    ConsultationForm,
    DeskForm,
    FollowUpForm,
    HandOverForm,
    MoveForm,
    NoteForm,
    RebookForm,
    VerificationForm,
    WithdrawForm,
)
from admissions.forms.details import AdoptForm, DetailsForm
from admissions.forms.disclosures import DisclosureForm, RevokeForm, SignForm
from admissions.forms.erasure import EraseForm, HoldForm
from admissions.forms.estimate import DeliveredForm
from admissions.forms.referrals import NewSourceForm, ReferOutForm, SourceForm
from admissions.models import Lead
from iop_site.roles import COORDINATOR, MANAGER


@dataclass(frozen=True)
class Action:
    """Something a member of staff does to a lead: its form, its verb, what is said after it."""

    form: type[DeskForm]
    run: Callable[[Lead, User, dict[str, Any]], object]
    done: Any
    roles: tuple[str, ...] = (COORDINATOR, MANAGER)


ACTIONS: dict[str, Action] = {
    "claim": Action(
        DeskForm,
        lambda lead, by, data: triage.claim(lead=lead, by=by),
        gettext_lazy("This lead is yours."),
    ),
    "release": Action(
        DeskForm,
        lambda lead, by, data: triage.release(lead=lead, by=by),
        gettext_lazy("The lead is back in the queue."),
    ),
    "assign": Action(
        AssignForm,
        lambda lead, by, data: triage.assign(
            lead=lead, by=by, version=data["version"], to=data["to"]
        ),
        gettext_lazy("The lead is assigned."),
    ),
    "handover": Action(
        HandOverForm,
        lambda lead, by, data: triage.hand_over(
            lead=lead, by=by, version=data["version"], to=data["to"], note=data["note"]
        ),
        gettext_lazy("The lead is handed over, with your note."),
    ),
    "attempt": Action(
        AttemptForm,
        lambda lead, by, data: triage.log_attempt(
            lead=lead,
            by=by,
            channel=data["channel"],
            result=data["result"],
            note=data["note"],
            next_follow_up_at=data["at"],
            no_next_step=data["knowingly_none"],
            against_wishes=data.get("against_wishes", False),
        ),
        gettext_lazy("The attempt is logged."),
    ),
    "followup": Action(
        FollowUpForm,
        lambda lead, by, data: triage.set_follow_up(
            lead=lead, by=by, version=data["version"], at=data["at"]
        ),
        gettext_lazy("The next step is set."),
    ),
    "note": Action(
        NoteForm,
        lambda lead, by, data: triage.add_note(lead=lead, by=by, text=data["text"]),
        gettext_lazy("The note is kept."),
    ),
    "move": Action(
        MoveForm,
        lambda lead, by, data: triage.transition(
            lead=lead,
            by=by,
            version=data["version"],
            to=data["to"],
            note=data["note"],
        ),
        gettext_lazy("The status is changed."),
    ),
    "close": Action(
        CloseForm,
        lambda lead, by, data: triage.transition(
            lead=lead,
            by=by,
            version=data["version"],
            to=LeadStatus.CLOSED,
            reason=data["reason"],
            referred_to=data["referred_to"],
            note=data["note"],
        ),
        gettext_lazy("The lead is closed."),
    ),
    "details": Action(
        DetailsForm,
        lambda lead, by, data: details.change(
            lead=lead,
            by=by,
            version=data["version"],
            changes=data["changes"],
            told_by=data["told_by"],
        ),
        gettext_lazy("The details are saved."),
    ),
    "adopt": Action(
        AdoptForm,
        lambda lead, by, data: details.adopt_contact(
            lead=lead, by=by, version=data["version"], offer=data["offer"]
        ),
        gettext_lazy("It is on the lead now. Ask what they allow there."),
    ),
    "verification": Action(
        VerificationForm,
        lambda lead, by, data: verification.set_status(
            lead=lead, by=by, version=data["version"], to=data["to"]
        ),
        gettext_lazy("The verification is updated."),
    ),
    "vob-take": Action(
        DeskForm,
        lambda lead, by, data: verification.take(lead=lead, by=by),
        gettext_lazy("This insurance check is yours."),
    ),
    "vob-back": Action(
        DeskForm,
        lambda lead, by, data: verification.give_back(lead=lead, by=by),
        gettext_lazy("The insurance check is back in the queue."),
    ),
    "estimate": Action(
        DeliveredForm,
        lambda lead, by, data: self_pay.deliver(
            lead=lead,
            by=by,
            version=data["version"],
            how=data["how"],
            estimate=data["estimate"],
        ),
        gettext_lazy("The delivery of the estimate is recorded."),
    ),
    "book": Action(
        BookForm,
        lambda lead, by, data: booking.book(
            lead=lead,
            by=by,
            starts_at=data["starts_at"],
            channel=data["channel"],
            idempotency_key=data["key"],
        ),
        gettext_lazy("The consultation is booked."),
    ),
    "rebook": Action(
        RebookForm,
        lambda lead, by, data: booking.move(
            consultation=data["consultation"],
            by=by,
            starts_at=data["starts_at"],
            channel=data["channel"],
        ),
        gettext_lazy("The consultation is moved."),
    ),
    "cancel": Action(
        ConsultationForm,
        lambda lead, by, data: booking.cancel(consultation=data["consultation"], by=by),
        gettext_lazy("The consultation is cancelled."),
    ),
    "held": Action(
        ConsultationForm,
        lambda lead, by, data: booking.end(
            consultation=data["consultation"], state=ConsultationState.HELD, by=by
        ),
        gettext_lazy("It is recorded that the consultation was held."),
    ),
    "no-show": Action(
        ConsultationForm,
        lambda lead, by, data: booking.end(
            consultation=data["consultation"], state=ConsultationState.NO_SHOW, by=by
        ),
        gettext_lazy("It is recorded that they were not there."),
    ),
    "source": Action(
        SourceForm,
        lambda lead, by, data: referrals.set_source(
            lead=lead, by=by, version=data["version"], source=data["referral_source"]
        ),
        gettext_lazy("The referral source is set."),
    ),
    "new_source": Action(
        NewSourceForm,
        lambda lead, by, data: referrals.set_source(
            lead=lead, by=by, version=data["version"], source=data["new_source"]
        ),
        gettext_lazy("The referral source is set, and in the list for others."),
    ),
    "refer": Action(
        ReferOutForm,
        lambda lead, by, data: referrals.refer_out(lead=lead, by=by, **data),
        gettext_lazy("It is kept where they were referred to."),
    ),
    "disclose": Action(
        DisclosureForm,
        lambda lead, by, data: disclosures.record(lead=lead, by=by, **data),
        gettext_lazy("It is kept to whom it was given, and what."),
    ),
    "withdraw": Action(
        WithdrawForm,
        lambda lead, by, data: consents.withdraw(
            lead=lead, by=by, topics=data["topics"], channel=data["channel"]
        ),
        gettext_lazy("What they took back is off from now on."),
    ),
    "trust": Action(
        DeskForm,
        lambda lead, by, data: quarantine.release(lead=lead, by=by, version=data["version"]),
        gettext_lazy("The lead is released and waits in the queue."),
    ),
    "spam": Action(
        DeskForm,
        lambda lead, by, data: quarantine.confirm(lead=lead, by=by, version=data["version"]),
        gettext_lazy("The lead is closed as spam."),
    ),
    "sign": Action(
        SignForm,
        lambda lead, by, data: signed_consents.record(lead=lead, by=by, **data),
        gettext_lazy("The signed consent is recorded."),
    ),
    "revoke": Action(
        RevokeForm,
        lambda lead, by, data: signed_consents.revoke(consent=data["signed"], by=by),
        gettext_lazy("The consent is taken back. Nothing more may be given by it."),
    ),
    "hold": Action(
        HoldForm,
        lambda lead, by, data: erasure.set_hold(lead=lead, by=by, **data),
        gettext_lazy("It is recorded whether the law makes us keep it."),
        (MANAGER,),
    ),
    "erase": Action(
        EraseForm,
        lambda lead, by, data: erasure.erase(
            lead=lead, by=by, version=data["version"], why=data["why"]
        ),
        gettext_lazy("The lead is erased."),
        (MANAGER,),
    ),
}
