"""The inquiry's three doors, and the self-pay estimate."""

from typing import Any

from django.http import Http404, HttpResponse
from django.views.generic import TemplateView

from admissions import intake
from admissions.enums import LeadSource
from admissions.forms.inquiry import DOORS, EstimateForm, InquiryForm
from admissions.views.base import PublicFormView, confirmed, sender_of
from content.views import PublicPageMixin


class DoorsView(PublicPageMixin, TemplateView):
    """Who is this for? Three links, and help for who cannot wait; a page like those of texts."""

    template_name = "admissions/inquiry_doors.html"


class InquiryView(PublicFormView):
    template_name = "admissions/inquiry_form.html"
    kind = "inquiry"
    source = LeadSource.WEB_INQUIRY

    def get_form_class(self) -> type[InquiryForm]:
        try:
            return DOORS[self.kwargs["door"]]
        except KeyError:
            raise Http404 from None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(door=self.kwargs.get("door"), **kwargs)

    def accept(self, form: InquiryForm) -> HttpResponse:
        receipt = intake.submit_inquiry(
            answers=form.answers(),
            wordings=form.agreed_wordings(),
            idempotency_key=form.cleaned_data["idempotency_key"],
            sender=sender_of(self.request, form, None),
            source=self.source,
        )
        return confirmed(self.kind, receipt.reference)


class EstimateView(InquiryView):
    template_name = "admissions/estimate_form.html"
    kind = "estimate"
    source = LeadSource.WEB_ESTIMATE

    def get_form_class(self) -> type[InquiryForm]:
        return EstimateForm
