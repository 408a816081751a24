"""Notices in the admin: what was sent, what waits, what failed and why, and who wants which."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from admissions import mails, notices, outbox
from admissions.admin.records import ReadOnlyAdmin
from admissions.enums import Audience, NoticeKind, OutboxState
from admissions.forms.notices import NoticePreferenceForm
from admissions.models import NoticePreference, OutboxMessage
from iop_site.roles import COORDINATOR, MANAGER, has_role


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """The list says to whom a notice goes, never an address: a family's is not for lists."""

    list_filter = ("state", "kind", "audience")
    list_select_related = ("recipient",)
    change_list_template = "admin/admissions/outboxmessage/change_list.html"
    actions = ("send_again",)
    fields = (
        "kind",
        "to",
        "lead",
        "state",
        "last_error",
        "attempts",
        "created_at",
        "next_attempt",
        "sent_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        # The reference alone: a lead would be decrypted whole for each row.
        return super().get_queryset(request).annotate(reference=F("lead__reference"))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        lead = "lead_link" if request.user.has_perm("admissions.view_lead") else "lead_reference"
        return tuple(lead if name == "lead" else name for name in self.fields)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple("lead_reference" if name == "lead" else name for name in self.fields)

    @admin.display(description=gettext_lazy("to"), ordering="audience")
    def to(self, message: OutboxMessage) -> str:
        if message.recipient is not None:
            return message.recipient.get_full_name() or message.recipient.get_username()
        return str(Audience(message.audience).label)

    @admin.display(description=gettext_lazy("lead"))
    def lead_link(self, message: OutboxMessage) -> str:
        address = reverse("admin:admissions_lead_change", args=[message.lead_id])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, self.lead_reference(message))

    @admin.display(description=gettext_lazy("lead"))
    def lead_reference(self, message: OutboxMessage) -> str:
        return message.reference  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("next attempt"), ordering="available_at")
    def next_attempt(self, message: OutboxMessage) -> Any:
        return message.available_at if message.state == OutboxState.WAITING else None

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request, {**(extra_context or {}), "summary": outbox.summary()}
        )

    def has_send_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, MANAGER)

    @admin.action(description=gettext_lazy("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[OutboxMessage]) -> None:
        """Put failed and skipped notices back, but for those that still must not be sent."""
        count, refused = 0, defaultdict(list)
        for message in chosen.filter(state__in=(OutboxState.DEAD, OutboxState.SKIPPED)):
            reason = mails.why_not(message)
            if reason:
                refused[reason].append(self.lead_reference(message))
            else:
                count += outbox.send_again(message=message, by=_user(request))
        for reason, references in refused.items():
            messages.warning(
                request,
                _("Not sent again (%(references)s): %(reason)s")
                % {"references": ", ".join(references), "reason": reason},
            )
        messages.success(
            request,
            ngettext(
                "%(count)d notice waits to be sent.", "%(count)d notices wait to be sent.", count
            )
            % {"count": count},
        )


@admin.register(NoticePreference)
class NoticePreferenceAdmin(ReadOnlyAdmin):
    """Managers see who is told what; everybody who works on leads edits their own on one page."""

    list_display = ("user", "told_of", "quiet_from", "quiet_until")
    list_select_related = ("user",)
    fields = list_display

    @admin.display(description=gettext_lazy("is told of"))
    def told_of(self, preference: NoticePreference) -> str:
        labels = dict(NoticeKind.choices)
        return ", ".join(str(labels[kind]) for kind in preference.kinds if kind in labels)

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "mine/",
            self.admin_site.admin_view(self.mine),
            name="admissions_noticepreference_mine",
        )
        return [own, *super().get_urls()]

    def mine(self, request: HttpRequest) -> HttpResponse:
        """Show and keep what the person signed in wants to be told."""
        user = _user(request)
        if not has_role(user, COORDINATOR, MANAGER):
            raise PermissionDenied
        is_sent, status = request.method == "POST", HTTPStatus.OK
        form = NoticePreferenceForm(request.POST if is_sent else None, user=user)
        if is_sent:
            if form.is_valid():
                notices.set_preference(user=user, **form.cleaned_data)
                messages.success(request, _("What you are told is saved."))
                return redirect("admin:admissions_noticepreference_mine")
            messages.error(request, _("Nothing was saved. Please look at the marked fields."))
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        context = {
            **self.admin_site.each_context(request),
            "title": _("My notices"),
            "opts": self.opts,
            "form": form,
            "address": user.email,
        }
        template = "admin/admissions/noticepreference/mine.html"
        return TemplateResponse(request, template, context, status=status)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  admin_view lets nobody else in
    return request.user
