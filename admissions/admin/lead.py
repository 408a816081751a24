"""A lead's page in the admin: who it is, what may be done, what happened."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import (
    audit,
    clocks,
    details,
    masking,
    presence,
    safe_contact,
    triage,
)
from admissions.admin.card_photo import card_photo
from admissions.admin.lead_actions import ACTIONS
from admissions.admin.lead_list import LeadListAdmin
from admissions.enums import ConsultationState, EventKind
from admissions.exceptions import NotAllowed, StaleVersion, WorkflowError
from admissions.forms.desk import DeskForm
from admissions.forms.details import WITHHELD, DetailsForm, Difference
from admissions.models import CardPhoto, Consultation, Lead
from admissions.office_hours import Schedule
from admissions.sheet import asked_and_answered
from admissions.timeline import Entry, Timeline, timeline
from iop_site.roles import has_role

PRINTED = 500  # events on a print


# The lists from whose rows something is done to a lead; there one goes on.
BACK = {"queue": "admin:index", "checks": "admin:verification_desk"}


@admin.register(Lead)
class LeadAdmin(LeadListAdmin):
    """The list is `LeadListAdmin`; here is the page."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        pages = (
            ("reveal/", self.reveal, "reveal"),
            ("presence/", self.presence, "presence"),
            ("print/", self.print_view, "print"),
            ("<slug:action>/", self.act, "act"),
            ("card/<int:photo_id>/", self.card, "card"),
        )
        own = [
            path(
                f"<int:lead_id>/{rest}",
                self.admin_site.admin_view(view),
                name=f"admissions_lead_{name}",
            )
            for rest, view, name in pages
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
        lead = self._lead_or_404(request, object_id, "open")
        triage.open_lead(lead=lead, by=_user(request))
        return self._page(request, lead)

    def act(self, request: HttpRequest, lead_id: int, action: str) -> HttpResponse:
        """Do one thing to a lead; refused, its page is shown again with what was typed."""
        if action not in ACTIONS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lead, user = self._lead_or_404(request, lead_id, action), _user(request)
        todo = ACTIONS[action]
        if not has_role(user, *todo.roles):
            audit.record_refusal(lead=lead, by=user, act=action, error=NotAllowed())
            raise PermissionDenied
        form = todo.form(request.POST, lead=lead, by=user)
        if not form.is_valid():
            messages.error(request, _("Nothing was saved. Please look at the marked fields."))
            return self._page(request, lead, HTTPStatus.UNPROCESSABLE_ENTITY, bound={action: form})
        try:
            todo.run(lead, user, form.cleaned_data)
        except WorkflowError as error:
            audit.record_refusal(lead=lead, by=user, act=action, error=error)
            if isinstance(error, NotAllowed):
                raise PermissionDenied(str(error)) from None
            return self._refused(request, lead, action, error)
        messages.success(request, todo.done)
        if page := BACK.get(request.POST.get("back", "")):
            return redirect(page)
        return redirect("admin:admissions_lead_change", lead.pk)

    def reveal(self, request: HttpRequest, lead_id: int) -> HttpResponse:
        """Show the page once with what stands masked on it, after that is recorded."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lead, user = self._lead_or_404(request, lead_id, "reveal"), _user(request)
        _record_reading(lead, user, EventKind.REVEALED, _person(lead)["sensitive"])
        return self._page(request, lead, revealed=True)

    def print_view(self, request: HttpRequest, lead_id: int) -> HttpResponse:
        """Show one clean page of the lead to print, masked; that is recorded."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        lead, user = self._lead_or_404(request, lead_id, "print"), _user(request)
        _record_reading(lead, user, EventKind.PRINTED)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Lead %(reference)s") % {"reference": lead.reference},
            "timeline": timeline(lead, most=PRINTED),
            "printed_at": timezone.now(),
            **_person(lead),
        }
        return TemplateResponse(request, "admin/admissions/lead/print.html", context)

    def presence(self, request: HttpRequest, lead_id: int) -> HttpResponse:
        """Keep that the page is still looked at, and return in words who else does."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lead, user = self._lead_or_404(request, lead_id, "presence"), _user(request)
        presence.seen(lead, user)
        return JsonResponse({"words": presence.in_words(presence.others(lead, user))})

    def card(self, request: HttpRequest, lead_id: int, photo_id: int) -> HttpResponse:
        """Show a photo of the lead's insurance card."""
        lead = self._lead_or_404(request, lead_id, "card")
        return card_photo(request, lead=lead, photo_id=photo_id, by=_user(request))

    def _lead_or_404(self, request: HttpRequest, lead_id: object, act: str) -> Lead:
        """Return a lead that the member of staff may see; who guesses is in the audit."""
        lead: Lead | None = self.get_object(request, str(lead_id))
        if lead is not None and self.has_view_or_change_permission(request, lead):
            return lead
        error = NotAllowed() if lead else Lead.DoesNotExist()
        audit.record_refusal(lead=lead, by=_user(request), act=act, error=error)
        raise PermissionDenied if lead else Http404

    def _refused(
        self, request: HttpRequest, lead: Lead, action: str, error: WorkflowError
    ) -> HttpResponse:
        """Show the page as it is now, with what was typed and, where it changed, with what did."""
        messages.error(request, str(error))
        lead.refresh_from_db()
        # The version on the page is the new one: who reads it may decide again.
        data = request.POST.copy()
        data["version"] = str(lead.version)
        form = ACTIONS[action].form(data, lead=lead, by=_user(request))
        stale = isinstance(error, StaleVersion)
        return self._page(request, lead, HTTPStatus.CONFLICT, bound={action: form}, stale=stale)

    def _page(
        self,
        request: HttpRequest,
        lead: Lead,
        status: HTTPStatus = HTTPStatus.OK,
        *,
        bound: dict[str, DeskForm] | None = None,
        stale: bool = False,
        revealed: bool = False,
    ) -> HttpResponse:
        """Show the lead.

        `bound` are forms to show again, `stale` says that they were made on a lead that has changed
        since: then with what changed.
        """
        user, schedule = _user(request), Schedule.load()
        presence.seen(lead, user)
        forms: dict[str, Any] = {
            name: (bound or {}).get(name) or action.form(lead=lead, by=user)
            for name, action in ACTIONS.items()
        }
        for name in ("attempt", "followup"):
            forms[name].offer(schedule)
        person = _person(lead, revealed=revealed)
        if not revealed:
            forms["details"].withhold(person["sensitive"])
        happened = timeline(lead, before=_number(request.GET.get("before")))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Lead %(reference)s") % {"reference": lead.reference},
            "opts": self.opts,
            "looking": presence.in_words(presence.others(lead, user)),
            "clocks": clocks.clocks(lead, schedule),
            "promise": clocks.promise(lead, schedule, now=timezone.now()),
            "card_photos": CardPhoto.objects.filter(form__lead=lead)
            .order_by("-form__received_at", "-side")
            .defer("image"),
            **person,
            **_consultations(lead),
            "consents": lead.consents.select_related("wording", "access"),
            "referrals": lead.outbound_referrals.select_related("source", "level_of_care", "by"),
            "disclosures": lead.disclosures.select_related("by"),
            "timeline": happened,
            "changed": _since(request.POST.get("seen"), happened) if stale else [],
            "differences": _differences(forms["details"]) if stale else [],
            "forms": forms,
            "is_mine": lead.owner_id == user.pk,
        }
        return TemplateResponse(request, "admin/admissions/lead/page.html", context, status=status)


