"""The launch checklist on the desk: who sees it, and that every link on it leads to its place."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from admissions.models import ConsentWording
from content.models import Page, Person, Source
from iop_site import roles
from iop_site.launch import checklist
from iop_site.launch_items import Severity
from programs.models import Location, Payer, ProviderProfile, ScheduleBlock
from tests.texts import PageReader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]
WHERE = "/admin/launch/"
MAY = (roles.CONTENT_EDITOR, roles.MANAGER)


def blockers() -> list[str]:
    return [
        item.words
        for section in checklist()
        for item in section.items
        if item.severity is Severity.BLOCKER
    ]


@pytest.mark.parametrize("role", roles.ROLES)
def test_editors_and_managers_see_it(client: Client, make_staff: object, role: str) -> None:
    client.force_login(make_staff(role))
    assert client.get(WHERE).status_code == (200 if role in MAY else 403)
    index = PageReader(client.get("/admin/").content.decode())
    assert (WHERE in index.each("href")) is (role in MAY)


def test_a_superuser_sees_it_and_a_stranger_signs_in(client: Client) -> None:
    assert client.get(WHERE).headers["Location"].startswith("/admin/login/")
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(WHERE).status_code == 200
    assert WHERE in PageReader(client.get("/admin/").content.decode()).each("href")


def test_it_is_not_kept(client: Client, make_staff: object) -> None:
    client.force_login(make_staff(roles.MANAGER))
    assert "no-store" in client.get(WHERE).headers["Cache-Control"]


@pytest.mark.parametrize("role", MAY)
def test_every_link_opens_for_an_editor(client: Client, make_staff: object, role: str) -> None:
    Source.objects.update(checked_on=date(2020, 1, 1))
    Page.objects.update(next_review_on=date(2020, 1, 1))
    client.force_login(make_staff(role))
    response = client.get(WHERE)
    page = PageReader(response.content.decode())
    links = [item.url for section in checklist() for item in section.items if item.url]
    assert set(links) <= set(page.each("href"))
    answers = {link: client.get(link).status_code for link in links}
    if role == roles.CONTENT_EDITOR:
        assert {link: status for link, status in answers.items() if status != 200} == {}
    else:
        assert set(answers.values()) <= {200, 403}


def test_each_number_is_that_of_the_list_behind_it(client: Client, make_staff: object) -> None:
    client.force_login(make_staff(roles.CONTENT_EDITOR))
    lists = [
        item
        for section in checklist()
        for item in section.items
        if "reviewer__isnull" in item.url or "is_sample__exact" in item.url
    ]
    assert len(lists) > 3
    for item in lists:
        shown = client.get(item.url).context["cl"].result_count
        assert str(shown) in item.words.split(": ")[-1]


def test_what_is_done_leaves_the_list() -> None:
    before = blockers()
    assert "Legal name: missing" in before
    assert any("sample person" in words for words in before)
    ProviderProfile.objects.update(sample_fields=[], legal_name="R, Inc.", licence_number="C-1")
    Person.objects.update(is_sample=False)
    Location.objects.update(is_sample=False)
    ScheduleBlock.objects.update(is_sample=False)
    ConsentWording.objects.update(status="approved by counsel 2026-11-30")
    after = blockers()
    assert "Legal name: missing" not in after
    assert not [words for words in after if "sample" in words or "counsel" in words]


def test_only_the_newest_wording_waits_for_counsel() -> None:
    ConsentWording.objects.update(status="")
    old = ConsentWording.objects.filter(topic="contact").order_by("-version").first()
    assert old is not None
    ConsentWording.objects.create(
        topic="contact", version=old.version + 1, label="x", status="approved by counsel today"
    )
    links = [item.url for section in checklist() for item in section.items]
    assert reverse("admin:admissions_consentwording_change", args=[old.pk]) not in links


def test_a_contract_ends_the_warning_about_payers() -> None:
    def warned() -> bool:
        return any("contract" in i.words for section in checklist() for i in section.items)

    assert warned()
    Payer.objects.filter(pk=Payer.objects.first().pk).update(contracted=True)
    assert not warned()


def test_an_empty_database_has_a_list_too(client: Client) -> None:
    ProviderProfile.objects.all().delete()
    Page.objects.all().delete()
    client.force_login(User.objects.create_superuser("root"))
    assert "There is no provider profile." in client.get(WHERE).content.decode()


def test_the_list_takes_no_more_queries_for_more_rows() -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            checklist()
        return len(queries)

    few = count()
    for number in range(30):
        Person.objects.create(key=f"p{number}", name="P", role="r", is_sample=True)
        Location.objects.create(slug=f"l{number}", name="L", address="a", is_sample=True)
    assert count() == few <= 25
