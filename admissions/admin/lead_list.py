"""The list of leads: to find one, and to see those of a kind, at a million as at a thousand.

No page counts rows, reads more of them than it shows, or decrypts anything but the names on it.
What somebody searched for never stands in an address: it is posted, and comes back encrypted.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import audit, search
from admissions.admin import bulk, keyset, lead_rows, saved_views
from admissions.admin.sealed import sealed, unsealed
from admissions.enums import EventKind
from admissions.forms.lead_list import ORDERS, LeadFilters
from admissions.models import Lead, SavedView
from iop_site import crypto

_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


class LeadChangeList(ChangeList):
    """The rows of one page, and the links and forms around them."""

    filters: LeadFilters
    found: search.Found | None = None
    is_unreadable = False

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Lead]:
        """Return the leads that the search finds and the filters let through."""
        self.filter_specs, self.has_filters = [], False
        self.filters = LeadFilters(request.GET, user=request.user)  # type: ignore[arg-type]
        self.sealed, self.query = request.GET.get("q", ""), ""
        leads = self.filters.narrow(self.root_queryset)
        if not self.sealed:
            return leads
        try:
            self.query = unsealed(self.sealed)
        except crypto.DecryptionError:
            self.is_unreadable = True
            return leads.none()
        self.found = search.look_up(self.query)
        return leads.filter(pk__in=self.found.ids)

    def get_results(self, request: HttpRequest) -> None:
        """Read one page of them (`admissions.admin.keyset`)."""
        column, descending = ORDERS[self.filters.chosen.get("order", "")]
        page = keyset.page(
            self.queryset.filter(**{f"{column}__isnull": False}),
            column=column,
            descending=descending,
            size=self.list_per_page,
            at=request.GET,
            fields=lead_rows.FIELDS,
        )
        self.page, self.result_list = page, page.rows
        self.result_count = len(page.rows)
        self.full_result_count, self.show_full_result_count = None, False
        self.show_admin_actions = bool(page.rows)
        self.can_show_all = self.multi_page = False

    def address(self, chosen: Mapping[str, str], **more: str) -> str:
        """Return the address of the list with filters, the search, and what else is given."""
        search = {"q": self.sealed} if self.sealed else {}
        return f"?{urlencode({**chosen, **search, **more})}"

    @property
    def pages(self) -> list[tuple[str, str]]:
        """Return (address, words) of the pages there are from here."""
        to, here = partial(self.address, self.filters.chosen), self.page
        back = [(to(), _("First")), (to(before=here.previous), _("Previous"))]
        on = [(to(after=here.next), _("Next")), (to(last="1"), _("Last"))]
        return (back if here.previous else []) + (on if here.next else [])

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Return (label, value, address without it) for each filter in force."""
        chosen = self.filters.chosen
        return [
            (label, words, self.address({n: v for n, v in chosen.items() if n != name}))
            for name, label, words in self.filters.in_words
        ]

    @property
    def views(self) -> QuerySet[SavedView]:
        return saved_views.within_reach(self.filters.user)

    @property
    def rows(self) -> Iterator[SafeString]:
        has_boxes = "action_checkbox" in self.list_display  # where there are actions
        return lead_rows.rows(self.result_list, self.filters.names, with_boxes=has_boxes)


class LeadListAdmin(admin.ModelAdmin):
    """The part of the lead's admin that is the list."""

    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    actions = bulk.ACTIONS
    search_help_text = gettext_lazy(
        "Reference, phone in any format or its last four digits, e-mail, member ID, or words of "
        "the name, from three letters on"
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LeadChangeList

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"admissions_lead_{name}")

        return [
            own("search/", self.search, "search"),
            own("views/", partial(saved_views.page, self), "views"),
            own("views/<int:view_id>/delete/", partial(saved_views.delete, self), "view_delete"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; what was searched for by, and how much was found, is recorded."""
        if request.method == "GET" and "" in request.GET.values():
            # A filter left open says nothing: without it, equal lists have equal addresses.
            given = [(name, value) for name, value in request.GET.dict().items() if value]
            return redirect(f"{request.path}?{urlencode(given)}")
        context = {"title": _("Leads"), **(extra_context or {})}
        response = super().changelist_view(request, context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context and (found := context["cl"].found):
            data = {"by": found.by, "found": len(found.ids)}
            audit.record_alone(lead=None, kind=EventKind.SEARCHED, by=request.user, data=data)  # type: ignore[arg-type]
        return response

    def response_action(  # type: ignore[override]  # the stubs are of a later Django
        self, request: HttpRequest, queryset: QuerySet[Lead]
    ) -> HttpResponse | None:
        if not all(_ID.fullmatch(one) for one in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("not the ids of leads")
        return super().response_action(request, queryset)

    def search(self, request: HttpRequest) -> HttpResponse:
        """Take a search term by post and lead to the list that shows what it finds."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        filters = LeadFilters(QueryDict(request.POST.get("filters", "")), user=request.user)  # type: ignore[arg-type]
        term = sealed(request.POST.get("q", ""))
        query = urlencode(filters.chosen | ({"q": term} if term else {}))
        address = reverse("admin:admissions_lead_changelist")
        return redirect(f"{address}?{query}" if query else address)
