"""Having the insurance checked: six short pages over an encrypted draft, photos among them."""

import contextlib
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from admissions import card_photos, intake, member_id, spam
from admissions.enums import CardSide, DraftKind
from admissions.forms.base import PublicForm
from admissions.forms.insurance import PhotosForm, WhoForm
from admissions.forms.insurance_check import FORMS, Part, summary
from admissions.models import Draft
from admissions.views.base import PublicFormView, confirmation_token, confirmed, gone
from admissions.views.steps import DiscardView, ResumeView, StepView, begin_draft
from iop_site.views import UNAVAILABLE
from programs.models import Payer

PHOTOS_AGAIN = _("A page cannot keep photos. Please choose them again.")
NOT_SENT = _(
    "We could not send your form just now. Nothing was sent. We still have your answers: please "
    "send it again in a minute, or call us."
)


class InsuranceView(PublicFormView):
    """The first page: it begins the draft."""

    template_name = "admissions/insurance_who.html"
    kind = "insurance"
    form_class = WhoForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(step_number=1, step_count=len(FORMS), **kwargs)

    def accept(self, form: WhoForm) -> HttpResponse:
        return begin_draft(
            DraftKind.INSURANCE,
            key=form.cleaned_data["idempotency_key"],
            first=("who", form.answers()),
            suspicions=spam.reasons_in(form.evidence()),
        )


class InsuranceStepView(StepView):
    draft_kind = DraftKind.INSURANCE
    kind = "insurance"
    forms = FORMS
    received: frozenset[str] = frozenset()  # the sides of the card that we have

    def steps_of(self, draft: Draft) -> list[str]:
        """Return the steps; who goes on from another form has said there how to reach them."""
        return [step for step in FORMS if step != "reach" or draft.access_id is None]

    def use(self, draft: Draft) -> None:
        super().use(draft)
        self.received = frozenset(draft.photos.values_list("side", flat=True))

    def get_template_names(self) -> list[str]:
        return [f"admissions/insurance_{self.step}.html"]

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs() | {"draft": self.draft, "received": self.received}
        if self.step == "who":
            kwargs["asks_role"] = self._asks_role()
        return kwargs

    def _asks_role(self) -> bool:
        if self.draft.pk is None:  # it cannot be read now: what did their page ask?
            return "relationship" in self.request.POST
        return self.draft.access_id is None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(received=self.received, **kwargs)
        access = self.draft.access
        if self.step == "coverage" and access is not None:
            context["estimate_token"] = confirmation_token(self.kind, access.reference)
        if self.step == "check" and self.draft.pk is not None:
            context["parts"] = self._summary()
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        side = request.POST.get("remove")
        if self.step == "photos" and side in CardSide.values:
            return self._remove(CardSide(side))
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Keep a good photo also where the other side is missing or cannot be taken."""
        if self.step == "photos" and form.arrived_whole:
            with contextlib.suppress(*UNAVAILABLE):
                self._store(form)
        return super().form_invalid(form)

    def keep(self, form: Any) -> None:
        if self.step == "photos":
            self._store(form)
        if self.step != "check" and not form.errors:
            super().keep(form)

    def send(self, form: PublicForm) -> HttpResponse:
        receipt = intake.submit_insurance(
            answers=form.answers(),
            wordings=form.agreed_wordings(),
            idempotency_key=self.draft.idempotency_key,
            draft=self.draft,
            sender=self.sender(form),
        )
        return confirmed(self.kind, receipt.reference)

    def problem(self, status: HTTPStatus) -> str:
        if self.step == "check" and status == HTTPStatus.SERVICE_UNAVAILABLE:
            return str(NOT_SENT)
        words = super().problem(status)
        return f"{words} {PHOTOS_AGAIN}" if self.step == "photos" else words

    def show_anew(self) -> HttpResponse:
        # On the last page nothing was typed.
        return gone(self.request) if self.step == "check" else super().show_anew()

    def _store(self, form: PhotosForm) -> None:
        """Keep each photo that is one; the other stays an error of the form."""
        for side in CardSide:
            file = form.cleaned_data.pop(side, None)  # once: what is refused shows the form again
            if not file:
                continue
            try:
                card_photos.store(draft=self.draft, side=side, data=file.read())
            except card_photos.BadCardPhoto as refused:
                form.add_error(side, str(refused))
            else:
                self.received |= {side.value}
        form.show_received(self.received)

    def _remove(self, side: CardSide) -> HttpResponse:
        try:
            card_photos.remove(draft=self.draft, side=side)
        except UNAVAILABLE:
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE)
        return HttpResponseRedirect(self.url_of(self.step))

    def _summary(self) -> list[Part]:
        coverage = self.draft.answers.get("coverage", {})
        payer = None
        with contextlib.suppress(*UNAVAILABLE):  # without it, the hints are fewer
            payer = Payer.objects.filter(slug=coverage.get("payer", "")).first()
        return summary(
            self.draft,
            self.steps_of(self.draft)[:-1],
            received=self.received,
            hints=member_id.hints(coverage.get("member_id", ""), payer),
        )


class InsuranceResumeView(ResumeView):
    step_view = InsuranceStepView


class InsuranceDiscardView(DiscardView):
    draft_kind = DraftKind.INSURANCE
