"""The pages of the programs: what is offered, for whom, when, and under which name."""

import re
from datetime import time

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import Page, Source, TextStatus
from programs.models import (
    Component,
    LevelOfCare,
    Location,
    Program,
    ProviderProfile,
    ScheduleBlock,
    Track,
)
from tests.pages import fields_of
from tests.programs.test_guide import CALM
from tests.texts import PageReader, make_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]


def page(client: Client, address: str) -> PageReader:
    response = client.get(address)
    assert response.status_code == 200
    return PageReader(response.content.decode())


# -- what is offered


def test_the_programs_page_shows_programs_tracks_and_components(client: Client) -> None:
    context = client.get("/programs/").context
    assert list(context["programs"]) == list(Program.objects.published())
    assert list(context["tracks"]) == list(Track.objects.offered())
    assert list(context["components"]) == list(Component.objects.offered())
    shown = page(client, "/programs/").each("href")
    for track in Track.objects.offered():
        assert track.get_absolute_url() in shown
    for program in Program.objects.published():
        assert program.get_absolute_url() in shown


@pytest.mark.parametrize(
    ("model", "lists"),
    [
        (Component, ["/programs/", "/programs/components/", "/programs/intensive-outpatient/"]),
        (Track, ["/programs/", "/programs/tracks/", "/programs/schedule/"]),
    ],
)
@pytest.mark.parametrize("changes", [{"is_offered": False}, {"status": TextStatus.DRAFT}])
def test_what_is_not_offered_is_shown_nowhere(
    client: Client,
    model: type[Component | Track],
    lists: list[str],
    changes: dict[str, object],
) -> None:
    text = make_text(model, "hidden", title="A hidden title", short="A hidden line", **changes)
    assert client.get(text.get_absolute_url()).status_code == 404
    for address in lists:
        shown = page(client, address)
        assert "A hidden" not in shown.visible
        assert text.get_absolute_url() not in shown.each("href")


@pytest.mark.parametrize("model", [Component, Track])
def test_what_is_offered_is_shown_and_opens(client: Client, model: type[Component | Track]) -> None:
    text = make_text(model, "shown", title="A shown title", short="A shown line")
    assert page(client, text.get_absolute_url()).text("h1") == ["A shown title"]
    address = text.get_absolute_url().removesuffix("shown/")
    assert text.get_absolute_url() in page(client, address).each("href")


def test_a_text_never_leads_to_what_is_not_offered(client: Client) -> None:
    make_text(Track, "ended", title="An ended track", is_offered=False)
    make_text(Program, "leading", related=["/programs/tracks/ended/", "/programs/tracks/adult/"])
    shown = page(client, "/programs/leading/").each("href")
    assert "/programs/tracks/adult/" in shown
    assert "/programs/tracks/ended/" not in shown


def test_the_names_of_pages_cannot_be_taken_by_a_program(client: Client) -> None:
    make_text(Program, "schedule", title="A program named schedule")
    assert "A program named schedule" not in page(client, "/programs/schedule/").text("h1")


# -- weeks


def test_a_track_shows_its_week(client: Client) -> None:
    track = make_text(Track, "weekly")
    component = make_text(Component, "a-component")
    ScheduleBlock.objects.create(
        track=track,
        weekday=3,
        start=time(13),
        end=time(14, 30),
        title="Skills in the afternoon",
        component=component,
    )
    response = client.get("/programs/tracks/weekly/")
    assert response.context["week"].hours == 1.5
    shown = PageReader(response.content.decode())
    assert "Skills in the afternoon" in shown.text("table")[0]
    assert "Thursday" in shown.text("table")[0]
    assert component.get_absolute_url() in shown.each("href")
    assert "Sample week" not in shown.visible


def test_a_block_leads_to_no_component_that_is_not_offered(client: Client) -> None:
    track = make_text(Track, "weekly")
    component = make_text(Component, "ended", is_offered=False)
    ScheduleBlock.objects.create(
        track=track, weekday=0, start=time(9), end=time(10), title="Group", component=component
    )
    for address in ("/programs/tracks/weekly/", "/programs/schedule/"):
        assert component.get_absolute_url() not in page(client, address).each("href")


