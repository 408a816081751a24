"""The other records of admissions: to be looked at, not to be written in."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from admissions.models import ConsentWording, LeadEvent


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


@admin.register(ConsentWording)
class ConsentWordingAdmin(admin.ModelAdmin):
    """A wording is never edited: what a person agreed to must stay what it was."""

    list_display = ("topic", "language", "version", "required", "status", "created_at")
    list_filter = ("topic", "language")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
