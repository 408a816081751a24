"""The provider's profile on the desk: what may be put in, and what is said about it."""

import pytest
from django.forms import modelform_factory
from django.test import Client

from iop_site import roles
from programs.models import ProviderProfile
from programs.profile_form import SAMPLE_FIELDS, ProviderProfileForm, label_of
from tests.pages import fields_of
from tests.texts import PageReader

WHERE = "/admin/programs/providerprofile/1/change/"
GOOD = {
    "name": "Resilience",
    "phone_display": "888-401-1179",
    "phone_e164": "+18884011179",
    "admissions_email": "desk@resilience.care",
    "sample_fields": ["hours"],
}


def form_with(**changes: object) -> ProviderProfileForm:
    return ProviderProfileForm({**GOOD, **changes}, instance=ProviderProfile(id=1))


def test_a_good_profile_is_taken() -> None:
    form = form_with(licence_kind="clinic", licence_number="C-1", staff_count="15 or more")
    assert form.errors == {}
    assert form.cleaned_data["sample_fields"] == ["hours"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("phone_display", ""),
        ("phone_display", "888-401-1178"),
        ("phone_display", "call us at …"),
        ("phone_e164", "+1 888 401 1179"),
        ("admissions_email", "desk"),
        ("privacy_email", "nobody@"),
        ("licence_kind", "other"),
        ("licence_number", "C-1"),
        ("staff_count", "many"),
        ("sample_fields", ["nothing"]),
        ("legal_name", "Sample Health, Inc."),
        ("admissions_email", "admissions@example.org"),
        ("privacy_officer", "TBD"),
        ("hours", "x" * 201),
    ],
)
def test_a_bad_value_gets_words(field: str, value: object) -> None:
    form = form_with(**{"sample_fields": [], field: value})
    assert len(form.errors) == 1
    assert all(len(message) > 10 for messages in form.errors.values() for message in messages)


@pytest.mark.parametrize(
    ("shown", "dialled"),
    [
        ("(888) 401-1179", "+18884011179"),
        ("1-888-401-1179", "+18884011179"),
        ("888-401-Help", "+18884014357"),
    ],
)
def test_a_number_may_be_shown_in_any_way(shown: str, dialled: str) -> None:
    assert form_with(phone_display=shown, phone_e164=dialled).errors == {}


def test_a_placeholder_may_stay_while_it_is_marked() -> None:
    assert "legal_name" not in form_with(legal_name="Sample", sample_fields=["legal_name"]).errors


def test_an_answer_from_before_stays_a_choice() -> None:
    profile = ProviderProfile(id=1, staff_count="12, since May")
    form = ProviderProfileForm({**GOOD, "staff_count": "12, since May"}, instance=profile)
    assert form.errors == {}


def test_every_field_can_be_a_sample() -> None:
    assert "sample_fields" not in SAMPLE_FIELDS
    assert {"name", "licence_kind", "privacy_officer"} <= set(SAMPLE_FIELDS)
    assert label_of("licence_kind") == "Licence kind"


@pytest.mark.django_db
@pytest.mark.usefixtures("starter_content")
def test_samples_are_unticked_one_by_one(client: Client, make_staff: object) -> None:
    client.force_login(make_staff(roles.MANAGER))
    page = client.get(WHERE).content.decode()
    ticked = {
        one["value"]
        for one in PageReader(page).all("input")
        if one.get("name") == "sample_fields" and "checked" in one
    }
    assert "licence_number" in ticked
    assert "name" not in ticked
    post = fields_of(page) | {
        "licence_number": "C-4711",
        "hours": "Around the clock, every day",
        "sample_fields": sorted(ticked - {"licence_number"}),
    }
    response = client.post(WHERE, post, follow=True)
    profile = ProviderProfile.objects.get()
    assert profile.licence_number == "C-4711"
    assert set(profile.sample_fields) == ticked - {"licence_number"}
    said = PageReader(response.content.decode()).visible
    assert "Changed, but still ticked as sample data: Hours." in said


def test_a_form_of_some_fields_asks_for_those_alone() -> None:
    class Some(ProviderProfileForm):
        sample_fields = None

    some = modelform_factory(ProviderProfile, form=Some, fields=["name"])
    assert list(some(instance=ProviderProfile(id=1)).fields) == ["name"]


def test_what_is_changed_and_no_sample_any_more_is_saved_without_a_word(
    client: Client, make_staff: object, starter_content: None
) -> None:
    client.force_login(make_staff(roles.MANAGER))
    values: dict[str, object] = {**fields_of(client.get(WHERE).content)}
    values |= {"hours": "By day", "sample_fields": ["admissions_email"]}
    assert "still ticked" not in client.post(WHERE, values, follow=True).content.decode()
    assert ProviderProfile.objects.get().hours == "By day"
