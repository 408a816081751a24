"""When admissions answers and meets people, and what is booked. Managers set it, others read."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from admissions.admin.records import ReadOnlyAdmin
from admissions.models import (
    Availability,
    AvailabilityException,
    BookingRules,
    ClosedDay,
    Consultation,
    WorkingHours,
)
from admissions.offered_hours import outside_hours


class OfferedHoursAdmin(admin.ModelAdmin):
    """Rows that decide which times are offered.

    A change cancels nothing; it is said which booked consultations it leaves outside the hours.
    """

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._tell_what_is_outside(request)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self._tell_what_is_outside(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        self._tell_what_is_outside(request)

    def _tell_what_is_outside(self, request: HttpRequest) -> None:
        count = len(outside_hours())
        if not count:
            return
        words = ngettext(
            "%(count)d booked consultation is outside the hours now on offer. It stays booked.",
            "%(count)d booked consultations are outside the hours now on offer. They stay booked.",
            count,
        )
        address = reverse("admin:admissions_consultation_changelist") + "?when=outside"
        link = format_html('<a href="{}">{}</a>', address, _("Look at them and move them"))
        messages.warning(request, format_html("{} {}", words % {"count": count}, link))


@admin.register(Availability)
class AvailabilityAdmin(OfferedHoursAdmin):
    list_display = (
        "weekday",
        "start",
        "end",
        "capacity",
        "by_phone",
        "by_video",
        "in_person",
        "valid_from",
        "valid_until",
    )
    list_filter = ("weekday",)
    fields = list_display


@admin.register(AvailabilityException)
class AvailabilityExceptionAdmin(OfferedHoursAdmin):
    list_display = ("day", "start", "end", "is_open", "capacity", "note")
    list_filter = ("is_open",)
    fields = (
        "day",
        "start",
        "end",
        "is_open",
        "capacity",
        "by_phone",
        "by_video",
        "in_person",
        "note",
    )


@admin.register(ClosedDay)
class ClosedDayAdmin(OfferedHoursAdmin):
    list_display = ("day", "name")


@admin.register(WorkingHours)
class WorkingHoursAdmin(admin.ModelAdmin):
    list_display = ("weekday", "start", "end")
    list_filter = ("weekday",)


@admin.register(BookingRules)
class BookingRulesAdmin(admin.ModelAdmin):
    """One row: added once, then changed, never removed. Without it the defaults hold."""

    list_display = (
        "__str__",
        "length_minutes",
        "buffer_minutes",
        "notice_minutes",
        "days_ahead",
        "reminder_hours",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not BookingRules.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("to-come", _("To come")), ("outside", _("To come, outside the hours on offer"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "to-come":
            return queryset.upcoming()
        if self.value() == "outside":
            return queryset.filter(pk__in=[one.pk for one in outside_hours()])
        return queryset


@admin.register(Consultation)
class ConsultationAdmin(ReadOnlyAdmin):
    """To look at. Booked, moved and cancelled through `admissions.booking` alone."""

    list_display = ("starts_at", "channel", "lead", "state", "booked_by", "booked_at")
    list_filter = (WhenFilter, "state", "channel")
    list_select_related = ("lead",)
    search_fields = ("lead__reference",)
    ordering = ("-starts_at", "-id")
