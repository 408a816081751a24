"""Synthetic leads: a year of them, over the whole pipeline, marked as demo, a million in minutes.

Rows are made as the workflow modules would have left them (guards met, clocks set, events sealed
in the chain, values encrypted and indexed) but written in bulk. Phone numbers are of the range kept
for fiction (555-0100 to 555-0199).
"""

import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.utils import timezone

from admissions import audit, booking, duplicates, estimates, outbox, search, slots
from admissions.bulk_rows import insert
from admissions.demo_people import (
    AREAS,
    FIRST,
    LANGUAGES,
    LAST,
    OLD_ENOUGH,
    PATHS,
    SOURCES,
    UNDER_WAY,
)
from admissions.enums import (
    OPEN_STATUSES,
    AgeBand,
    AttemptResult,
    Channel,
    CloseReason,
    ConsultationChannel,
    CoverageKind,
    EventKind,
    LeadStatus,
    NetworkStatus,
    NoticeKind,
    Response,
    Suspicion,
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
    VerificationResult,
)
from admissions.office_hours import Schedule
from admissions.references import ALPHABET, LENGTH
from iop_site import crypto
from iop_site.roles import COORDINATOR
from programs.models import Payer, Track

CHUNK = 5_000
_S = LeadStatus
# Rows that others point to, or events speak of: their ids are given out here.
_NUMBERED = (Lead, Inquiry, InsuranceVerification, VerificationResult, Consent, ContactAttempt)
_STRIDE = 348_271_984_693  # has no factor in common with the number of references


