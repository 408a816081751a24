"""Signed consents to give records away: nothing goes by one that is over, or beyond its words."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from admissions import audit, disclosures, erasure, personal_copy, referrals, retention
from admissions import signed_consents as signed
from admissions.enums import ErasureReason
from admissions.exceptions import NotAllowed, StaleVersion, TransitionRefused, WorkflowError
from admissions.models import Disclosure, Lead, SignedConsent
from admissions.timeline import timeline
from iop_site import roles
from tests.admissions.lead_tools import put, read
from tests.admissions.merge_tools import do_merge, events

pytestmark = pytest.mark.usefixtures("provider")
TODAY = timezone.localdate()
DAY = timedelta(days=1)
PAPER: dict[str, Any] = {
    "patient": "Avery Quill",
    "recipient": "Elm Clinic",
    "given": ["contact", "request"],
    "purpose": "treatment",
    "signed_on": TODAY - 30 * DAY,
    "expires_on": TODAY + 30 * DAY,
    "is_complete": True,
}


@pytest.fixture
def sign(lead: Lead, coordinator: User) -> Callable[..., SignedConsent]:
    def record(**changes: Any) -> SignedConsent:
        values = {
            "lead": lead,
            "by": coordinator,
            "version": read(lead).version,
            **PAPER,
            **changes,
        }
        return signed.record(**values)

    return record


@pytest.fixture
def disclose(lead: Lead, coordinator: User) -> Callable[..., Disclosure]:
    def give(**changes: Any) -> Disclosure:
        values = {
            "recipient": "Elm Clinic",
            "given": ["contact"],
            "purpose": "treatment",
            "basis": "consent",
            **changes,
        }
        return disclosures.record(lead=lead, by=coordinator, version=read(lead).version, **values)

    return give


def test_paper_is_kept_point_by_point(lead: Lead, sign: Any, coordinator: User) -> None:
    kept = sign(signed_by=" Sam Quill, guardian ")
    kept.refresh_from_db()
    assert (kept.patient, kept.recipient) == ("Avery Quill", "Elm Clinic")
    assert kept.signed_by == "Sam Quill, guardian"
    assert kept.discloser == "Marsh House"
    assert (kept.given, kept.purpose) == (["contact", "request"], "treatment")
    assert kept.is_in_force
    assert str(kept) == f"signed consent {kept.pk}"
    said = events(lead, "consent_given")[-1]
    assert said == {
        "signed": kept.pk,
        "given": ["contact", "request"],
        "for": "treatment",
        "basis": "consent",
    }
    assert "Name and how to reach them" in timeline(lead)[0].detail
    assert not list(audit.verify())


@pytest.mark.parametrize(
    "missing",
    [
        {"patient": " "},
        {"recipient": ""},
        {"given": []},
        {"given": ["soul"]},
        {"purpose": "fun"},
        {"is_complete": False},
        {"signed_on": TODAY + DAY},
        {"expires_on": TODAY - 31 * DAY},
    ],
    ids=["patient", "recipient", "what", "unknown", "purpose", "unsigned", "future", "order"],
)
def test_paper_that_lacks_something_is_no_consent(sign: Any, missing: dict[str, Any]) -> None:
    with pytest.raises(WorkflowError):
        sign(**missing)
    assert not SignedConsent.objects.exists()


def test_database_keeps_the_days_in_order(sign: Any) -> None:
    kept = sign()
    with pytest.raises(IntegrityError), transaction.atomic():
        SignedConsent.objects.filter(pk=kept.pk).update(expires_on=date(2000, 1, 1))


@pytest.mark.parametrize("role", [roles.AUDITOR, roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER])
def test_others_record_and_revoke_none(sign: Any, make_staff: Any, role: str) -> None:
    kept, somebody = sign(), make_staff(role)
    with pytest.raises(NotAllowed):
        sign(by=somebody)
    with pytest.raises(NotAllowed):
        signed.revoke(consent=kept, by=somebody)


def test_what_was_on_the_screen_is_what_counts(lead: Lead, sign: Any) -> None:
    with pytest.raises(StaleVersion):
        sign(version=read(lead).version + 1)


# -- what may be given by it


def test_disclosure_points_to_the_consent_it_was_made_by(sign: Any, disclose: Any) -> None:
    kept = sign()
    assert disclose(signed=kept).signed == kept
    assert disclose(signed=sign(given=["all"]), given=["notes", "result"]).pk


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"given": ["contact", "notes"]}, "more than they consented"),
        ({"purpose": "payment"}, "for something else"),
        ({"day": TODAY - 31 * DAY}, "taken back or has run out"),
        ({"basis": "law"}, "consent as the reason"),
    ],
    ids=["more", "other purpose", "before", "other basis"],
)
def test_nothing_is_given_beyond_it(
    sign: Any, disclose: Any, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(WorkflowError, match=words):
        disclose(signed=sign(), **changes)
    assert not Disclosure.objects.exists()


def test_database_refuses_another_basis_with_it(sign: Any, disclose: Any) -> None:
    made = disclose(signed=sign())
    with pytest.raises(IntegrityError), transaction.atomic():
        Disclosure.objects.filter(pk=made.pk).update(basis="law")


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_one_that_is_over_blocks_what_is_new_and_leaves_what_was(
    lead: Lead, sign: Any, disclose: Any, coordinator: User, how: str
) -> None:
    kept = sign()
    before = disclose(signed=kept)
    if how == "revoked":
        signed.revoke(consent=kept, by=coordinator)
        signed.revoke(consent=kept, by=coordinator)
        assert len(events(lead, "consent_withdrawn")) == 1
    else:
        SignedConsent.objects.filter(pk=kept.pk).update(expires_on=TODAY - DAY)
        kept.refresh_from_db()
    assert not kept.is_in_force
    for by in ({"signed": kept}, {}):  # nor by leaving out which
        with pytest.raises(WorkflowError, match="taken back"):
            disclose(**by)
    with pytest.raises(WorkflowError, match="taken back"):
        referrals.refer_out(
            lead=lead,
            by=coordinator,
            version=read(lead).version,
            place="Elm Clinic",
            given=["contact"],
            basis="consent",
        )
    assert list(Disclosure.objects.all()) == [before]
    assert disclose(basis="law")  # a court asks nobody
    assert disclose(signed=sign(signed_on=TODAY))


def test_consent_of_another_lead_is_none(sign: Any, disclose: Any, make_lead: Any) -> None:
    kept = sign()
    other = make_lead(first_name="Robin", phone="", email="robin@example.org")
    SignedConsent.objects.filter(pk=kept.pk).update(lead=other)
    kept.refresh_from_db()
    with pytest.raises(WorkflowError, match="of this person"):
        disclose(signed=kept)


# -- with the lead


def test_it_goes_along_with_a_merge_and_cannot_be_revoked_on_an_erased_lead(
    lead: Lead, sign: Any, make_lead: Any, coordinator: User, manager: User, disclose: Any
) -> None:
    kept = sign()
    disclose(signed=kept)
    other = make_lead(first_name="Robin", phone="", email="robin@example.org")
    do_merge(other, lead, coordinator)
    kept.refresh_from_db()
    assert kept.lead == other
    erasure.erase(lead=other, why=ErasureReason.ASKED, by=manager)
    with pytest.raises(TransitionRefused):
        signed.revoke(consent=kept, by=coordinator)


def test_erased_with_the_lead_unless_something_was_given_by_it(
    lead: Lead, sign: Any, disclose: Any, manager: User
) -> None:
    used, unused = sign(), sign()
    given = disclose(signed=used)
    counts = erasure.erase(lead=lead, why=ErasureReason.ASKED, by=manager)
    assert counts["signedconsent"] == 1
    assert list(SignedConsent.objects.all()) == [used]
    assert unused.pk != used.pk
    long_ago = timezone.now() - retention.DISCLOSURES - DAY
    SignedConsent.objects.update(recorded_at=long_ago)
    while retention.step(by_hand=True):
        pass
    assert SignedConsent.objects.exists()
    Disclosure.objects.filter(pk=given.pk).update(recorded_at=long_ago)
    while retention.step(by_hand=True):
        pass
    assert not SignedConsent.objects.exists()


def test_person_gets_it_in_their_copy(
    lead: Lead, sign: Any, manager: User, coordinator: User
) -> None:
    signed.revoke(consent=sign(), by=coordinator)
    sign(recipient="Oak Clinic", signed_on=TODAY)
    copy = personal_copy.make(
        lead=read(lead), whose=personal_copy.Whose.CONTACT, form="page", by=manager
    )
    (section,) = [one for one in copy.sections if one.title.startswith("What you signed")]
    assert [(one.what, one.facts[-1][0]) for one in section.entries] == [
        ("Oak Clinic", "Holds until"),
        ("Elm Clinic", "Taken back"),
    ]


# -- on the page


def test_staff_record_use_and_take_it_back_on_the_page(
    client: Client, lead: Lead, coordinator: User
) -> None:
    client.force_login(coordinator)
    base = f"/admin/admissions/lead/{lead.pk}"

    def act(action: str, **data: Any) -> Any:
        return client.post(f"{base}/{action}/", {"version": read(lead).version, **data})

    paper = {
        **{name: PAPER[name] for name in ("patient", "recipient", "given", "purpose")},
        "signed_on": str(TODAY),
        "expires_on": str(TODAY + DAY),
    }
    answer = act("sign", **paper)
    assert answer.status_code == 422  # not ticked
    assert "it is no consent" in answer.content.decode()
    assert 'value="Elm Clinic"' in answer.content.decode()
    assert act("sign", **{**paper, "expires_on": "soon"}).status_code == 422
    assert act("sign", **paper, is_complete="on").status_code == 302
    kept = SignedConsent.objects.get()
    page = client.get(f"{base}/change/").content.decode()
    assert "They took it back" in page
    gives = {
        "recipient": "Elm Clinic",
        "given": ["contact"],
        "purpose": "treatment",
        "basis": "consent",
        "day": str(TODAY),
        "signed": kept.pk,
    }
    assert act("disclose", **gives).status_code == 302
    assert act("revoke", signed=99999).status_code == 422
    assert act("revoke", signed=kept.pk).status_code == 302
    page = client.get(f"{base}/change/").content.decode()
    assert "Taken back" in page
    assert act("disclose", **gives).status_code == 409
    SignedConsent.objects.update(revoked_at=None, signed_on=TODAY - 9 * DAY, expires_on=TODAY - DAY)
    assert "Has run out" in client.get(f"{base}/change/").content.decode()
    put(lead, status="new")
