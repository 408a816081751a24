"""Synthetic leads: a year of them, over the whole pipeline, marked as demo, a million in minutes.

Rows are made as the workflow modules would have left them (guards met, clocks set, events sealed
in the chain, values encrypted and indexed) but written in bulk. Names are of no living person;
phone numbers are of the range kept for fiction (555-0100 to 555-0199).
"""

import csv
import io
import json
import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils import timezone

from admissions import audit, booking, outbox, search, slots
from admissions.enums import (
    AgeBand,
    AttemptResult,
    Channel,
    CloseReason,
    ConsultationChannel,
    CoverageKind,
    EventKind,
    LeadSource,
    LeadStatus,
    NoticeKind,
    VobStatus,
)
from admissions.models import (
    Availability,
    BookingRules,
    ChainHead,
    Consent,
    ConsentWording,
    ContactAttempt,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadEvent,
    SearchToken,
)
from admissions.references import ALPHABET, LENGTH
from iop_site import crypto
from iop_site.fields import EncryptedTextField
from programs.models import Payer, Track

CHUNK = 5_000
FIRST = """
Ash Brook Cedar Dale Ember Fern Gale Haven Iris Juniper Kit Lark Maple North Opal Perry Quinn
Rain Sage Tansy Umber Vale Wren Yarrow Zephyr José Renée Søren Nadia Óscar
""".split()
LAST = """
Ashdown Birchall Copperfield Dunmore Eastlake Fairbrook Greenhalgh Hollowell Inglewood Jessop
Kettering Larkspur Merriweather Northcott Oakhurst Pemberley Quillfeather Rosewall Saltmarsh
Thornbury Underhill Vanterpool Westbrook Yardley Zimmerlake
""".split()
# Area codes as the numbering plan forms them; with 555-01xx no number of them is anybody's.
AREAS = [f"{one}{two}{three}" for one in range(2, 10) for two in range(9) for three in range(1, 10)]

_S = LeadStatus
_ROAD = (
    _S.ATTEMPTING,
    _S.CONTACTED,
    _S.QUALIFIED,
    _S.ASSESSMENT_SCHEDULED,
    _S.ASSESSED,
    _S.ADMISSION_SCHEDULED,
    _S.ADMITTED,
)
# The way a lead went, and how many of a hundred went it.
PATHS: tuple[tuple[int, tuple[LeadStatus, ...]], ...] = (
    (6, ()),
    (9, _ROAD[:1]),
    (7, _ROAD[:2]),
    (6, _ROAD[:3]),
    (4, _ROAD[:4]),
    (3, (*_ROAD[:3], _S.WAITLISTED)),
    (3, _ROAD[:5]),
    (3, _ROAD[:6]),
    (19, _ROAD),
    (6, (_S.ATTEMPTING, _S.NURTURE)),
    (14, (_S.ATTEMPTING, _S.CLOSED)),
    (20, (_S.ATTEMPTING, _S.CONTACTED, _S.CLOSED)),
)
_OLD_ENOUGH = set(LeadStatus) - {_S.NEW, _S.ATTEMPTING}


