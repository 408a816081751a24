"""The other records of admissions: to be looked at, not to be written in."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from admissions import outbox
from admissions.models import ConsentWording, LeadEvent, OutboxMessage
from iop_site.roles import MANAGER, has_role


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the workflow writes: nobody adds, changes or deletes them here."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LeadEvent)
class LeadEventAdmin(ReadOnlyAdmin):
    list_display = ("sequence", "at", "actor", "kind", "lead")
    list_filter = ("kind",)
    list_select_related = ("lead",)
    search_fields = ("actor", "lead__reference")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("kind", "lead", "state", "attempts", "created_at", "sent_at", "last_error")
    list_filter = ("state", "kind")
    list_select_related = ("lead",)
    actions = ("send_again",)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, MANAGER)

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[OutboxMessage]) -> None:
        dead = list(chosen.dead())  # type: ignore[attr-defined]
        for message in dead:
            outbox.retry(message)
        messages.success(request, _("%(count)d notices wait to be sent.") % {"count": len(dead)})


@admin.register(ConsentWording)
class ConsentWordingAdmin(admin.ModelAdmin):
    """A wording is never edited: what a person agreed to must stay what it was."""

    list_display = ("topic", "language", "version", "required", "status", "created_at")
    list_filter = ("topic", "language")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
