"""What all public forms share: each is stored whole, or shown again whole."""

import logging
from http import HTTPStatus
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from admissions import intake
from admissions.forms.base import PublicForm
from admissions.models import StatusAccess
from iop_site.views import UNAVAILABLE

logger = logging.getLogger("iop.forms")

_SALT = "admissions.receipt"
# How long a confirmation page shows the private code, and leads on without asking again.
CODE_SHOWN_SECONDS = 60 * 60
LEADS_ON_SECONDS = 24 * 60 * 60

PROBLEMS = {
    HTTPStatus.SERVICE_UNAVAILABLE: _(
        "We could not save your form just now. Nothing was sent. What you typed is still here: "
        "please send it again in a minute, or call us."
    ),
    HTTPStatus.FORBIDDEN: _(
        "Your form was not sent, because your browser did not send the cookie that protects it. "
        "What you typed is still here: please send it again. If this keeps happening, allow "
        "cookies for this site, or call us."
    ),
    HTTPStatus.GONE: _(
        "We keep a form for 24 hours, and the time of this one is over. What you typed on this "
        "page is still here: send it again, and we ask for the rest once more."
    ),
}


class PublicFormView(FormView):
    """A form that is stored whole, or shown again whole with what was typed.

    422 where something has to be mended, 503 where it could not be stored, 403 where the
    protection cookie is missing: never a page that says thank you for what is not there.
    """

    http_method_names = ["get", "head", "post", "options"]
    form_class: type[PublicForm]
    kind = ""

    def accept(self, form: Any) -> HttpResponse:
        """Make the one call into the workflow and say where to go on."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        if form.lacks_wordings:
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE, form)
        try:
            return self.accept(form)
        except UNAVAILABLE as error:
            logger.error(
                "form not stored", extra={"kind": self.kind, "error": type(error).__name__}
            )
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE, form)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )

    def show_unsent(self, status: HTTPStatus, form: PublicForm | None = None) -> HttpResponse:
        """Show the form with everything that was typed and say that it was not sent."""
        response = self.render_to_response(
            self.get_context_data(form=form or self.get_form(), problem=self.problem(status)),
            status=status,
        )
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            response["Retry-After"] = "30"
        return response

    def problem(self, status: HTTPStatus) -> str:
        """Return in words why the form was not sent."""
        return str(PROBLEMS[status])


def confirmed(kind: str, reference: str) -> HttpResponseRedirect:
    """Lead to the confirmation; its address holds a signed reference and nothing about anyone."""
    return HttpResponseRedirect(
        reverse("admissions:sent", args=[confirmation_token(kind, reference)])
    )


def confirmation_token(kind: str, reference: str) -> str:
    """Return the signed part of a confirmation's address, which also leads on to other forms."""
    return signing.dumps([kind, reference], salt=_SALT)


def read_confirmation(token: str, *, max_age: int | None = None) -> tuple[str, str] | None:
    """Return the kind and the reference of a confirmation's address, None where it is not ours.

    With `max_age` in seconds also None where the address is older.
    """
    try:
        kind, reference = signing.loads(token, salt=_SALT, max_age=max_age)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(kind), str(reference)


def access_of(token: str, *, max_age: int) -> StatusAccess | None:
    """Return what was handed out on a confirmation page not older than `max_age` seconds."""
    found = read_confirmation(token, max_age=max_age)
    if found is None:
        return None
    return StatusAccess.objects.select_related("lead").filter(reference=found[1]).first()


def sender_of(request: HttpRequest, form: PublicForm, access: StatusAccess | None) -> intake.Sender:
    """Return who sends a form, with what speaks against them."""
    return intake.Sender(access=access, suspicions=form.suspicions(request))


def gone(request: HttpRequest) -> HttpResponse:
    """Say that a link works no longer, the same for one that has run out and one that never was."""
    return render(request, "admissions/gone.html", status=HTTPStatus.NOT_FOUND)
