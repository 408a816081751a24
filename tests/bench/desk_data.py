"""A database with so many leads for `tests.bench.desk`, and Django's own list beside it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, connections, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admissions import enums, search, triage
from admissions.admin.sealed import sealed
from admissions.models import Lead
from programs.models import Payer, Track

PLANTED = 60  # of each rare kind, at every size: more than a page


class StockLead(models.Model):
    """What the list shows, in the clear, with the indexes that Django makes of itself."""

    reference = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=40)
    email = models.EmailField(blank=True)
    status = models.CharField(max_length=20, choices=enums.LeadStatus)
    vob_status = models.CharField(max_length=20, choices=enums.VobStatus)
    track = models.ForeignKey(Track, models.PROTECT, null=True, related_name="+")
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=16, choices=enums.LeadSource)
    age_band = models.CharField(max_length=8, choices=enums.AgeBand)
    received_at = models.DateTimeField(db_index=True)
    next_follow_up_at = models.DateTimeField(null=True)
    response = models.CharField(max_length=8, choices=enums.Response)

    class Meta:
        app_label = "programs"  # one that the staff site has pages for
        ordering = ["-received_at"]
        verbose_name = "lead"

    def __str__(self) -> str:
        return self.reference


@admin.register(StockLead)
class StockLeadAdmin(admin.ModelAdmin):
    list_display = (
        "reference",
        "name",
        "status",
        "vob_status",
        "track",
        "payer",
        "owner",
        "received_at",
        "next_follow_up_at",
        "response",
    )
    list_filter = ("status", "vob_status", "track", "payer", "owner", "source", "age_band")
    search_fields = ("reference", "name", "phone", "email")
    date_hierarchy = "received_at"
    list_per_page = 50


class Desk:
    """A database with so many leads, and somebody at its desk."""

    PHONE, EMAIL = "+1 297-555-0100", "planted@example.org"  # no demo lead has that area

    def __init__(self, size: int) -> None:
        self.size = size
        self.wrapper = connections.create_connection("default")
        self.wrapper.settings_dict = self.wrapper.settings_dict | {"NAME": self._new_database()}
        with self.here():
            with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
                call_command("migrate", verbosity=0)
                call_command("load_starter_content")
                call_command("seed_demo", leads=size, seed=1)
            self.user = User.objects.create_user("bench@example.org", is_staff=True)
            self.user.groups.add(Group.objects.get(name="manager"))
            self._plant()
            self._stock()
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE" if self._is_postgresql else "ANALYZE")
            self.client = Client()
            self.client.force_login(self.user)

    @property
    def _is_postgresql(self) -> bool:
        return self.wrapper.vendor == "postgresql"

    def _new_database(self) -> str:
        name = f"bench_{self.size}"
        if not self._is_postgresql:
            return str(Path(tempfile.mkdtemp(prefix="iop-bench-")) / name)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
        return name

    def _plant(self) -> None:
        """Make the rare kinds, spread over the whole year."""
        ids = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
        some = [ids[n :: len(ids) // PLANTED][:PLANTED] for n in range(3)]
        payer = Payer.objects.create(slug="bench", name="Bench Plan")
        rare = Lead.objects.filter(pk__in=some[0])
        rare.update(
            payer=payer,
            owner=self.user,
            language_code="other",
            status="contacted",
            close_reason="",
            quarantined_at=None,
            next_follow_up_at=timezone.now() + timedelta(days=1),
        )
        untried: dict[str, Any] = {
            "status": "new",
            "close_reason": "",
            "owner": None,
            "next_follow_up_at": None,
            "first_attempt_at": None,
            "first_contact_at": None,
            "attempts": 0,
            "response": "",
            "vob_status": "requested",
            "respond_by": timezone.now() - timedelta(days=1),
        }
        Lead.objects.filter(pk__in=some[1]).update(**untried, quarantined_at=None)
        Lead.objects.filter(pk__in=some[2]).update(**untried, quarantined_at=timezone.now())
        for lead in rare:
            search.index_lead(lead, search.name_keys("Zebulon", "Quagmire"))
            search.index_lead(lead, search.name_keys("Nadia", "Copperfield"))
        search.index_lead(lead, search.keys_of(phone=self.PHONE, email=self.EMAIL))
        self.lead, self.payer = lead.pk, payer.pk
        self.track = Track.objects.order_by("pk")[0].pk
        self.untried = list(Lead.objects.filter(pk__in=some[1]))
        half = Lead.objects.order_by("received_at", "pk")[len(ids) // 2]
        moment = (half.received_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        self.middle = f"{moment}-{half.pk}"

    def _stock(self) -> None:
        with connection.schema_editor() as editor:
            editor.create_model(StockLead)
        columns = [one.column for one in StockLead._meta.concrete_fields]
        given = {
            "name": "'Avery Quill ' || id",
            "phone": "'617-555-' || (1000000000 + id)",
            "email": "'demo' || id || '@example.org'",
        }
        values = ", ".join(given.get(name, f'"{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{StockLead._meta.db_table}" ({names}) '  # noqa: S608  our own names
                f'SELECT {values} FROM "{Lead._meta.db_table}"'
            )
        self.stock_phone = f"617-555-{1000000000 + self.lead}"
        self.stock_pages = (StockLead.objects.count() + 49) // 50
        self.stock_client = Client()
        self.stock_client.force_login(User.objects.create_superuser("root@example.org"))

    @contextmanager
    def here(self) -> Iterator[None]:
        """Let everything that Django does meanwhile be done in this database."""
        before = connections["default"]
        connections["default"] = self.wrapper
        try:
            yield
        finally:
            connections["default"] = before

    def counted(self) -> CaptureQueriesContext:
        return CaptureQueriesContext(self.wrapper)

    def sealed(self, term: str) -> str:
        return sealed(term)

    def get(self, address: str, query: dict[str, Any] | None = None) -> Any:
        answer = self.client.get(address, query)
        assert answer.status_code == 200, (address, query, answer.status_code)
        return answer

    def rows(self, answer: Any) -> int:
        return int(answer.content.count(b'class="action-select"'))

    def stock_rows(self, query: dict[str, Any]) -> int:
        return self.rows(self.stock_client.get("/admin/programs/stocklead/", query))

    def move(self) -> int:
        """Move the next lead that nobody has called yet."""
        lead = self.untried.pop()
        to = enums.LeadStatus.ATTEMPTING
        triage.transition(lead=lead, to=to, by=self.user, version=lead.version)
        return 1
