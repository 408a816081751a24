"""The lead in the admin: a list to find it in, a page to work on it."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import booking, consents, estimates, quarantine, safe_contact, search, triage
from admissions.admin.card_photo import card_photo
from admissions.enums import ConsultationState
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.forms.desk import (
    AttemptForm,
    BookForm,
    ConsultationForm,
    DeskForm,
    MoveForm,
    NoteForm,
    RebookForm,
    VerificationForm,
    WithdrawForm,
)
from admissions.models import CardPhoto, Consultation, Lead
from admissions.sheet import asked_and_answered
from admissions.timeline import timeline


@dataclass(frozen=True)
class Action:
    """Something a member of staff does to a lead: its form, its verb, what is said after it."""

    form: type[DeskForm]
    run: Callable[[Lead, User, dict[str, Any]], object]
    done: Any


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
    "attempt": Action(
        AttemptForm,
        lambda lead, by, data: triage.log_attempt(
            lead=lead,
            by=by,
            channel=data["channel"],
            result=data["result"],
            note=data["note"],
            next_follow_up_at=data["next_follow_up_at"],
        ),
        gettext_lazy("The attempt is logged."),
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
            reason=data["reason"],
            referred_to=data["referred_to"],
            note=data["note"],
        ),
        gettext_lazy("The status is changed."),
    ),
    "verification": Action(
        VerificationForm,
        lambda lead, by, data: triage.set_verification(
            lead=lead, by=by, version=data["version"], to=data["to"]
        ),
        gettext_lazy("The verification is updated."),
    ),
    "estimate": Action(
        DeskForm,
        lambda lead, by, data: triage.record_estimate_delivered(
            lead=lead, by=by, version=data["version"]
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
}


class HeldFilter(admin.SimpleListFilter):
    title = gettext_lazy("held as suspected spam")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Held"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.quarantined() if self.value() == "yes" else queryset


@admin.register(Lead)
class LeadAdmin(admin.ModelAdmin):
    list_display = ("reference", "name", "status", "vob_status", "track", "owner", "received_at")
    list_filter = ("status", HeldFilter, "vob_status", "track", "source", "age_band")
    list_select_related = ("track", "owner")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("reference",)  # what is really searched: get_search_results
    search_help_text = gettext_lazy(
        "Reference, phone in any format or its last four digits, e-mail, or words of the name"
    )
    actions = None

    @admin.display(description=gettext_lazy("name"))
    def name(self, lead: Lead) -> str:
        return f"{lead.first_name} {lead.last_name}".strip()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lead], search_term: str
    ) -> tuple[QuerySet[Lead], bool]:
        return search.find(queryset, search_term), False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:lead_id>/<slug:action>/",
                self.admin_site.admin_view(self.act),
                name="admissions_lead_act",
            ),
            path(
                "<int:lead_id>/card/<int:photo_id>/",
                self.admin_site.admin_view(self.card),
                name="admissions_lead_card",
            ),
        ]
        stock = [url for url in super().get_urls() if url.name != "admissions_lead_history"]
        known = [url for url in stock if "change" in str(url.name)]
        return known + own + [url for url in stock if url not in known]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the lead's page. It is changed by the actions on it, never by a plain save."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        lead = self._lead_or_404(request, object_id)
        triage.open_lead(lead=lead, by=_user(request))
        return self._page(request, lead)

    def act(self, request: HttpRequest, lead_id: int, action: str) -> HttpResponse:
        """Do one thing to a lead; refused, its page is shown again with what was typed."""
        if action not in ACTIONS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lead, user, todo = self._lead_or_404(request, lead_id), _user(request), ACTIONS[action]
        form = todo.form(request.POST, lead=lead, by=user)
        if not form.is_valid():
            messages.error(request, _("Nothing was saved. Please look at the marked fields."))
            return self._page(request, lead, HTTPStatus.UNPROCESSABLE_ENTITY, {action: form})
        try:
            todo.run(lead, user, form.cleaned_data)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from None
        except WorkflowError as error:
            messages.error(request, str(error))
            lead.refresh_from_db()
            # The version on the page is the new one: who reads it may decide again.
            data = request.POST.copy()
            data["version"] = str(lead.version)
            form = todo.form(data, lead=lead, by=user)
            return self._page(request, lead, HTTPStatus.CONFLICT, {action: form})
        messages.success(request, todo.done)
        if request.POST.get("back") == "queue":
            return redirect("admin:index")
        return redirect("admin:admissions_lead_change", lead.pk)

    def card(self, request: HttpRequest, lead_id: int, photo_id: int) -> HttpResponse:
        """Show a photo of the lead's insurance card."""
        lead = self._lead_or_404(request, lead_id)
        return card_photo(request, lead=lead, photo_id=photo_id, by=_user(request))

    def _lead_or_404(self, request: HttpRequest, lead_id: object) -> Lead:
        lead = self.get_object(request, str(lead_id))
        if lead is None:
            raise Http404
        if not self.has_view_or_change_permission(request, lead):
            raise PermissionDenied
        return lead

    def _page(
        self,
        request: HttpRequest,
        lead: Lead,
        status: HTTPStatus = HTTPStatus.OK,
        bound: dict[str, DeskForm] | None = None,
    ) -> HttpResponse:
        user = _user(request)
        forms = {
            name: (bound or {}).get(name) or action.form(lead=lead, by=user)
            for name, action in ACTIONS.items()
        }
        context = {
            **self.admin_site.each_context(request),
            "title": _("Lead %(reference)s") % {"reference": lead.reference},
            "opts": self.opts,
            "lead": lead,
            "sheet": asked_and_answered(lead),
            "card_photos": CardPhoto.objects.filter(form__lead=lead)
            .order_by("-form__received_at", "-side")
            .defer("image"),
            "safe_contact": safe_contact.rules(lead),
            **_consultations(lead),
            "consents": lead.consents.select_related("wording", "access"),
            "estimate_days_left": estimates.days_left(lead, today=timezone.localdate()),
            "timeline": timeline(lead),
            "forms": forms,
            "is_mine": lead.owner_id == user.pk,
        }
        return TemplateResponse(request, "admin/admissions/lead/page.html", context, status=status)


def _consultations(lead: Lead) -> dict[str, list[Consultation]]:
    """Return the lead's consultations: those that can still be changed, and the others."""
    booked, now = ConsultationState.BOOKED, timezone.now()
    every = list(Consultation.objects.filter(lead=lead))
    to_come = [one for one in every if one.state == booked and one.starts_at > now]
    return {"to_come": to_come, "past": [one for one in reversed(every) if one not in to_come]}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  admin_view lets nobody else in
    return request.user
