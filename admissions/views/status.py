"""The status page: with reference and code a family sees where its request stands, and acts on it.

Nothing is kept in the browser: the code opens an address with a signed reference that works for
`settings.STATUS_LINK_SECONDS`. Whatever is done there leads to such an address made anew.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from admissions import audit, consents, family_view, intake, private_codes
from admissions.enums import ConsentTopic, LeadSource
from admissions.exceptions import TooManyTries
from admissions.forms.status import (
    AddForm,
    DeletionForm,
    StatusAgainForm,
    StatusForm,
    WithdrawForm,
)
from admissions.models import StatusAccess
from admissions.views.base import PublicFormView
from iop_site.client_address import client_address
from iop_site.views import UNAVAILABLE

_SALT = "admissions.status"

# Said of a wrong reference, a wrong code and a right one that is refused for a while.
NOT_OPENED = _("This reference and this code do not open anything. Please check both.")
DONE = {
    "added": _("Thank you. What you added has reached admissions."),
    "taken-back": _("It is done. What you stopped is off from now on."),
    "deletion": _("Your wish has reached admissions."),
}


def shown(reference: str, *, done: str = "") -> HttpResponseRedirect:
    """Lead to where a request stands, and say there what was `done` (a key of `DONE`)."""
    token = signing.dumps([reference, done], salt=_SALT)
    return HttpResponseRedirect(reverse("admissions:status-view", args=[token]))


class StatusView(PublicFormView):
    """The way in."""

    template_name = "admissions/status.html"
    kind = "status"

    def get_form_class(self) -> type[StatusForm]:
        return StatusAgainForm if "message" in self.request.POST else StatusForm

    def accept(self, form: StatusForm) -> HttpResponse:
        data = form.cleaned_data
        try:
            access = private_codes.open_with(
                reference=data["reference"],
                code=data["code"],
                address=client_address(self.request),
            )
        except TooManyTries as refusal:
            return self._refused(form, HTTPStatus.TOO_MANY_REQUESTS, NOT_OPENED, str(refusal))
        if access is None:
            return self._refused(form, HTTPStatus.UNPROCESSABLE_ENTITY, NOT_OPENED)
        if "message" not in data:
            return shown(access.reference)
        intake.add_information(
            access=access, message=data["message"], idempotency_key=data["idempotency_key"]
        )
        return shown(access.reference, done="added")

    def _refused(self, form: StatusForm, status: HTTPStatus, *why: Any) -> HttpResponse:
        for text in why:
            form.add_error(None, text)
        response = self.render_to_response(self.get_context_data(form=form), status=status)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            response["Retry-After"] = str(int(private_codes.ADDRESS_WINDOW.total_seconds()))
        return response


class _BehindCode(View):
    """A page behind the code; without a link that works it asks for the code again."""

    @property
    def token(self) -> str:
        return str(self.kwargs["token"])

    @cached_property
    def opened(self) -> tuple[StatusAccess, str] | None:
        """The access that the link is for, and what was done; None where it does not work."""
        try:
            found = signing.loads(self.token, salt=_SALT, max_age=settings.STATUS_LINK_SECONDS)
            reference, done = found
        except (signing.BadSignature, ValueError, TypeError):
            return None
        access = StatusAccess.objects.select_related("lead").filter(reference=reference).first()
        return (access, str(done)) if access else None

    @property
    def access(self) -> StatusAccess:
        assert self.opened is not None  # noqa: S101  `dispatch` lets nobody else in
        return self.opened[0]

    def ask_again(self) -> HttpResponse:
        """Show the way in again, with what was typed meanwhile; 403."""
        message = self.request.POST.get("message", "")
        form_class = StatusAgainForm if message else StatusForm
        key = self.request.POST.get("idempotency_key", "")
        initial = {"message": message, "idempotency_key": key} if message else {}
        context = {"form": form_class(initial=initial), "ran_out": True}
        return render(self.request, "admissions/status.html", context, status=HTTPStatus.FORBIDDEN)


class StandingView(_BehindCode):
    """Where the request stands."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.opened is None:
            return self.ask_again()
        access, done = self.opened
        context = {
            "token": self.token,
            "reference": access.reference,
            "standing": family_view.standing(access),
            "done": DONE.get(done),
        }
        return render(request, "admissions/status_view.html", context)


class ActionView(_BehindCode, PublicFormView):
    """Something a family does there; subclasses say in `accept` what."""

    kind = "status"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            works = self.opened is not None
        except UNAVAILABLE:
            if request.method != "POST":
                raise
            return self.show_unsent(HTTPStatus.SERVICE_UNAVAILABLE)
        return super().dispatch(request, *args, **kwargs) if works else self.ask_again()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(token=self.token, **kwargs)


class AddView(ActionView):
    template_name = "admissions/status_add.html"
    form_class = AddForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.access.lead.is_open:
            return redirect("admissions:status-view", self.token)
        return super().get(request, *args, **kwargs)

    def accept(self, form: AddForm) -> HttpResponse:
        data = form.cleaned_data
        intake.add_information(
            access=self.access, message=data["message"], idempotency_key=data["idempotency_key"]
        )
        return shown(self.access.reference, done="added")


class WithdrawView(ActionView):
    template_name = "admissions/status_withdraw.html"
    form_class = WithdrawForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"offered": self._offered()}

    def _offered(self) -> Sequence[ConsentTopic]:
        """Return what is in force; everything, where it cannot be known, so that the tick stays."""
        try:
            if self.opened is not None:
                return consents.withdrawable(self.access.lead, self.access)
        except UNAVAILABLE:
            pass
        return list(consents.WITHDRAWABLE)

    def accept(self, form: WithdrawForm) -> HttpResponse:
        consents.withdraw(
            lead=self.access.lead,
            access=self.access,
            topics=form.cleaned_data["topics"],
            channel=LeadSource.WEB_STATUS,
            by=audit.VISITOR,
        )
        return shown(self.access.reference, done="taken-back")


class DeletionView(ActionView):
    template_name = "admissions/status_deletion.html"
    form_class = DeletionForm

    def accept(self, form: DeletionForm) -> HttpResponse:
        intake.request_deletion(access=self.access)
        return shown(self.access.reference, done="deletion")
