"""The provider and its programs in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from content.admin import TextAdmin
from programs.models import (
    Component,
    CrisisLine,
    LevelOfCare,
    Location,
    Payer,
    Program,
    ProviderProfile,
    ScheduleBlock,
    Track,
)


@admin.register(ProviderProfile)
class ProviderProfileAdmin(admin.ModelAdmin):
    """One row: it is changed, never added to or removed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CrisisLine)
class CrisisLineAdmin(admin.ModelAdmin):
    list_display = ("name", "number", "key", "on_strip", "order")


@admin.register(LevelOfCare)
class LevelOfCareAdmin(admin.ModelAdmin):
    list_display = ("name", "abbreviation", "hours", "is_ours", "order")


@admin.register(Program)
class ProgramAdmin(TextAdmin):
    pass


@admin.register(Component)
class ComponentAdmin(TextAdmin):
    extra_fields = ("short", "led_by", "is_offered", "order")


class ScheduleBlockInline(admin.TabularInline):
    model = ScheduleBlock
    extra = 0


@admin.register(Track)
class TrackAdmin(TextAdmin):
    extra_fields = ("short", "ages", "setting", "is_offered", "order")
    inlines = (ScheduleBlockInline,)


@admin.register(ScheduleBlock)
class ScheduleBlockAdmin(admin.ModelAdmin):
    list_display = ("track", "weekday", "start", "end", "title", "kind", "is_sample")
    list_filter = ("track", "weekday", "kind")
    list_select_related = ("track",)


@admin.register(Location)
class LocationAdmin(admin.ModelAdmin):
    list_display = ("name", "address", "is_sample")


@admin.register(Payer)
class PayerAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "contracted", "is_listed")
    list_filter = ("kind", "contracted")
