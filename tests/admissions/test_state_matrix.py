"""What each role may do to a lead in each state: every act of its page, by docs/states.md.

A new act fails here until its line stands in the table, where people read it. The answer is that of
the running page: role, form and verb together, with data that is good where the act is.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse

from admissions import details, erasure, slots
from admissions.admin.lead_actions import ACTIONS
from admissions.enums import (
    Disclosed,
    DisclosureBasis,
    DisclosurePurpose,
    ErasureReason,
    LeadStatus,
    VobStatus,
)
from admissions.models import Consultation, Inquiry, Lead, ReferralSource, SignedConsent
from iop_site.roles import COORDINATOR, MANAGER, ROLES
from tests.admissions.calendar_tools import local, offer, set_rules, take
from tests.admissions.lead_tools import put
from tests.admissions.merge_tools import do_merge
from tests.factories import new_key

TABLE = Path(settings.BASE_DIR) / "docs" / "states.md"
NOW = local("2027-03-01 08:00")
ADMINISTRATOR = "administrator"
STATES: dict[str, Callable[[Lead, User, User], Any]] = {
    "new": lambda lead, me, other: put(lead, owner=None),
    "mine": lambda lead, me, other: put(lead, owner=me, **TALKED),
    "another's": lambda lead, me, other: put(lead, owner=other, **TALKED),
    "closed": lambda lead, me, other: put(lead, owner=me, **{**TALKED, **CLOSED}),
    "admitted": lambda lead, me, other: put(
        lead, owner=me, **{**TALKED, "status": LeadStatus.ADMITTED}
    ),
    "held as spam": lambda lead, me, other: put(lead, owner=None, quarantined_at=NOW),
    "merged": lambda lead, me, other: do_merge(another(lead), lead, third()),
    "erased": lambda lead, me, other: erasure.erase(lead=lead, why=ErasureReason.ASKED, by=third()),
}
CLOSED = {"status": LeadStatus.CLOSED, "close_reason": "not_ready"}
TALKED: dict[str, Any] = {
    "status": LeadStatus.CONTACTED,
    "first_attempt_at": NOW,
    "first_contact_at": NOW,
    "attempts": 1,
    "response": "in_time",
}


MOVES = {"new": "attempting", "closed": "attempting", "admitted": "admission_scheduled"}


def another(lead: Lead) -> Lead:
    return Lead.objects.exclude(pk=lead.pk).order_by("pk")[0]


def data_for(action: str, lead: Lead, other: User) -> dict[str, Any]:
    """Return what somebody would send for an act on this lead; good, where the act may be done."""
    consultations = Consultation.objects.order_by("starts_at").values_list("pk", flat=True)
    begun, to_come = consultations or (0, 0)  # none is left of who was erased
    if action == "book":
        Consultation.objects.update(state="cancelled")
    source = ReferralSource.objects.get().pk
    signed = SignedConsent.objects.values_list("pk", flat=True)
    free = slots.offered()[20].value
    own = {
        field.name: getattr(lead, field.name)
        for field in Lead._meta.concrete_fields
        if isinstance(getattr(lead, field.name), str | bool)
    }
    told = {"given": [Disclosed.values[0]], "basis": DisclosureBasis.OTHER}
    given: dict[str, dict[str, Any]] = {
        "assign": {"to": third().pk},
        "handover": {"to": third().pk, "note": "Likes evenings."},
        "attempt": {"channel": "phone", "result": "no_answer"},
        "followup": {"next_step": "morning"},
        "note": {"text": "A note."},
        "move": {"to": MOVES.get(lead.status, "qualified"), "note": "They came back."},
        "close": {"reason": "not_ready", "note": "They said so."},
        "details": {**own, "organization": "Another", "told_by": "phone"},
        "adopt": {"offer": next((one.key for one in details.offers(lead)), "none")},
        "verification": {"to": VobStatus.NOT_APPLICABLE},
        "estimate": {"how": "mail"},
        "book": {"starts_at": free, "channel": "phone", "key": new_key()},
        "rebook": {
            "consultation": to_come,
            "starts_at": free,
            "channel": "phone",
        },
        "cancel": {"consultation": to_come},
        "held": {"consultation": begun},
        "no-show": {"consultation": begun},
        "source": {"referral_source": source},
        "new_source": {"source_kind": "court", "source_organization": "A court"},
        "refer": {"source": source},
        "disclose": {
            **told,
            "recipient": "A clinic",
            "day": "2027-02-27",
            "purpose": DisclosurePurpose.values[0],
        },
        "sign": {
            "patient": "Avery Quill",
            "recipient": "A clinic",
            "given": [Disclosed.CONTACT],
            "purpose": DisclosurePurpose.TREATMENT,
            "signed_on": "2027-02-27",
            "expires_on": "2027-05-27",
            "is_complete": "on",
        },
        "revoke": {"signed": next(iter(signed), 0)},
        "withdraw": {"topics": ["texts"], "channel": "phone"},
        "hold": {"on": "on", "note": "A court asked for it."},
        "erase": {"why": ErasureReason.values[0], "reference": lead.reference},
    }
    return {"version": lead.version, **given.get(action, {})}


def third() -> User:
    return User.objects.get(username="third@example.org")


@pytest.fixture
def lead(send_insurance: Any, make_lead: Any, make_staff: Any) -> Lead:
    """A lead with one of all that acts are about."""
    with time_machine.travel(NOW - timedelta(days=1), tick=False):
        for day in range(5):
            offer(day, "09:00", "17:00")
        set_rules()
        lead = send_insurance(text_ok=True)
        make_lead(first_name="Blake", phone="", email="blake@example.org")
        take(lead, local("2027-03-01 09:00"))
        take(lead, local("2027-03-02 09:00"))
        ReferralSource.objects.create(kind="court", organization="A court")
        make_staff(MANAGER, "third")
    Consultation.objects.filter(starts_at=local("2027-03-01 09:00")).update(
        starts_at=NOW - timedelta(hours=1), ends_at=NOW - timedelta(minutes=30)
    )
    SignedConsent.objects.create(
        lead=lead,
        patient="Avery Quill",
        recipient="A clinic",
        given=["contact"],
        purpose="treatment",
        signed_on=NOW.date(),
        expires_on=NOW.date() + timedelta(days=90),
        by=third(),
    )
    more = {"source": "phone", "answers": {"phone": "617-555-0188"}, "received_at": NOW}
    Inquiry.objects.create(lead=lead, idempotency_key=new_key(), content_digest="d", **more)
    return put(lead, estimate_requested_at=NOW - timedelta(days=1))


def expected() -> dict[str, dict[str, str]]:
    """Return the table: for each act, and each state, who may do it."""
    rows = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in TABLE.read_text(encoding="utf-8").splitlines()
        if line.startswith(("| `", "| act |"))
    ]
    head, *acts = rows
    return {row[0].strip("`"): dict(zip(head[1:], row[1:], strict=True)) for row in acts}


@pytest.mark.parametrize("state", STATES)
def test_each_role_may_do_to_a_lead_what_the_table_says(
    state: str, lead: Lead, make_staff: Any
) -> None:
    with time_machine.travel(NOW, tick=False):
        other = make_staff(COORDINATOR, "other")
        root = User.objects.create_superuser("root@example.org")
        people = {role: make_staff(role, f"me-{role.replace(' ', '-')}") for role in ROLES}
        people[ADMINISTRATOR] = root
        found: dict[str, list[str]] = {action: [] for action in ACTIONS}
        for role, me in people.items():
            client = Client()
            client.force_login(me)
            with transaction.atomic():
                STATES[state](lead, me, other)
                for action, who in found.items():
                    if is_done(client, lead, action, other):
                        who.append(role)
                transaction.set_rollback(True)
            lead.refresh_from_db()
    cells = {action: ", ".join(who) or "–" for action, who in found.items()}
    assert cells == {one: row[state] for one, row in expected().items()}


def is_done(client: Client, lead: Lead, action: str, other: User) -> bool:
    with transaction.atomic():
        now = Lead.objects.get(pk=lead.pk)
        address = reverse("admin:admissions_lead_act", args=[lead.pk, action])
        answer = client.post(address, data_for(action, now, other))
        transaction.set_rollback(True)
    assert answer.status_code in (302, 403, 404, 409, 422), (action, answer.status_code)
    return bool(answer.status_code == 302)
