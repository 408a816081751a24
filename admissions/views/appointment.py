"""The page behind the link in a confirmation: how an appointment stands, to move or to cancel it.

The link never goes dead; it says what is so. No name stands there and nothing of where a request
stands, since others may open the mail and follow it.
"""

import contextlib
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from admissions import audit, booking, ics
from admissions.enums import ConsultationState, DraftKind
from admissions.exceptions import SlotTaken, WorkflowError
from admissions.forms.base import PublicForm
from admissions.forms.times import TimeForm
from admissions.models import Consultation
from admissions.views.consultation import ChoosesTime
from admissions.views.steps import begin_draft
from iop_site.views import UNAVAILABLE


def standing(consultation: Consultation) -> str:
    """Return "booked", "begun", "over" or "cancelled"; whether it was held is not said."""
    now = timezone.now()
    if consultation.state == ConsultationState.CANCELLED:
        return "cancelled"
    if consultation.state != ConsultationState.BOOKED or consultation.ends_at <= now:
        return "over"
    return "booked" if consultation.starts_at > now else "begun"


class AppointmentView(View):
    """How it stands. Posting to it goes on to a new one, where this one is cancelled or over."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        consultation = booking.by_token(token)
        if consultation is None:
            return _unknown(request)
        return render(request, "admissions/appointment.html", _context(consultation, token))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        consultation = booking.by_token(token)
        if consultation is None:
            return _unknown(request)
        if standing(consultation) in ("booked", "begun"):
            return redirect("admissions:appointment", token)
        if consultation.access is None:  # booked by staff: nobody was handed anything
            return redirect("admissions:consultation")
        return begin_draft(DraftKind.CONSULTATION, access=consultation.access)


class MoveForm(TimeForm):
    button = _("Move to this time")


class MoveView(ChoosesTime):
    """Another time, or another way to talk. Refused, it keeps the time it has."""

    template_name = "admissions/appointment_move.html"
    kind = "consultation"
    form_class = MoveForm
    consultation: Consultation | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            self.consultation = booking.by_token(kwargs["token"])
        except UNAVAILABLE:
            if request.method != "POST":
                raise
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE)
        if self.consultation is None:
            return _unknown(request)
        if standing(self.consultation) != "booked":
            return redirect("admissions:appointment", kwargs["token"])
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        if self.consultation is None:
            return {}
        at = self.consultation.starts_at
        return {"channel": self.consultation.channel, "starts_at": at.isoformat()}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"own": self.consultation}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **_context(self.consultation, self.kwargs["token"]), **kwargs
        )

    def accept(self, form: TimeForm) -> HttpResponse:
        assert self.consultation is not None  # noqa: S101  dispatch found it
        try:
            booking.move(
                consultation=self.consultation,
                starts_at=form.cleaned_data["starts_at"],
                channel=form.cleaned_data["channel"],
                by=audit.VISITOR,
            )
        except SlotTaken as refused:
            form.refuse(str(refused), refused.nearest)
            context = self.get_context_data(form=form)
            return self.render_to_response(context, status=HTTPStatus.CONFLICT)
        except WorkflowError:  # cancelled or begun meanwhile: its page says so
            pass
        return redirect("admissions:appointment", self.kwargs["token"])

    def show_unsent(self, status: HTTPStatus, form: PublicForm | None = None) -> HttpResponse:
        if status == HTTPStatus.FORBIDDEN:  # the protection cookie was missing: not dispatched
            self.consultation = booking.by_token(self.kwargs["token"])
            if self.consultation is None:
                return _unknown(self.request)
        return super().show_unsent(status, form)


class CancelView(View):
    """A page that asks once more, and the answer."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        consultation = booking.by_token(token)
        if consultation is None:
            return _unknown(request)
        if standing(consultation) != "booked":
            return redirect("admissions:appointment", token)
        context = _context(consultation, token)
        return render(request, "admissions/appointment_cancel.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        consultation = booking.by_token(token)
        if consultation is None:
            return _unknown(request)
        with contextlib.suppress(WorkflowError):  # begun or over: its page says so
            booking.cancel(consultation=consultation, by=audit.VISITOR)
        return redirect("admissions:appointment", token)


class CalendarFileView(View):
    """The appointment for a calendar, under a title that says nothing."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        consultation = booking.by_token(token)
        if consultation is None:
            return _unknown(request)
        return HttpResponse(
            ics.calendar_file(consultation),
            content_type=ics.CONTENT_TYPE,
            headers={
                "Content-Disposition": 'attachment; filename="call.ics"',
                "X-Robots-Tag": "noindex",
            },
        )


def _unknown(request: HttpRequest) -> HttpResponse:
    context = {"appointment": True}
    return render(request, "admissions/gone.html", context, status=HTTPStatus.NOT_FOUND)


def _context(consultation: Consultation | None, token: str) -> dict[str, Any]:
    """Return what the pages show of an appointment; nothing of it where it cannot be read now."""
    if consultation is None:
        return {"token": token}
    return {
        "token": token,
        "consultation": consultation,
        "standing": standing(consultation),
        "channel": consultation.channel,
        "starts_at": consultation.starts_at,
    }
