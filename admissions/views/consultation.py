"""Booking a time to talk: choose it, say who asks, be told that it is booked."""

from datetime import date
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from admissions import drafts, intake, slots, spam
from admissions.enums import DraftKind, Suspicion
from admissions.exceptions import AlreadyBooked, SlotTaken
from admissions.forms.base import PublicForm
from admissions.forms.consultation import (
    CHANGE,
    Choice,
    ConfirmForm,
    WhoForm,
    missing,
    missing_by,
)
from admissions.forms.times import TimeForm
from admissions.models import Consultation
from admissions.views.base import PublicFormView, confirmed
from admissions.views.steps import DiscardView, ResumeView, StepView, begin_draft
from iop_site.views import UNAVAILABLE

STEPS: dict[str, type[PublicForm]] = {"time": TimeForm, "you": WhoForm}


class ChoosesTime(PublicFormView):
    """A page with times. `?from=` says at which day it begins; rubbish there is ignored."""

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"first_day": _day(self.request.GET.get("from", ""))}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        if isinstance(form, TimeForm) and not (form.offered or form.is_away):
            self.template_name = "admissions/consultation_none.html"
        return context


class ConsultationView(ChoosesTime):
    """The first page: it begins the draft."""

    template_name = "admissions/consultation_time.html"
    kind = "consultation"
    form_class = TimeForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(step_number=1, step_count=len(STEPS), **kwargs)

    def accept(self, form: TimeForm) -> HttpResponse:
        return begin_draft(
            DraftKind.CONSULTATION,
            key=form.cleaned_data["idempotency_key"],
            first=("time", form.answers()),
            # Two clicks may be quick; whether all of it was is asked when it is sent.
            suspicions=spam.reasons_in(form.evidence()) - {Suspicion.TOO_FAST},
        )


class ConsultationStepView(StepView, ChoosesTime):
    """The time again, and who asks; sending the second books it."""

    draft_kind = DraftKind.CONSULTATION
    kind = "consultation"
    forms = STEPS
    nearest: list[slots.Slot] | None = None  # once `booking` has said so

    def steps_of(self, draft: Any) -> list[str]:
        return list(STEPS)

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        access = self.draft.access
        if access is not None and access.opened_lead:
            booked = Consultation.objects.upcoming().filter(lead=access.lead_id).first()
            if booked is not None:  # one at a time: they can move it
                return redirect("admissions:appointment", booked.token)
        return super().get(request, *args, **kwargs)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.step == "you" and CHANGE in request.POST:
            return self._go_back(self.get_form())
        return super().post(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        return [self.template_name or f"admissions/consultation_{self.step}.html"]

    def get_form_class(self) -> type[PublicForm]:
        if self.step == "you" and self._is_known():
            return ConfirmForm
        return super().get_form_class()

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        if self.step == "time":
            return kwargs
        del kwargs["first_day"]
        kwargs |= {"choice": self.choice, "nearest": self._nearest()}
        if self._is_known():
            access = self.draft.access
            kwargs |= missing(access, self.choice) if access else missing_by(self.request.POST)
        return kwargs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if self.choice is not None:
            kwargs |= {"starts_at": self.choice.starts_at, "way": self.choice.channel.label}
        return super().get_context_data(is_known=self._is_known(), **kwargs)

    def send(self, form: Any) -> HttpResponse:
        assert self.choice is not None  # noqa: S101  the last step cannot be reached without
        starts_at = form.cleaned_data["other_time"] or self.choice.starts_at
        channel = self.choice.channel
        answers = form.answers() | {"starts_at": starts_at.isoformat(), "channel": channel.value}
        try:
            receipt = intake.submit_consultation(
                answers=answers,
                wordings=form.agreed_wordings(),
                idempotency_key=self.draft.idempotency_key,
                starts_at=starts_at,
                channel=channel,
                draft=self.draft,
                sender=self.sender(form, answers=answers),
            )
        except SlotTaken as refused:
            return self._refused(refused)
        except AlreadyBooked as refused:
            return redirect("admissions:appointment", refused.consultation.token)
        return confirmed(self.kind, receipt.reference)

    @property
    def choice(self) -> Choice | None:
        """Return what the page showed that is being sent; else what was chosen last."""
        kept = self.draft.answers.get("time", {})
        return Choice.of_page(self.request.POST) or Choice.read(
            kept.get("starts_at"), kept.get("channel")
        )

    def _is_known(self) -> bool:
        """Return whether they told us before who they are."""
        if self.draft.pk is None:  # it cannot be read now: what did their page ask?
            return "first_name" not in self.request.POST
        return self.draft.access is not None

    def _nearest(self) -> list[slots.Slot]:
        """Return what can be had instead of the chosen time, nothing where that still can."""
        choice = self.choice
        if self.nearest is not None or choice is None:
            return self.nearest or []
        try:
            if slots.is_offered(choice.starts_at, choice.channel):
                return []
            return slots.nearest(choice.starts_at, choice.channel)
        except UNAVAILABLE:  # what was typed counts for more
            return []

    def _refused(self, refused: SlotTaken) -> HttpResponse:
        self.nearest = refused.nearest
        form = self.get_form()
        form.refuse(str(refused))
        context = self.get_context_data(form=form)
        return self.render_to_response(context, status=HTTPStatus.CONFLICT)

    def _go_back(self, form: Any) -> HttpResponse:
        """Keep what was typed, right or wrong, and show the times."""
        try:
            drafts.keep(self.draft, step="you", answers=form.typed())
        except drafts.DraftOver:
            return self.show_over()
        except UNAVAILABLE:
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE, form)
        return HttpResponseRedirect(self.url_of("time"))


class ConsultationResumeView(ResumeView):
    step_view = ConsultationStepView


class ConsultationDiscardView(DiscardView):
    draft_kind = DraftKind.CONSULTATION


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