def test_a_track_without_a_schedule_shows_no_empty_table(client: Client) -> None:
    make_text(Track, "unscheduled")
    shown = page(client, "/programs/tracks/unscheduled/")
    assert not shown.all("table")
    assert client.get("/programs/schedule/").status_code == 200


def test_the_schedule_shows_the_week_of_every_offered_track(client: Client) -> None:
    weeks = client.get("/programs/schedule/").context["weeks"]
    assert [week.track for week in weeks] == list(Track.objects.offered())
    assert all(week.is_sample and week.days for week in weeks)
    assert page(client, "/programs/schedule/").visible.count("Sample week") >= len(weeks)


# -- levels of care, contact


def test_levels_of_care_come_with_hours_and_with_their_sources(client: Client) -> None:
    response = client.get("/programs/levels-of-care/")
    assert list(response.context["levels"]) == list(LevelOfCare.objects.all())
    words = PageReader(response.content.decode()).visible
    for level in LevelOfCare.objects.all():
        assert level.name in words
        assert level.hours in words
        # A figure stands on a page that shows where it is from.
        sources = Source.objects.filter(key__in=level.sources)
        assert [source for source in sources if source.publisher in words]


def test_contact_shows_the_phone_and_marks_a_sample_location(client: Client) -> None:
    shown = page(client, "/contact/")
    assert "tel:+18884011179" in shown.each("href")
    for location in Location.objects.all():
        assert location.is_sample
        assert location.address in shown.visible
    assert "Sample" in shown.visible


# -- the name of the program


PLAIN_NAME = re.compile(r"\b(?:IOP|PHP)\b|intensive outpatient|partial hospital", re.IGNORECASE)


@pytest.fixture
def bsas_only() -> None:
    """A provider whose only licence is that of 105 CMR 164."""
    ProviderProfile.objects.update(licence_kind=ProviderProfile.LicenceKind.BSAS_ONLY)


@pytest.mark.usefixtures("bsas_only")
@pytest.mark.parametrize("model", [Program, Component, Track])
def test_a_bsas_licence_turns_every_placeholder_into_day_treatment(
    client: Client, model: type[Program | Component | Track]
) -> None:
    text = make_text(
        model,
        "named",
        title="The {{program_short}} here",
        summary="Our {{program}} in one line.",
        body="## About the {{program}}\n\n## Two\n\n## Three\n\nOur {{program_short}} is small.",
    )
    response = client.get(text.get_absolute_url())
    shown = PageReader(response.content.decode())
    assert shown.text("h1") == ["The Day Treatment here"]
    assert shown.text("title")[0].startswith("The Day Treatment here")
    assert "About the day treatment program" in shown.visible
    assert "Our Day Treatment is small." in shown.visible
    assert not PLAIN_NAME.search(" ".join(shown.text("main")))
    descriptions = [one["content"] for one in shown.all("meta") if one.get("name") == "description"]
    assert descriptions == ["Our day treatment program in one line."]


@pytest.mark.usefixtures("bsas_only")
def test_under_a_bsas_licence_no_text_calls_our_own_program_iop(client: Client) -> None:
    own = re.compile(r"\b(?:our|this) (?:IOP|PHP|intensive outpatient|partial hospital)", re.I)
    texts = [
        *Program.objects.published(),
        *Component.objects.offered(),
        *Track.objects.offered(),
        *Page.objects.published(),
    ]
    found = {
        text.get_absolute_url(): own.findall(page(client, text.get_absolute_url()).visible)
        for text in texts
    }
    assert {address: words for address, words in found.items() if words} == {}


@pytest.mark.usefixtures("bsas_only")
def test_under_a_bsas_licence_the_page_of_the_program_bears_no_other_name(client: Client) -> None:
    shown = page(client, "/programs/intensive-outpatient/")
    assert not PLAIN_NAME.search(" ".join([*shown.text("h1"), *shown.text("title")[:1]]))


