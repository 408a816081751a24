"""The other records of admissions: to be looked at, not to be written in."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from admissions import audit
from admissions.enums import EventKind
from admissions.models import ConsentWording


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

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one row; who looked is recorded with the lead it is about (45 CFR 164.312(b))."""
        response = super().change_view(request, object_id, form_url, extra_context)
        row = self.get_object(request, object_id)
        lead = getattr(row, "lead", None)
        if row is not None and lead is not None and response.status_code == HTTPStatus.OK:
            audit.record_alone(
                lead=lead,
                kind=EventKind.VIEWED,
                by=request.user,  # type: ignore[arg-type]
                data={str(self.opts.model_name): row.pk},
            )
        return response


@admin.register(ConsentWording)
class ConsentWordingAdmin(admin.ModelAdmin):
    """A wording is never edited: what a person agreed to must stay what it was."""

    list_display = ("topic", "language", "version", "required", "status", "created_at")
    list_filter = ("topic", "language")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
