"""The public forms and what follows them. None of these pages is kept by a browser or a proxy."""

import logging
from http import HTTPStatus
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView

from admissions import intake
from admissions.forms.base import PublicForm
from admissions.forms.inquiry import InquiryForm
from admissions.forms.insurance import InsuranceForm
from iop_site.views import UNAVAILABLE

logger = logging.getLogger("iop.forms")

_SALT = "admissions.receipt"


class PublicFormView(FormView):
    """A form that is stored whole, or shown again whole with what was typed.

    422 where something has to be mended, 503 where it could not be stored, 403 where the
    protection cookie is missing: never a page that says thank you for what is not there.
    """

    http_method_names = ["get", "head", "post", "options"]
    form_class: type[PublicForm]
    kind = ""

    def submit(self, **submission: Any) -> intake.Receipt:
        """Make the one call into the workflow."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        if form.lacks_wordings:
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE, form)
        try:
            receipt = self.submit(
                answers=form.answers(),
                wordings=form.agreed_wordings(),
                idempotency_key=form.cleaned_data["idempotency_key"],
            )
        except UNAVAILABLE as error:
            logger.error(
                "form not stored", extra={"kind": self.kind, "error": type(error).__name__}
            )
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE, form)
        token = signing.dumps([self.kind, receipt.reference], salt=_SALT)
        return HttpResponseRedirect(reverse("admissions:sent", args=[token]))

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )

    def show_unsent(self, status: HTTPStatus, form: PublicForm | None = None) -> HttpResponse:
        """Show the form with everything that was typed and say that it was not sent."""
        response = self.render_to_response(
            self.get_context_data(form=form or self.get_form(), problem=_PROBLEMS[status]),
            status=status,
        )
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            response["Retry-After"] = "30"
        return response


_PROBLEMS = {
    HTTPStatus.SERVICE_UNAVAILABLE: _(
        "We could not save your form just now. Nothing was sent. What you typed is still here: "
        "please send it again in a minute, or call us."
    ),
    HTTPStatus.FORBIDDEN: _(
        "Your form was not sent, because your browser did not send the cookie that protects it. "
        "What you typed is still here: please send it again. If this keeps happening, call us."
    ),
}


class InquiryView(PublicFormView):
    form_class = InquiryForm
    template_name = "admissions/inquiry_form.html"
    kind = "inquiry"

    def submit(self, **submission: Any) -> intake.Receipt:
        return intake.submit_inquiry(**submission)


class InsuranceView(PublicFormView):
    form_class = InsuranceForm
    template_name = "admissions/insurance_form.html"
    kind = "insurance"

    def submit(self, **submission: Any) -> intake.Receipt:
        return intake.submit_insurance(**submission)


class SentView(TemplateView):
    """The confirmation. Its address holds a signed reference and nothing about anyone."""

    template_name = "admissions/sent.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            kind, reference = signing.loads(kwargs["token"], salt=_SALT)
        except (signing.BadSignature, ValueError, TypeError):
            raise Http404 from None
        return self.render_to_response(self.get_context_data(kind=kind, reference=reference))
