"""What every template may use, whatever the state of the database."""

import pytest
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from iop_site.context_processors import site
from programs.models import CrisisLine, ProviderProfile
from tests.outages import database_away

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]


def test_site_gives_the_provider_and_the_crisis_lines(rf: RequestFactory) -> None:
    context = site(rf.get("/"))
    assert context["provider"] == ProviderProfile.objects.get()
    assert set(context["crisis_lines"]) == set(CrisisLine.objects.values_list("key", flat=True))
    assert [line.key for line in context["strip_lines"]] == [
        line.key for line in CrisisLine.objects.filter(on_strip=True)
    ]
    assert "line:988" in context["placeholders"]


def test_the_canonical_address_leaves_out_what_follows_the_path(rf: RequestFactory) -> None:
    context = site(rf.get("/articles/?utm_source=canary", headers={"host": "127.0.0.1"}))
    assert context["canonical_url"] == "http://testserver/articles/"


def test_site_shows_a_change_of_the_profile_at_once(rf: RequestFactory) -> None:
    site(rf.get("/"))
    ProviderProfile.objects.update(phone_display="617-555-0199")
    assert site(rf.get("/"))["provider"].phone_display == "617-555-0199"


def test_site_keeps_the_numbers_while_the_database_is_away(rf: RequestFactory) -> None:
    before = site(rf.get("/"))
    with database_away():
        after = site(rf.get("/"))
    assert after["provider"].phone_e164 == before["provider"].phone_e164
    assert set(after["crisis_lines"]) == set(before["crisis_lines"])


def test_a_page_asks_for_them_in_two_queries(
    rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        site(rf.get("/"))


def test_an_unknown_address_shows_the_numbers_without_the_database(client: Client) -> None:
    client.get("/nowhere/")
    with database_away():
        response = client.get("/nowhere/")
    assert response.status_code == 404
    assert b"tel:+18884011179" in response.content
    assert b"tel:988" in response.content