def _person(lead: Lead, *, revealed: bool = False) -> dict[str, Any]:
    """Return what a page says of who it is, what they sent, and how they may be reached.

    `sensitive` are the fields that stand masked unless `revealed`.
    """
    sheet, may_contact = asked_and_answered(lead, revealed=revealed), safe_contact.may_contact(lead)
    in_clear = may_contact.allowed or revealed
    own = ("patient_name",) if may_contact.allowed else WITHHELD
    return {
        "lead": lead,
        "sheet": sheet,
        "safe_contact": safe_contact.rules(lead),
        "may_contact": may_contact.allowed,
        "phone": lead.phone if in_clear or not lead.phone else masking.ends(lead.phone),
        "email": lead.email if in_clear or not lead.email else masking.address(lead.email),
        "patient": lead.patient_name if revealed else masking.initials(lead.patient_name),
        "offers": details.offers(lead) if in_clear else [],
        "sensitive": {name for one in sheet for name in one.sensitive}
        | {name for name in own if getattr(lead, name)},
        "is_revealed": revealed,
    }


def _record_reading(lead: Lead, by: User, kind: EventKind, fields: Collection[str] = ()) -> None:
    try:
        triage.read_sensitive(lead=lead, by=by, kind=kind, fields=fields)
    except NotAllowed as error:
        audit.record_refusal(lead=lead, by=by, act=str(kind), error=error)
        raise PermissionDenied(str(error)) from None


def _since(seen: str | None, happened: Timeline) -> list[Entry]:
    """Return what was done after the last event that a page showed, or the latest few."""
    done = [one for one in happened if one.sequence and one.kind != EventKind.REFUSED]
    last = _number(seen)
    return done[:3] if last is None else [one for one in done if one.sequence > last]


def _differences(form: DetailsForm) -> list[Difference]:
    return list(form.differences()) if form.is_bound and form.is_valid() else []


def _number(text: str | None) -> int | None:
    """Return the number of an event that an address or a page names; None where it is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def _consultations(lead: Lead) -> dict[str, list[Consultation]]:
    """Return the lead's consultations: those that can still be changed, and the others."""
    booked, now = ConsultationState.BOOKED, timezone.now()
    every = list(Consultation.objects.filter(lead=lead))
    to_come = [one for one in every if one.state == booked and one.starts_at > now]
    return {"to_come": to_come, "past": [one for one in reversed(every) if one not in to_come]}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  admin_view lets nobody else in
    return request.user
