"""Views of the list that staff save."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from admissions.admin.lead_list import sealed
from admissions.models import Lead, LeadEvent, SavedView

LIST = "/admin/admissions/lead/"
VIEWS = "/admin/admissions/lead/views/"


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def boss(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def names(client: Client) -> list[str]:
    return [view.name for view in client.get(LIST).context["cl"].views]


def test_filters_of_the_moment_are_saved_and_shown_above_the_list(
    desk: Client, lead: Lead, coordinator: User
) -> None:
    page = desk.get(LIST, {"status": "open", "owner": "none"}).content.decode()
    assert f'href="{VIEWS}?status=open&amp;owner=none"' in page
    answer = desk.post(f"{VIEWS}?status=open&owner=none", {"name": "  Nobody's  "})
    assert answer["Location"] == f"{LIST}?status=open&owner=none"
    view = SavedView.objects.get()
    assert (view.user, view.name, view.query) == (coordinator, "Nobody's", "status=open&owner=none")
    assert not view.is_shared
    page = desk.get(f"{LIST}?{view.query}").content.decode()
    assert 'href="?status=open&amp;owner=none" aria-current="page"' in page


def test_only_filters_are_saved_never_the_search(desk: Client) -> None:
    query = f"q={sealed('Avery')}&first_name=Avery&after=1-1&order=next&status=king&owner=me"
    desk.post(f"{VIEWS}?{query}", {"name": "Mine"})
    assert SavedView.objects.get().query == "owner=me&order=next"


def test_the_page_says_what_would_be_saved(desk: Client) -> None:
    page = desk.get(f"{VIEWS}?status=new&response=overdue").content.decode()
    assert "Status: New" in page
    assert "First call: Overdue" in page
    page = desk.get(VIEWS).content.decode()
    assert "Save this view" not in page.replace("“Save this view…”", "")
    assert "None is saved yet." in page


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "\x00"])
def test_a_view_needs_a_name_that_fits(desk: Client, name: str) -> None:
    answer = desk.post(f"{VIEWS}?status=new", {"name": name})
    assert answer.status_code == 422
    assert not SavedView.objects.exists()
    assert 'class="errornote"' in answer.content.decode()


def test_a_name_is_given_once_and_what_was_typed_stays(desk: Client, boss: Client) -> None:
    desk.post(f"{VIEWS}?status=new", {"name": "Fresh"})
    answer = desk.post(f"{VIEWS}?status=open", {"name": "Fresh"})
    assert answer.status_code == 422
    assert "You have a view of that name." in answer.content.decode()
    assert 'value="Fresh"' in answer.content.decode()
    assert SavedView.objects.get().query == "status=new"
    boss.post(f"{VIEWS}?status=new", {"name": "Fresh"})  # another person's
    assert SavedView.objects.count() == 2


def test_a_manager_gives_a_view_to_everybody_and_nobody_else_can(
    desk: Client, boss: Client
) -> None:
    boss.post(f"{VIEWS}?status=new", {"name": "For all", "is_shared": "on"})
    boss.post(f"{VIEWS}?status=new", {"name": "Only mine"})
    desk.post(f"{VIEWS}?status=open", {"name": "Not for all", "is_shared": "on"})
    assert names(desk) == ["For all", "Not for all"]
    assert names(boss) == ["For all", "Only mine"]
    assert not SavedView.objects.get(name="Not for all").is_shared


def test_a_view_of_me_is_of_whoever_opens_it(
    desk: Client, boss: Client, lead: Lead, coordinator: User
) -> None:
    Lead.objects.update(owner=coordinator)
    boss.post(f"{VIEWS}?owner=me", {"name": "Mine", "is_shared": "on"})
    query = SavedView.objects.get().query
    assert len(desk.get(f"{LIST}?{query}").context["cl"].result_list) == 1
    assert len(boss.get(f"{LIST}?{query}").context["cl"].result_list) == 0


def test_a_view_whose_filter_is_gone_shows_the_rest(
    desk: Client, lead: Lead, coordinator: User
) -> None:
    SavedView.objects.create(user=coordinator, name="Old", query="track=999&status=new&%ff=%00")
    assert desk.get(f"{LIST}?{SavedView.objects.get().query}").context["cl"].result_list == [lead]
    assert desk.get(VIEWS).status_code == 200


def test_a_view_is_deleted_by_who_may(
    desk: Client, boss: Client, coordinator: User, manager: User
) -> None:
    own = SavedView.objects.create(user=coordinator, name="Own")
    shared = SavedView.objects.create(user=manager, name="Shared", is_shared=True)
    private = SavedView.objects.create(user=coordinator, name="Private")

    def delete(client: Client, view: SavedView) -> int:
        return client.post(f"{VIEWS}{view.pk}/delete/").status_code

    assert desk.get(f"{VIEWS}{own.pk}/delete/").status_code == 405
    assert delete(desk, own) == 302
    assert delete(desk, own) == delete(desk, shared) == delete(boss, private) == 404
    assert LeadEvent.objects.filter(kind="refused", data__act="delete_view").count() == 3
    assert delete(boss, shared) == 302
    assert list(SavedView.objects.all()) == [private]


def test_what_somebody_named_a_view_is_shown_as_text(desk: Client, lead: Lead) -> None:
    desk.post(f"{VIEWS}?status=new", {"name": "<script>x</script>"})
    for address in (LIST, VIEWS):
        assert "<script>x" not in desk.get(address).content.decode()


def test_views_cost_the_same_however_many(
    desk: Client, coordinator: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        SavedView.objects.create(user=coordinator, name=f"View {number}", query="status=new")
    for address in (VIEWS, LIST):
        with django_assert_max_num_queries(20):
            desk.get(address)
