"""The provider and the crisis lines: from the database, or what it said last."""

import html
from collections.abc import Callable

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from pytest_django import DjangoAssertNumQueries

from iop_site.remembered import remembered
from programs import provider
from programs.models import CrisisLine, ProviderProfile
from programs.provider import SiteFacts, line_link, placeholders, site_facts
from tests.outages import database_away

BSAS = ProviderProfile.LicenceKind.BSAS_ONLY


def facts(**profile: object) -> SiteFacts:
    return SiteFacts(
        ProviderProfile(
            **{
                "name": "Resilience",
                "phone_display": "617-555-0100",
                "phone_e164": "+16175550100",
                **profile,
            }
        ),
        {"988": CrisisLine(key="988", number="988", tel="988")},
    )


@pytest.fixture
def fresh_facts() -> Callable[[], SiteFacts]:
    """Read the facts as a process does that has just started and remembers nothing."""
    return remembered(default=lambda: provider._BUILT_IN)(site_facts.__wrapped__)  # type: ignore[attr-defined]


# -- while the database is away


@pytest.mark.django_db
@pytest.mark.usefixtures("starter_content")
@pytest.mark.parametrize(
    "error", [OperationalError, InterfaceError, DatabaseError, ProgrammingError]
)
def test_what_the_database_said_last_stands_while_it_is_away(error: type[Exception]) -> None:
    ProviderProfile.objects.update(phone_display="617-555-0177")
    before = site_facts()
    with database_away(error):
        after = site_facts()
    assert after.provider.phone_display == "617-555-0177"
    assert after.crisis_lines == before.crisis_lines
    ProviderProfile.objects.update(phone_display="617-555-0178")
    assert site_facts().provider.phone_display == "617-555-0178"


@pytest.mark.django_db
def test_a_site_that_never_saw_its_database_still_shows_the_numbers(
    fresh_facts: Callable[[], SiteFacts],
) -> None:
    with database_away():
        found = fresh_facts()
    assert found.provider.phone_e164 == "+18884011179"
    assert {"988", "911"} == set(found.crisis_lines)
    assert [line.href for line in found.strip_lines] == ["tel:988", "tel:911"]
    assert placeholders(found)["phone"] == (
        '<a href="tel:+18884011179"><bdi>888-401-1179</bdi></a>'
    )


@pytest.mark.django_db
def test_an_empty_database_shows_the_numbers_too(
    fresh_facts: Callable[[], SiteFacts],
) -> None:
    CrisisLine.objects.all().delete()
    ProviderProfile.objects.all().delete()
    found = fresh_facts()
    assert found.provider.phone_e164 == "+18884011179"
    assert set(found.crisis_lines) == {"988", "911"}


@pytest.mark.django_db
@pytest.mark.usefixtures("starter_content")
def test_the_facts_cost_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        site_facts()


@pytest.mark.django_db
@pytest.mark.usefixtures("starter_content")
def test_the_strip_shows_the_lines_meant_for_it_in_their_order() -> None:
    CrisisLine.objects.update(on_strip=False)
    CrisisLine.objects.filter(key__in=("988", "bhhl")).update(on_strip=True)
    CrisisLine.objects.filter(key="bhhl").update(order=0)
    assert [line.key for line in site_facts().strip_lines] == ["bhhl", "988"]


# -- what the program may be called


@pytest.mark.parametrize("kind", [one for one in ProviderProfile.LicenceKind if one != BSAS])
def test_a_licensed_clinic_or_hospital_may_say_iop(kind: str) -> None:
    values = placeholders(facts(licence_kind=kind))
    assert values["program"] == "intensive outpatient program"
    assert values["program_short"] == "IOP"


def test_a_provider_with_a_bsas_licence_alone_says_day_treatment() -> None:
    # DPH memorandum of 27 August 2025: no advertising of IOP or PHP under 105 CMR 164 alone.
    values = placeholders(facts(licence_kind=BSAS))
    assert values["program"] == "day treatment program"
    assert values["program_short"] == "Day Treatment"
    assert not [one for one in values.values() if "IOP" in one or "outpatient" in one]


# -- placeholders are trusted HTML, so what staff typed is escaped in them


def test_a_provider_name_with_markup_is_escaped() -> None:
    values = placeholders(facts(name="<script>A & B</script>"))
    assert values["provider"] == html.escape("<script>A & B</script>")


def test_a_phone_with_markup_is_escaped() -> None:
    values = placeholders(facts(phone_display="<b>", phone_e164='"><script>'))
    assert "<b>" not in values["phone"].replace("<bdi>", "")
    assert "<script>" not in values["phone"]


@pytest.mark.parametrize(
    ("line", "address"),
    [
        (CrisisLine(tel="988", sms="988"), "tel:988"),
        (CrisisLine(sms="741741", sms_body="HOME"), "sms:741741?body=HOME"),
        (CrisisLine(sms="838255"), "sms:838255"),
    ],
)
def test_a_line_opens_the_phone_or_the_message_it_is_for(line: CrisisLine, address: str) -> None:
    line.number = "the <number>"
    assert line.href == address
    assert line_link(line) == f'<a href="{address}"><bdi>the &lt;number&gt;</bdi></a>'


def test_every_line_has_a_placeholder() -> None:
    assert placeholders(facts())["line:988"] == '<a href="tel:988"><bdi>988</bdi></a>'