@pytest.mark.usefixtures("bsas_only")
def test_under_a_bsas_licence_no_list_offers_the_program_by_another_name(client: Client) -> None:
    for address in ("/", "/programs/", "/programs/tracks/", "/programs/components/"):
        shown = page(client, address)
        names = [
            words
            for link, words in zip(shown.all("a"), shown.text("a"), strict=True)
            if link["href"].startswith("/programs/") and PLAIN_NAME.search(words)
        ]
        assert names == [], address


@pytest.mark.usefixtures("bsas_only")
def test_under_a_bsas_licence_no_other_level_is_marked_as_ours(client: Client) -> None:
    levels = client.get("/programs/levels-of-care/").context["levels"]
    ours = [level.name for level in levels if level.is_ours]
    assert not [name for name in ours if PLAIN_NAME.search(name)]


def test_a_clinic_says_intensive_outpatient_program(client: Client) -> None:
    make_text(Program, "named", body="Our {{program}} ({{program_short}}).")
    words = page(client, "/programs/named/").visible
    assert "Our intensive outpatient program (IOP)." in words


# -- queries stay few, however many rows there are


def test_pages_cost_the_same_however_many_tracks_and_components_there_are(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ScheduleBlock.objects.all().delete()
    Track.objects.all().delete()
    Component.objects.all().delete()
    costs: dict[str, list[int]] = {}
    for numbers in (range(1), range(1, 3), range(3, 300)):
        for number in numbers:
            track = make_text(Track, f"track-{number}")
            component = make_text(Component, f"component-{number}")
            ScheduleBlock.objects.bulk_create(
                ScheduleBlock(
                    track=track,
                    weekday=day,
                    start=time(9),
                    end=time(10),
                    title="Group",
                    component=component,
                )
                for day in range(5)
            )
        for address in (
            "/programs/",
            "/programs/tracks/",
            "/programs/tracks/track-0/",
            "/programs/components/",
            "/programs/components/component-0/",
            "/programs/schedule/",
            "/programs/intensive-outpatient/",
        ):
            with django_assert_max_num_queries(12) as queries:
                assert client.get(address).status_code == 200
            costs.setdefault(address, []).append(len(queries))
    assert {address: cost for address, cost in costs.items() if len(set(cost)) > 1} == {}


def test_levels_and_contact_cost_the_same_however_many_rows_there_are(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    costs: dict[str, list[int]] = {}
    for numbers in (range(1), range(1, 3), range(3, 300)):
        for number in numbers:
            LevelOfCare.objects.create(slug=f"level-{number}", name="A level", sources=["x"])
            Location.objects.create(slug=f"location-{number}", name="A place", address="Here")
        for address in ("/programs/levels-of-care/", "/contact/"):
            with django_assert_max_num_queries(13) as queries:
                assert client.get(address).status_code == 200
            costs.setdefault(address, []).append(len(queries))
    assert {address: cost for address, cost in costs.items() if len(set(cost)) > 1} == {}


# -- which level of care?

GUIDE = "/programs/which-level/"


def answered(client: Client, **changes: str) -> PageReader:
    response = client.post(GUIDE, {**CALM, **changes})
    assert response.status_code == 200
    return PageReader(response.content.decode())


def test_the_guide_asks_after_the_crisis_lines_and_says_what_it_is_not(client: Client) -> None:
    response = client.get(GUIDE)
    html = response.content.decode()
    assert response.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert html.index('class="crisis-box"') < html.index('id="div_id_danger"')
    assert "not a diagnosis" in PageReader(html).visible
    assert fields_of(html).keys() & CALM.keys() == set()  # nothing is chosen beforehand


@pytest.mark.parametrize("address", ["/", "/programs/", "/programs/levels-of-care/"])
def test_the_guide_is_found_from(client: Client, address: str) -> None:
    assert GUIDE in page(client, address).each("href")


def test_the_guide_says_which_levels_why_what_to_ask_and_what_next(client: Client) -> None:
    shown = answered(client, tried="hospital", time="evenings", age="13-17")
    words = shown.visible
    assert shown.text("h1") == ["What to talk about with a clinician"]
    assert "not a diagnosis, and nothing is decided" in words
    for level in LevelOfCare.objects.filter(slug__in=["iop", "php"]):
        assert f"/programs/levels-of-care/#{level.slug}" in shown.each("href")
    assert "You said that a stay has just ended." in words
    assert "Is there a group in the evening?" in words
    assert {"tel:+18884011179", "/admissions/insurance/", "/admissions/inquiry/"} <= set(
        shown.each("href")
    )
    assert "/programs/tracks/adolescent/" in shown.each("href")


def test_the_guide_keeps_the_answers_in_the_form_and_nowhere_else(client: Client) -> None:
    response = client.post(GUIDE, {**CALM, "age": "65"})
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies
    html = response.content.decode()
    assert {k: v for k, v in fields_of(html).items() if k in CALM} == {**CALM, "age": "65"}
    shown = PageReader(html)
    assert not [one for one in shown.each("href") + shown.each("action") if "age=" in one]
    assert "csrf" not in html


def test_answers_in_the_address_are_ignored(client: Client) -> None:
    plain = client.get(GUIDE).content
    assert client.get(GUIDE, CALM).content == plain


def test_the_guide_takes_answers_from_a_browser_without_cookies() -> None:
    response = Client(enforce_csrf_checks=True).post(
        GUIDE, CALM, headers={"origin": "https://elsewhere.example"}
    )
    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        ({"danger": "yes"}, ["911", "988"]),
        ({"body": "withdrawal"}, ["911"]),
        ({"body": "ill"}, ["911"]),
    ],
)
def test_danger_shows_help_first_and_no_level(
    client: Client, changes: dict[str, str], calls: list[str]
) -> None:
    html = client.post(GUIDE, {**CALM, **changes}).content.decode()
    main = html[html.index("<h1>") : html.index('id="div_id_danger"')]
    shown = PageReader(main)
    assert shown.text("h1") == ["Please get help first"]
    dialled = [one for one in shown.each("href") if one.startswith("tel:")]
    assert dialled[: len(calls)] == [f"tel:{number}" for number in calls]
    for level in LevelOfCare.objects.all():
        assert level.name not in shown.visible
    assert not [one for one in shown.each("href") if one.startswith("/programs/")]