class Demo:
    """Makes demo leads; one object for one run."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  nothing here is a secret
        self.now = timezone.now().astimezone(UTC)
        self.today = timezone.localdate(self.now)
        self.schedule = Schedule.load()
        self.tracks = list(Track.objects.values_list("pk", flat=True))
        self.payers = list(Payer.objects.values_list("pk", "slug"))
        self.wordings = [
            wording for wording in ConsentWording.objects.current().values() if wording.required
        ]
        self.untried = 0
        self.clerks = [_clerk(name) for name in ("ana", "ben", "cleo")]

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
            for model in _NUMBERED
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
        pick, chance = self.random.choice, self.random.random
        lead_id, self.clerk = self._take(Lead), pick(self.clerks)
        (source,) = self.random.choices(list(SOURCES), weights=list(SOURCES.values()))
        language = pick(LANGUAGES) if chance() < 0.1 else None
        answers = {
            "role": pick(("self", "self", "family")),
            "first_name": pick(FIRST),
            "last_name": pick(LAST),
            "phone": f"+1 {pick(AREAS)}-555-01{self.random.randrange(100):02d}",
            "email": f"demo{lead_id}@example.org" if chance() < 0.6 else "",
            "preferred_channel": pick(Channel.values),
            "age_band": pick(AgeBand.values),
            "coverage_kind": pick(CoverageKind.values),
            "language": str(language.label) if language else "",
            "message": "Demo data.",
        }
        respond_by = self.schedule.deadline(received, settings.FIRST_ATTEMPT_PROMISE_MINUTES)
        lead: dict[str, Any] = {
            "id": lead_id,
            "reference": _reference(lead_id),
            "source": source,
            "received_at": received,
            "respond_by": respond_by,
            "status": _S.NEW,
            "status_changed_at": received,
            "vob_status": VobStatus.NOT_REQUESTED,
            "vob_changed_at": received,
            "language_code": language or "",
            "track_id": pick(self.tracks) if self.tracks else None,
            "is_demo": True,
            "attempts": 0,
            "version": 1,
            **{name: value for name, value in answers.items() if name != "message"},
        }
        self.keys = search.email_keys(answers["email"])
        taker = "visitor" if source.startswith("web") else self.clerk.get_username()
        inquiry = {"id": self._take(Inquiry), "source": source, "answers": answers}
        self.rows[Inquiry].append(self._submission(inquiry, lead_id, received))
        data = {"joined": False, "source": str(source), "inquiry": inquiry["id"]}
        self._event(lead_id, EventKind.INQUIRY_RECEIVED, taker, received, data)
        for wording in self.wordings:
            self.rows[Consent].append(
                {
                    "id": self._take(Consent),
                    "lead_id": lead_id,
                    "lead_reference": lead["reference"],
                    "wording_id": wording.pk,
                    "given_at": received,
                    "channel": source,
                }
            )
        path = self._path(received, respond_by)
        self.untried += not path
        if not path and self.untried % 20 == 1:
            lead |= {"quarantined_at": received, "suspicions": [Suspicion.LINKS]}
            data = {"suspicions": lead["suspicions"]}
            self._event(lead_id, EventKind.QUARANTINED, audit.SYSTEM, received, data)
        if answers["coverage_kind"] == CoverageKind.NONE and chance() < 0.3:
            self._estimate(lead, path)
        if path:
            self._walk(lead, path)
        if lead_id % 300 == 100:
            lead["deletion_requested_at"] = received
            self._event(lead_id, EventKind.DELETION_REQUESTED, "visitor", received, {})
        self.rows[Lead].append(lead)
        tokens = {
            *_phone_tokens(answers["phone"]),
            *_name_tokens(answers["first_name"], answers["last_name"]),
            *search.digests(self.keys),
        }
        self.rows[SearchToken] += [{"lead_id": lead_id, "token": token} for token in tokens]

    def _path(self, received: datetime, respond_by: datetime) -> tuple[LeadStatus, ...]:
        (path,) = self.random.choices([p for _, p in PATHS], weights=[w for w, _ in PATHS])
        days = (self.now - received).days
        if respond_by > self.now:
            return ()
        if days < 2 and path and path[-1] in OLD_ENOUGH:
            return path[:2] if days else path[:1]
        path = path or (() if days < 3 else (_S.ATTEMPTING,))
        # After two months there are few that nothing has come of.
        if days > 60 and path[-1] in UNDER_WAY and self.random.random() < 0.9:
            return (*path, _S.CLOSED)
        return path

    def _estimate(self, lead: dict[str, Any], path: tuple[LeadStatus, ...]) -> None:
        """Ask for a self-pay estimate with the inquiry; most of the called got theirs."""
        at = lead["received_at"]
        due = self.schedule.add_business_days(timezone.localdate(at), estimates.ON_REQUEST)
        lead |= {"estimate_requested_at": at, "estimate_due_on": due}
        lead["vob_status"] = VobStatus.NOT_APPLICABLE
        data = {"due_on": due.isoformat()}
        self._event(lead["id"], EventKind.ESTIMATE_REQUESTED, "visitor", at, data)
        if path and self.random.random() < 0.7:
            at += min(timedelta(days=1), (self.now - at) / 2)
            lead["estimate_delivered_at"] = at
            clerk = self.clerk.get_username()
            self._event(lead["id"], EventKind.ESTIMATE_DELIVERED, clerk, at, {})

    def _walk(self, lead: dict[str, Any], path: tuple[LeadStatus, ...]) -> None:
        """Move the lead along its path, with the attempts, checks and events that it takes."""
        clerk, received = self.clerk.get_username(), lead["received_at"]
        step = min(timedelta(days=3), (self.now - received) / (len(path) + 2))
        lead["owner_id"] = self.clerk.pk
        reached = _S.CONTACTED in path
        # Most are called within the promise, and never in the night.
        minutes = 75 * self.random.random() ** 3 - 13
        at = min(lead["respond_by"] + timedelta(minutes=minutes), received + step)
        self._event(lead["id"], EventKind.CLAIMED, clerk, at, {"owner": self.clerk.pk})
        lead["first_attempt_at"] = at
        lead["response"] = Response.IN_TIME if at <= lead["respond_by"] else Response.LATE
        tries = 1 if reached else self.random.randrange(1, 7)
        for number in range(tries):
            at += step / tries if number else timedelta()
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
            self._insurance(lead, path, at)
        for status in path:
            data = {"status": [str(lead["status"]), str(status)]}
            if status == _S.CLOSED:
                lead["close_reason"] = data["reason"] = self._reason(tries, reached)  # type: ignore[assignment]
            self._event(lead["id"], EventKind.STATUS_CHANGED, clerk, at, data)
            lead["status"], lead["status_changed_at"] = status, at
            at += step
        lead["attempts"], lead["version"] = tries, 2 + tries + len(path)
        if lead["status"] in OPEN_STATUSES:
            hours = self.random.uniform(-48, 14 * 24)
            lead["next_follow_up_at"] = self.now + timedelta(hours=hours)
            if self.random.random() < 0.1:  # nothing brings it up again, now and then knowingly
                lead["next_follow_up_at"] = None
                lead["no_next_step"] = self.random.random() < 0.5

    def _reason(self, tries: int, reached: bool) -> CloseReason:
        if not reached:
            return CloseReason.UNREACHABLE if tries >= 5 else CloseReason.WRONG_NUMBER
        return CloseReason(
            self.random.choice(
                [one for one in CloseReason.values if one not in ("unreachable", "referred_out")]
            )
        )

    def _insurance(self, lead: dict[str, Any], path: tuple[LeadStatus, ...], at: datetime) -> None:
        """Send an insurance form; it is checked by the time they are qualified."""
        payer_id, slug = self.random.choice(self.payers) if self.payers else (None, "other")
        answers = {
            "first_name": lead["first_name"],
            "patient_legal_name": f"{lead['first_name']} {lead['last_name']}",
            "patient_birth_date": f"{self.random.randrange(1950, 2010)}-06-15",
            "payer": slug,
            "member_id": f"DEMO{lead['id']:09d}",
        }
        self.keys += search.member_id_keys(answers["member_id"])
        self.keys += duplicates.patient_keys(answers)
        row = {"id": self._take(InsuranceVerification), "payer_id": payer_id, "answers": answers}
        self.rows[InsuranceVerification].append(self._submission(row, lead["id"], at))
        before = lead["vob_status"]
        lead |= {"payer_id": payer_id, "vob_status": VobStatus.REQUESTED, "vob_changed_at": at}
        data = {"form": row["id"], "vob_status": [str(before), "requested"]}
        self._event(lead["id"], EventKind.INSURANCE_RECEIVED, "visitor", at, data)
        if _S.QUALIFIED in path:
            self._check(lead, row, at)

    def _check(self, lead: dict[str, Any], form: dict[str, Any], at: datetime) -> None:
        """Find the coverage viable; it was checked again in time by who had to."""
        lead["vob_status"] = VobStatus.VERIFIED_VIABLE
        again = timezone.localdate(at) + timedelta(days=30)
        lead["vob_expires_on"] = max(again, self.today + timedelta(days=3))
        said = {"outcome": "verified_viable", "active": "yes", "network": "in"}
        result = {
            "id": self._take(VerificationResult),
            "lead_id": lead["id"],
            "form_id": form["id"],
            "payer_id": form["payer_id"],
            "by_id": self.clerk.pk,
            "at": at,
            "outcome": VobStatus.VERIFIED_VIABLE,
            "network": NetworkStatus.IN_NETWORK,
            "reverify_on": lead["vob_expires_on"],
            "details": {**said, "reverify_on": lead["vob_expires_on"].isoformat()},
        }
        self.rows[VerificationResult].append(result)
        data = {"vob_status": ["requested", "verified_viable"], "check": result["id"]}
        self._event(lead["id"], EventKind.VOB_RESULT, self.clerk.get_username(), at, data)

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


def _clerk(name: str) -> User:
    """Return a coordinator who can have leads and can neither sign in nor be written to."""
    clerk, is_new = User.objects.get_or_create(
        username=f"demo-{name}@example.org",
        defaults={"is_staff": True, "password": make_password(None)},
    )
    if is_new:
        clerk.groups.add(Group.objects.get(name=COORDINATOR))
    return clerk


def _reference(number: int) -> str:
    """Return a reference that looks drawn and is no other number's: a million drawn ones meet."""
    rest = number * _STRIDE % len(ALPHABET) ** LENGTH
    chars = []
    for _ in range(LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        chars.append(ALPHABET[digit])
    return "".join(chars)


@lru_cache(maxsize=100_000)
def _phone_tokens(phone: str) -> list[str]:
    return search.digests(search.phone_keys(phone))


@lru_cache(maxsize=1000)
def _name_tokens(*names: str) -> list[str]:
    return search.digests(search.name_keys(*names))
