"""The page on which a coordinator takes a call, a visit or an e-mail down."""

from collections.abc import Sequence
from http import HTTPStatus

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from admissions import audit, duplicates, phone_desk
from admissions.admin.gate import worker
from admissions.enums import EventKind, LeadSource
from admissions.exceptions import WorkflowError
from admissions.forms.base import WordingIds
from admissions.forms.phone_desk import PhoneDeskForm
from admissions.models import Inquiry, Lead
from admissions.office_hours import Schedule

ACT = "phone_desk"
_LOOKED = ("phone", "email")


@require_http_methods(["GET", "HEAD", "POST"])
def phone_desk_page(request: HttpRequest) -> HttpResponse:
    """Show the form; posted to, store it and go on to the lead.

    Open leads with the phone or the e-mail are shown before anything is stored; sent again by who
    has seen them, it goes on. Whatever is not stored is shown again with all that was typed.
    """
    user = worker(request, ACT)
    if request.method != "POST":
        return _page(request, PhoneDeskForm())
    form = PhoneDeskForm(request.POST)
    is_valid = form.is_valid()
    known = _looked_up(form, user)
    if "look" in request.POST:
        for name in set(form.errors) - set(_LOOKED):
            del form.errors[name]
        return _page(request, form, known)
    if not is_valid:
        messages.error(request, _("Nothing was saved. Please look at the marked fields."))
        return _page(request, form, known, HTTPStatus.UNPROCESSABLE_ENTITY)
    if not {lead.pk for lead in known} <= set(WordingIds().clean(request.POST.get("seen"))):
        messages.warning(
            request, _("Nothing was saved yet. Perhaps we know them: look below, then save again.")
        )
        return _page(request, form, known, HTTPStatus.CONFLICT)
    data = form.cleaned_data
    try:
        access = phone_desk.take(
            answers=form.answers(),
            wordings=form.agreed_wordings(),
            source=LeadSource(data["source"]),
            by=user,
            idempotency_key=data["idempotency_key"],
            referral_source=data["chosen_source"],
            next_follow_up_at=data["at"],
            no_next_step=data["knowingly_none"],
        )
    except WorkflowError as error:
        audit.record_refusal(lead=None, by=user, act=ACT, error=error)
        messages.error(request, str(error))
        return _page(request, form, known, HTTPStatus.CONFLICT)
    words = _("Saved. Their reference, to tell them: %(reference)s.")
    messages.success(request, words % {"reference": access.reference})
    if not access.opened_lead:
        messages.info(request, _("It joined the open lead of the same person."))
    return redirect(access.lead)


def _looked_up(form: PhoneDeskForm, user: User) -> list[Lead]:
    """Return the open leads with the phone or the e-mail of a form; that is recorded."""
    typed = {name: form.cleaned_data[name] for name in _LOOKED if form.cleaned_data.get(name)}
    # A page that is sent twice would find what it made itself.
    key = form.cleaned_data["idempotency_key"]
    own = set(Inquiry.objects.filter(idempotency_key=key).values_list("lead_id", flat=True))
    known = [lead for lead in duplicates.open_with_contact(typed) if lead.pk not in own]
    if known:
        data = {"by": list(typed), "found": len(known)}
        audit.record_alone(lead=None, kind=EventKind.SEARCHED, by=user, data=data)
    return known


def _page(
    request: HttpRequest,
    form: PhoneDeskForm,
    known: Sequence[Lead] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    form.offer(Schedule.load())
    context = {
        **admin.site.each_context(request),
        "title": _("Error: take a call") if form.errors else _("Take a call"),
        "form": form,
        "known": known,
        "nobody": "look" in request.POST and not known and not form.errors,
        "seen": ".".join(str(lead.pk) for lead in known),
    }
    return TemplateResponse(
        request, "admin/admissions/phone_desk/page.html", context, status=status
    )
