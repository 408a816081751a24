"""The consent ledger in the admin: who agreed to which words, when and how. It is only read."""

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from admissions import audit, search
from admissions.admin.records import ReadOnlyAdmin
from admissions.admin.sealed import sealed, unsealed
from admissions.enums import EventKind
from admissions.models import Consent
from admissions.references import LENGTH, bare
from iop_site import crypto


class WithdrawnFilter(EmptyFieldListFilter):
    """Whether it was taken back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("in force")

    def choices(self, changelist: Any) -> Any:
        labels = (_("All"), _("In force"), _("Withdrawn"))
        return [
            choice | {"display": label}
            for choice, label in zip(super().choices(changelist), labels, strict=True)
        ]


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """The proof of what somebody agreed to; it is there when the lead is no more."""

    list_display = (
        "lead_reference",
        "topic",
        "version",
        "language",
        "given_at",
        "channel",
        "withdrawn_at",
        "withdrawn_channel",
    )
    list_filter = (
        "wording__topic",
        ("withdrawn_at", WithdrawnFilter),
        "channel",
        "wording__language",
        "given_at",
    )
    list_select_related = ("wording",)
    search_fields = ("lead_reference",)  # what is really searched: get_search_results
    search_help_text = _("Reference, or the whole phone number or e-mail address it was given for")
    fields = (
        "lead_reference",
        "topic",
        "version",
        "language",
        "words",
        "explanation",
        "given_at",
        "channel",
        "withdrawn_at",
        "withdrawn_channel",
    )

    @admin.display(description=_("topic"), ordering="wording__topic")
    def topic(self, consent: Consent) -> str:
        return str(consent.wording.get_topic_display())

    @admin.display(description=_("version"), ordering="wording__version")
    def version(self, consent: Consent) -> int:
        return consent.wording.version

    @admin.display(description=_("language"), ordering="wording__language")
    def language(self, consent: Consent) -> str:
        return consent.wording.language

    @admin.display(description=_("sentence that was ticked"))
    def words(self, consent: Consent) -> str:
        return consent.wording.label

    @admin.display(description=_("explanation that stood with it"))
    def explanation(self, consent: Consent) -> str:
        return consent.wording.text

    def get_urls(self) -> list[URLPattern]:
        search = self.admin_site.admin_view(self.search)
        return [path("search/", search, name="admissions_consent_search"), *super().get_urls()]

    def search(self, request: HttpRequest) -> HttpResponse:
        """Take a search term by post, on the record, and lead to what it finds."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        term = sealed(request.POST.get("q", ""))
        if term:
            data = {"by": ["consent"]}
            audit.record_alone(lead=None, kind=EventKind.SEARCHED, by=request.user, data=data)  # type: ignore[arg-type]
        address = reverse("admin:admissions_consent_changelist")
        return redirect(f"{address}?{urlencode({'q': term})}" if term else address)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Consent], search_term: str
    ) -> tuple[QuerySet[Consent], bool]:
        """Find by a sealed term, or by a reference as it is: links from leads hold one."""
        try:
            meant = _meant_by(unsealed(search_term))
        except crypto.DecryptionError:
            meant = _by_reference(search_term) if search_term else Q()
        return queryset.filter(meant), False


def _meant_by(query: str) -> Q:
    """Return the condition for a reference, an e-mail address or a whole phone number."""
    query = query.replace("\x00", "").strip()[:200]
    if not query:
        return Q()
    if "@" in query:
        return Q(email_digest__in=_digests(search.email_keys(query)))
    found = _by_reference(query)
    if not re.search(r"[^\W\d_]", query):  # digits without a letter
        found |= Q(phone_digest__in=_digests(search.phone_keys(query)))
    return found


def _by_reference(query: str) -> Q:
    reference = bare(query.replace("\x00", ""))
    if len(reference) != LENGTH:
        return Q(pk__in=[])
    return Q(lead_reference=reference) | Q(access__reference=reference)


def _digests(keys: list[search.Key]) -> list[str]:
    return [one for p, v in keys[:1] for one in crypto.blind_candidates(v, purpose=p)]
