"""The provider and its programs in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from content.form_fields import LinesAdmin, SourceKeysField
from content.text_admin import TextAdmin
from programs import models
from programs.profile_form import ProviderProfileForm, label_of


@admin.register(models.ProviderProfile)
class ProviderProfileAdmin(admin.ModelAdmin):
    """One row: it is changed, never added to or removed."""

    form = ProviderProfileForm
    fieldsets = tuple(
        (title, {"fields": tuple(fields.split())})
        for title, fields in (
            (
                _("Name and phone"),
                "name legal_name phone_display phone_e164 admissions_email hours response_promise",
            ),
            (
                _("Licence"),
                "licence_kind licence_number accreditation legitscript_number",
            ),
            (
                _("What decides which rules apply"),
                "part2_status federal_funding staff_count ages_served",
            ),
            (
                _("Who answers for what"),
                "privacy_officer privacy_email accessibility_contact civil_rights_coordinator",
            ),
            (_("Samples"), "sample_fields"),
        )
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        still = [label_of(name) for name in form.changed_data if name in obj.sample_fields]
        if still:
            warning = _("Changed, but still ticked as sample data: %(fields)s.")
            messages.warning(request, warning % {"fields": ", ".join(still)})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.CrisisLine)
class CrisisLineAdmin(LinesAdmin):
    line_fields = {"sources": SourceKeysField}
    list_display = ("name", "number", "key", "on_strip", "order")


@admin.register(models.LevelOfCare)
class LevelOfCareAdmin(LinesAdmin):
    line_fields = {"sources": SourceKeysField}
    list_display = ("name", "abbreviation", "hours", "is_ours", "order")


admin.site.register(models.Program, TextAdmin)


@admin.register(models.Component)
class ComponentAdmin(TextAdmin):
    extra_fields = ("short", "led_by", "is_offered", "order")


class ScheduleBlockInline(admin.TabularInline):
    model = models.ScheduleBlock
    extra = 0


@admin.register(models.Track)
class TrackAdmin(TextAdmin):
    extra_fields = ("short", "ages", "setting", "is_offered", "order")
    inlines = (ScheduleBlockInline,)


@admin.register(models.ScheduleBlock)
class ScheduleBlockAdmin(admin.ModelAdmin):
    list_display = ("track", "weekday", "start", "end", "title", "kind", "is_sample")
    list_filter = ("track", "weekday", "kind")
    list_select_related = ("track",)


@admin.register(models.Location)
class LocationAdmin(admin.ModelAdmin):
    list_display = ("name", "address", "is_sample")


@admin.register(models.Payer)
class PayerAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "contracted", "is_listed")
    list_filter = ("kind", "contracted")
