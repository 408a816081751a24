"""What the data of the programs may be, and what the database refuses."""

from datetime import time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from content.models import TextStatus
from programs.models import (
    Component,
    CrisisLine,
    LevelOfCare,
    Location,
    Payer,
    ProviderProfile,
    ScheduleBlock,
    Track,
)
from tests.texts import make_text

pytestmark = pytest.mark.django_db


def make_block(track: Track, **changes: object) -> ScheduleBlock:
    values = {"weekday": 0, "start": time(9), "end": time(10), "title": "Group", **changes}
    return ScheduleBlock.objects.create(track=track, **values)


@pytest.mark.parametrize("model", [Component, Track])
def test_offered_is_what_is_both_published_and_offered(model: type[Component | Track]) -> None:
    make_text(model, "offered")
    make_text(model, "not-offered", is_offered=False)
    make_text(model, "draft", status=TextStatus.DRAFT)
    names = ("offered", "not-offered", "draft")
    found = model.objects.offered().filter(slug__in=names)
    assert [one.slug for one in found] == ["offered"]


@pytest.mark.parametrize("model", [Component, Track])
def test_components_and_tracks_come_in_the_order_staff_gave_them(
    model: type[Component | Track],
) -> None:
    for slug, order in (("b", 2), ("c", 3), ("a", 1)):
        make_text(model, f"ordered-{slug}", order=order)
    found = model.objects.filter(slug__startswith="ordered-").values_list("slug", flat=True)
    assert list(found) == ["ordered-a", "ordered-b", "ordered-c"]


def test_there_is_one_provider_profile() -> None:
    ProviderProfile.objects.all().delete()
    values = {"name": "A", "phone_display": "1", "phone_e164": "+1617", "admissions_email": "a@b.c"}
    ProviderProfile.objects.create(id=1, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderProfile.objects.create(id=2, **values)


@pytest.mark.parametrize("number", ["617-555-0100", "tel:988", "+1 617", "98", "javascript:1"])
def test_a_number_to_dial_is_digits_alone(number: str) -> None:
    for field in (
        ProviderProfile._meta.get_field("phone_e164"),
        CrisisLine._meta.get_field("tel"),
        CrisisLine._meta.get_field("sms"),
    ):
        with pytest.raises(ValidationError):
            field.clean(number, None)
        assert field.clean("+18884011179", None) == "+18884011179"


@pytest.mark.parametrize(("start", "end"), [(time(10), time(9)), (time(9), time(9))])
def test_a_block_ends_after_it_starts(start: time, end: time) -> None:
    track = make_text(Track, "a-track")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_block(track, start=start, end=end)


def test_a_track_has_one_block_at_a_time() -> None:
    track, other = make_text(Track, "a-track"), make_text(Track, "another")
    make_block(track)
    make_block(track, weekday=1)
    make_block(track, start=time(10), end=time(11))
    make_block(other)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_block(track, title="Another group")


def test_a_block_outlives_its_component_and_goes_with_its_track() -> None:
    track = make_text(Track, "a-track")
    component = make_text(Component, "a-component")
    block = make_block(track, component=component)
    component.delete()
    block.refresh_from_db()
    assert block.component is None
    track.delete()
    assert not ScheduleBlock.objects.filter(pk=block.pk).exists()


def test_rows_are_called_by_what_staff_know_them_by() -> None:
    block = ScheduleBlock(weekday=2, start=time(9, 30), title="Skills group")
    assert str(block) == "Wednesday 09:30 Skills group"
    assert str(CrisisLine(name="Lifeline", number="988")) == "Lifeline (988)"
    assert str(LevelOfCare(name="Outpatient care")) == "Outpatient care"
    assert str(Location(name="Worcester")) == "Worcester"
    assert str(Payer(name="Aetna")) == "Aetna"
    assert str(ProviderProfile(name="Resilience")) == "Resilience"


def test_the_shape_of_a_member_id_is_a_pattern() -> None:
    with pytest.raises(ValidationError, match="no regular expression"):
        Payer(name="A plan", member_id_pattern="[A-Z").full_clean()
