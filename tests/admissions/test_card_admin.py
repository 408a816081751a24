"""A card photo on the desk: who may open it, that it is recorded, and how it is sent."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from admissions import audit, card_photos, drafts, intake
from admissions.enums import CardSide, DraftKind
from admissions.models import CardPhoto, ConsentWording, Lead, LeadEvent
from iop_site import roles
from iop_site.crypto import DecryptionError
from tests.admissions.card_files import is_plain, photo
from tests.admissions.conftest import writes_fail
from tests.factories import insurance_answers, new_key
from tests.texts import PageReader


def send_cards(wordings: list[ConsentWording], **answers: Any) -> Lead:
    draft, _token = drafts.begin(kind=DraftKind.INSURANCE)
    for side in CardSide:
        card_photos.store(draft=draft, side=side, data=photo())
    receipt = intake.submit_insurance(
        answers=insurance_answers(**answers),
        wordings=wordings,
        idempotency_key=new_key(),
        draft=draft,
    )
    return Lead.objects.get(reference=receipt.reference)


@pytest.fixture
def lead(wordings: list[ConsentWording]) -> Lead:
    return send_cards(wordings)


@pytest.fixture
def front(lead: Lead) -> CardPhoto:
    return CardPhoto.objects.get(form__lead=lead, side=CardSide.FRONT)


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def address(lead: Lead, photo: CardPhoto) -> str:
    return reverse("admin:admissions_lead_card", args=[lead.pk, photo.pk])


def test_the_address_is_what_it_is(lead: Lead, front: CardPhoto) -> None:
    assert address(lead, front) == f"/admin/admissions/lead/{lead.pk}/card/{front.pk}/"


@pytest.mark.shows("ASVS 3.2.1", "ASVS 5.4.1")
def test_a_photo_is_sent_as_a_picture_that_can_do_nothing_and_stays_nowhere(
    desk: Client, lead: Lead, front: CardPhoto
) -> None:
    answer = desk.get(address(lead, front))
    assert answer.status_code == 200
    assert is_plain(answer.content)
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"]
    assert "public" not in answer["Cache-Control"]
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Content-Disposition"] == 'inline; filename="card-front.jpg"'
    assert not answer.has_header("ETag")
    assert not answer.has_header("Last-Modified")


def test_opening_is_recorded_and_does_not_crowd_the_timeline(
    desk: Client, lead: Lead, front: CardPhoto, coordinator: User
) -> None:
    desk.get(address(lead, front))
    event = LeadEvent.objects.get(kind="card_viewed")
    assert (event.lead_id, event.actor) == (lead.pk, coordinator.username)
    assert event.data == {"photo": front.pk, "side": "front"}
    assert list(audit.verify()) == []
    assert "Card photo opened" not in desk.get(lead.get_absolute_url()).content.decode()


def test_what_cannot_be_recorded_is_not_shown(desk: Client, lead: Lead, front: CardPhoto) -> None:
    desk.raise_request_exception = False
    with writes_fail("admissions_leadevent"):
        answer = desk.get(address(lead, front))
    assert answer.status_code == 503
    assert not LeadEvent.objects.filter(kind="card_viewed").exists()


def test_a_photo_that_does_not_open_is_not_recorded_as_seen(
    desk: Client, lead: Lead, front: CardPhoto
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE admissions_cardphoto SET image = %s", [b"v1.k1.altered"])
    with pytest.raises(DecryptionError):
        desk.get(address(lead, front))
    assert not LeadEvent.objects.filter(kind="card_viewed").exists()


@pytest.mark.parametrize("role", roles.ROLES)
def test_only_who_may_see_leads_sees_cards(
    client: Client, lead: Lead, front: CardPhoto, make_staff: Any, role: str
) -> None:
    client.force_login(make_staff(role))
    status = client.get(address(lead, front)).status_code
    may = role in (roles.COORDINATOR, roles.MANAGER)
    assert status == (200 if may else 403)
    assert LeadEvent.objects.filter(kind="card_viewed").exists() == may


def test_without_a_sign_in_it_leads_to_one(client: Client, lead: Lead, front: CardPhoto) -> None:
    answer = client.get(address(lead, front))
    assert (answer.status_code, answer["Location"][:13]) == (302, "/admin/login/")
    assert not LeadEvent.objects.filter(kind="card_viewed").exists()


@pytest.mark.shows("ASVS 8.2.2")
def test_a_photo_is_found_with_its_own_lead_only(
    desk: Client, lead: Lead, front: CardPhoto, wordings: list[ConsentWording]
) -> None:
    other = send_cards(wordings, phone="+1 617-555-0142")
    draft, _token = drafts.begin(kind=DraftKind.INSURANCE)
    unsent = card_photos.store(draft=draft, side=CardSide.FRONT, data=photo())
    assert other != lead
    for place in (
        address(other, front),
        address(lead, unsent),
        f"/admin/admissions/lead/{lead.pk}/card/{front.pk + 99}/",
        f"/admin/admissions/lead/{lead.pk}/card/{'9' * 30}/",
        f"/admin/admissions/lead/{lead.pk + 99}/card/{front.pk}/",
    ):
        assert desk.get(place).status_code == 404
    assert not LeadEvent.objects.filter(kind="card_viewed").exists()


def test_a_photo_is_only_looked_at(desk: Client, lead: Lead, front: CardPhoto) -> None:
    for method in ("post", "put", "delete", "patch"):
        assert getattr(desk, method)(address(lead, front)).status_code == 405
    assert desk.head(address(lead, front)).status_code == 200
    assert LeadEvent.objects.filter(kind="card_viewed").count() == 1


def test_the_page_of_the_lead_links_to_its_photos_and_shows_none(
    desk: Client, lead: Lead, wordings: list[ConsentWording]
) -> None:
    page = desk.get(lead.get_absolute_url()).content.decode()
    photos = list(CardPhoto.objects.filter(form__lead=lead).order_by("pk"))
    links = [link for link in PageReader(page).each("href") if "/card/" in link]
    assert links == [address(lead, one) for one in photos]
    assert len(re.findall('href="[^"]*/card/[^"]*" target="_blank" rel="noopener">', page)) == 2
    assert "<img" not in page[page.index("Card photos") :]
    assert not LeadEvent.objects.filter(kind="card_viewed").exists()
    without = intake.submit_insurance(
        answers=insurance_answers(phone="+1 617-555-0177"),
        wordings=wordings,
        idempotency_key=new_key(),
    )
    bare = Lead.objects.get(reference=without.reference)
    assert "Card photos" not in desk.get(bare.get_absolute_url()).content.decode()


def test_the_page_reads_no_picture(desk: Client, lead: Lead) -> None:
    """A picture that cannot be opened must not keep staff from the lead."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE admissions_cardphoto SET image = %s", [b"v1.k1.altered"])
    assert desk.get(lead.get_absolute_url()).status_code == 200