class Demo:
    """Makes demo leads; one object for one run."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  nothing here is a secret
        self.now = timezone.now().astimezone(UTC)
        self.tracks = list(Track.objects.values_list("pk", flat=True))
        self.payers = list(Payer.objects.values_list("pk", "slug"))
        self.wordings = [
            wording for wording in ConsentWording.objects.current().values() if wording.required
        ]
        self.clerk, _ = User.objects.get_or_create(
            username="demo-coordinator@example.org",
            defaults={"is_active": False, "password": "!", "email": "demo@example.org"},
        )

    def make(self, count: int) -> Iterator[int]:
        """Store `count` leads in transactions of CHUNK and yield how many are there so far."""
        ages = sorted((self.random.random() for _ in range(count)), reverse=True)
        made = 0
        while made < count:
            chunk = ages[made : made + CHUNK]
            with transaction.atomic():
                self._chunk(chunk)
            made += len(chunk)
            yield made

    def _chunk(self, ages: list[float]) -> None:
        head = audit.lock_chain()
        self.rows: dict[type[models.Model], list[dict[str, Any]]] = defaultdict(list)
        self.next: dict[type[models.Model], int] = {
            model: (model._default_manager.aggregate(top=models.Max("pk"))["top"] or 0) + 1
            for model in (Lead, Inquiry, InsuranceVerification, Consent, ContactAttempt)
        }
        self.sequence, self.seal = head.sequence, head.seal
        for age in ages:
            # The cube: most of a year's leads are recent, as in a program that grows.
            self._lead(self.now - timedelta(days=365) * age**3)
        for model, rows in self.rows.items():
            insert(model, rows)
        ChainHead.objects.filter(id=1).update(sequence=self.sequence, seal=self.seal)

    def _take(self, model: type[models.Model]) -> int:
        number = self.next[model]
        self.next[model] += 1
        return number

    def _lead(self, received: datetime) -> None:
        pick = self.random.choice
        path = self._path(received)
        lead_id = self._take(Lead)
        answers = {
            "role": pick(("self", "self", "family")),
            "first_name": pick(FIRST),
            "last_name": pick(LAST),
            "phone": f"+1 {pick(AREAS)}-555-01{self.random.randrange(100):02d}",
            "email": f"demo{lead_id}@example.org" if self.random.random() < 0.6 else "",
            "preferred_channel": pick(Channel.values),
            "age_band": pick(AgeBand.values),
            "coverage_kind": pick(CoverageKind.values),
            "message": "Demo data.",
        }
        lead: dict[str, Any] = {
            "id": lead_id,
            "reference": "".join(self.random.choices(ALPHABET, k=LENGTH)),
            "source": LeadSource.WEB_INQUIRY,
            "received_at": received,
            "respond_by": received + timedelta(minutes=settings.FIRST_ATTEMPT_PROMISE_MINUTES),
            "status": _S.NEW,
            "status_changed_at": received,
            "track_id": pick(self.tracks) if self.tracks else None,
            "is_demo": True,
            "attempts": 0,
            "version": 1,
            **{name: value for name, value in answers.items() if name != "message"},
        }
        self._event(lead_id, EventKind.INQUIRY_RECEIVED, "visitor", received, {"joined": False})
        inquiry = {"id": self._take(Inquiry), "source": LeadSource.WEB_INQUIRY, "answers": answers}
        self.rows[Inquiry].append(self._submission(inquiry, lead_id, received))
        for wording in self.wordings:
            self.rows[Consent].append(
                {
                    "id": self._take(Consent),
                    "lead_id": lead_id,
                    "lead_reference": lead["reference"],
                    "wording_id": wording.pk,
                    "given_at": received,
                    "channel": LeadSource.WEB_INQUIRY,
                }
            )
        if path:
            self._walk(lead, path)
        self.rows[Lead].append(lead)
        tokens = {
            *_phone_tokens(answers["phone"]),
            *_name_tokens(answers["first_name"]),
            *_name_tokens(answers["last_name"]),
            *_tokens(search.email_keys(answers["email"])),
        }
        self.rows[SearchToken] += [{"lead_id": lead_id, "token": token} for token in tokens]

    def _path(self, received: datetime) -> tuple[LeadStatus, ...]:
        (path,) = self.random.choices([p for _, p in PATHS], weights=[w for w, _ in PATHS])
        days = (self.now - received).days
        if days < 2 and path and path[-1] in _OLD_ENOUGH:
            return path[:2] if days else path[:1]
        return path or (() if days < 3 else (_S.ATTEMPTING,))

    def _walk(self, lead: dict[str, Any], path: tuple[LeadStatus, ...]) -> None:
        """Move the lead along its path, with the attempts, checks and events that it takes."""
        clerk, at = self.clerk.get_username(), lead["received_at"]
        step = min(timedelta(days=3), (self.now - at) / (len(path) + 2))
        lead["owner_id"] = self.clerk.pk
        reached = _S.CONTACTED in path
        at += min(timedelta(minutes=self.random.randrange(2, 90)), step)
        lead["first_attempt_at"] = at
        tries = 1 if reached else self.random.randrange(1, 7)
        for number in range(tries):
            live = reached and number == tries - 1
            result = AttemptResult.TALKED if live else AttemptResult.NO_ANSWER
            attempt = {
                "id": self._take(ContactAttempt),
                "lead_id": lead["id"],
                "by_id": self.clerk.pk,
                "at": at,
                "channel": Channel.PHONE,
                "result": result,
            }
            self.rows[ContactAttempt].append(attempt)
            data = {"attempt": attempt["id"], "channel": "phone", "result": str(result)}
            self._event(lead["id"], EventKind.ATTEMPT_LOGGED, clerk, at, data)
        if reached:
            lead["first_contact_at"] = at
        if (reached and self.random.random() < 0.6) or _S.ADMISSION_SCHEDULED in path:
            self._insurance(lead, at, settled=_S.QUALIFIED in path)
        for status in path:
            data = {"status": [str(lead["status"]), str(status)]}
            if status == _S.CLOSED:
                lead["close_reason"] = data["reason"] = self._reason(tries, reached)  # type: ignore[assignment]
            self._event(lead["id"], EventKind.STATUS_CHANGED, clerk, at, data)
            lead["status"], lead["status_changed_at"] = status, at
            at += step
        lead["attempts"], lead["version"] = tries, 1 + tries + len(path)
        if lead["status"] not in (_S.CLOSED, _S.ADMITTED):
            days = self.random.randrange(-2, 14)
            lead["next_follow_up_at"] = self.now + timedelta(days=days)

    def _reason(self, tries: int, reached: bool) -> CloseReason:
        if not reached:
            return CloseReason.UNREACHABLE if tries >= 5 else CloseReason.WRONG_NUMBER
        return CloseReason(
            self.random.choice(
                [one for one in CloseReason.values if one not in ("unreachable", "referred_out")]
            )
        )

    def _insurance(self, lead: dict[str, Any], at: datetime, *, settled: bool) -> None:
        lead["vob_status"] = VobStatus.VERIFIED_VIABLE if settled else VobStatus.REQUESTED
        payer_id, slug = self.random.choice(self.payers) if self.payers else (None, "other")
        answers = {
            "first_name": lead["first_name"],
            "patient_legal_name": f"{lead['first_name']} {lead['last_name']}",
            "patient_birth_date": f"{self.random.randrange(1950, 2010)}-06-15",
            "payer": slug,
            "member_id": f"DEMO{lead['id']:09d}",
        }
        row = {"id": self._take(InsuranceVerification), "payer_id": payer_id, "answers": answers}
        self.rows[InsuranceVerification].append(self._submission(row, lead["id"], at))
        data = {"form": row["id"], "vob_status": ["not_requested", "requested"]}
        self._event(lead["id"], EventKind.INSURANCE_RECEIVED, "visitor", at, data)

    def _submission(self, row: dict[str, Any], lead_id: int, at: datetime) -> dict[str, Any]:
        key = uuid.UUID(int=self.random.getrandbits(128), version=4)
        digest = crypto.blind_index(key.hex, purpose="submission")
        return row | {
            "lead_id": lead_id,
            "received_at": at,
            "idempotency_key": key,
            "content_digest": digest,
        }

    def _event(
        self, lead_id: int, kind: EventKind, actor: str, at: datetime, data: dict[str, Any]
    ) -> None:
        self.sequence += 1
        key_id, seal = crypto.seal(
            audit.canonical(
                previous=self.seal,
                sequence=self.sequence,
                lead_id=lead_id,
                kind=str(kind),
                actor=actor,
                at=at,
                data=data,
            ),
            purpose=audit.PURPOSE,
        )
        self.seal = seal
        self.rows[LeadEvent].append(
            {
                "sequence": self.sequence,
                "lead_id": lead_id,
                "kind": kind,
                "actor": actor,
                "at": at,
                "data": data,
                "key_id": key_id,
                "seal": seal,
            }
        )


def fill_calendar() -> None:
    """Where no consultation hours are set, set some and book a few times for demo leads.

    Nobody is told: the notices are withdrawn at once.
    """
    if Availability.objects.exists():
        return
    BookingRules.objects.get_or_create(id=1)
    Availability.objects.bulk_create(
        Availability(weekday=weekday, start=time(start), end=time(end), in_person=True)
        for weekday in range(5)
        for start, end in ((9, 12), (13, 17))
    )
    leads = Lead.objects.open().trusted().filter(is_demo=True).order_by("-received_at", "-id")
    channels = list(ConsultationChannel) * 2
    times = slots.offered()[::5]
    for lead, slot, channel in zip(leads[: len(channels)], times, channels, strict=False):
        consultation = booking.book(
            lead=lead,
            starts_at=slot.starts_at,
            channel=channel,
            idempotency_key=uuid.uuid4(),
            by=audit.VISITOR,
        )
        outbox.withdraw(consultation=consultation, kinds=NoticeKind, reason="Demo data.")


def _tokens(keys: list[search.Key]) -> list[str]:
    return [crypto.blind_index(value, purpose=purpose) for purpose, value in keys]


@lru_cache(maxsize=100_000)
def _phone_tokens(phone: str) -> list[str]:
    return _tokens(search.phone_keys(phone))


@lru_cache(maxsize=200)
def _name_tokens(name: str) -> list[str]:
    return _tokens(search.name_keys(name))


def insert(model: type[models.Model], rows: list[dict[str, Any]]) -> None:
    """Write rows of attribute names and values: COPY on PostgreSQL, executemany on SQLite.

    Values go through the model's fields, so encrypted ones are encrypted; a field that no row
    names gets its default.
    """
    if not rows:
        return
    fields = [
        one
        for one in model._meta.concrete_fields
        if not one.generated and (not one.primary_key or one.attname in rows[0])
    ]
    copying = connection.vendor == "postgresql"
    converters = [_converter(one, copying=copying) for one in fields]
    # Most columns of most rows hold their default: converted once, since it says nothing.
    plans = [
        (one.attname, convert, convert(one.get_default()))
        for one, convert in zip(fields, converters, strict=True)
    ]
    prepared = (
        [convert(row[name]) if name in row else default for name, convert, default in plans]
        for row in rows
    )
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(one.column)) for one in fields)
    with connection.cursor() as cursor:
        if copying:
            buffer = io.StringIO()
            csv.writer(buffer).writerows(prepared)
            buffer.seek(0)
            cursor.copy_expert(
                f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", buffer
            )
            for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(statement)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608  our own names
                list(prepared),
            )


def _converter(field: Any, *, copying: bool) -> Callable[[Any], Any]:
    """Return what turns a value of the field into one that the database is given."""
    if isinstance(field, models.JSONField):
        return json.dumps
    if isinstance(field, EncryptedTextField):
        return field.get_prep_value
    if copying:
        return lambda value: "\\N" if value is None else value
    if isinstance(field, models.DateTimeField | models.UUIDField):
        return lambda value: field.get_db_prep_save(value, connection)
    return lambda value: value
