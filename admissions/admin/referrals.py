"""The address book of who refers people to us, and whom we refer people to."""

from typing import Any

from django.contrib import admin
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from admissions.models import Lead, ReferralSource

_MOST = 100  # leads of one source that the list counts; the reports count them all


@admin.register(ReferralSource)
class ReferralSourceAdmin(admin.ModelAdmin):
    """Nothing is deleted here: a source that is no more is not offered any longer."""

    list_display = ("__str__", "kind", "phone", "is_active", "leads_sent")
    list_filter = ("is_active", "kind")
    search_fields = ("organization", "person")
    search_help_text = _("Name of the organization or the person")
    list_per_page = 50
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReferralSource]:
        some = Lead.objects.filter(referral_source=OuterRef("pk")).order_by().values("pk")
        count = Subquery(
            some[: _MOST + 1],
            template="(SELECT COUNT(*) FROM (%(subquery)s) AS some_leads)",
            output_field=IntegerField(),
        )
        return super().get_queryset(request).annotate(sent=count)

    @admin.display(description=_("Leads sent"))
    def leads_sent(self, source: Any) -> str:
        return f"{_MOST}+" if source.sent > _MOST else str(source.sent)