def test_a_missing_answer_is_asked_for_and_the_others_stay(client: Client) -> None:
    response = client.post(GUIDE, {**CALM, "days": "", "age": "a hundred"})
    assert response.status_code == 422
    assert response.headers["Cache-Control"] == "no-store"
    html = response.content.decode()
    shown = PageReader(html)
    assert shown.text("title")[0].startswith("Error: ")
    assert html.index('id="error-summary"') < html.index("<h1>")
    targets = [one["href"][1:] for one in shown.all("a") if one["href"].startswith("#id_")]
    assert targets == ["id_days_0", "id_age_0"]
    assert set(targets) <= set(shown.each("id"))
    kept = {k: v for k, v in fields_of(html).items() if k in CALM}
    assert kept == {k: v for k, v in CALM.items() if k not in ("days", "age")}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff\x00%%%&&==", "application/x-www-form-urlencoded"),
        (b"danger=no&danger=yes&age[]=1", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"--x", "multipart/form-data; boundary=x"),
    ],
)
def test_rubbish_gets_the_questions_again(client: Client, body: bytes, kind: str) -> None:
    response = client.post(GUIDE, body, content_type=kind)
    assert response.status_code == 422
    assert "Which level of care?" in PageReader(response.content.decode()).text("h1")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_guide_is_only_read_and_answered(client: Client, method: str) -> None:
    assert getattr(client, method)(GUIDE).status_code == 405


def test_the_guide_names_no_track_that_is_not_offered(client: Client) -> None:
    Track.objects.filter(slug="evening").update(is_offered=False)
    assert "/programs/tracks/evening/" not in answered(client, time="evenings").each("href")


def test_the_guide_works_without_a_table_of_levels(client: Client) -> None:
    LevelOfCare.objects.all().delete()
    assert "Ask admissions or the state help line" in answered(client).visible


@pytest.mark.usefixtures("bsas_only")
def test_under_a_bsas_licence_the_guide_calls_no_level_ours(client: Client) -> None:
    assert "Offered here" not in answered(client).visible
