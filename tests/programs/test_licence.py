"""What the licence lets the site say, and that nothing is published without one."""

import pytest

from programs.licence import (
    LicenceKind,
    may_name_level,
    program_name,
    program_short,
    publishing_blocker,
)
from programs.models import ProviderProfile


@pytest.mark.parametrize("kind", LicenceKind)
def test_only_a_bsas_licence_alone_forbids_the_name(kind: LicenceKind) -> None:
    forbidden = kind is LicenceKind.BSAS_ONLY
    assert may_name_level(kind) is not forbidden
    assert ("outpatient" in program_name(kind)) is not forbidden
    assert (program_short(kind) == "IOP") is not forbidden
    assert ("day treatment" in program_name(kind)) is forbidden


@pytest.mark.parametrize("kind", LicenceKind)
def test_the_profile_says_what_its_licence_says(kind: LicenceKind) -> None:
    profile = ProviderProfile(licence_kind=kind)
    assert profile.may_name_level == may_name_level(kind)
    assert profile.program_name == program_name(kind)
    assert profile.program_short == program_short(kind)


@pytest.mark.django_db
@pytest.mark.usefixtures("starter_content")
@pytest.mark.parametrize("kind", LicenceKind)
def test_publishing_waits_for_the_licence_kind(kind: LicenceKind) -> None:
    ProviderProfile.objects.update(licence_kind=kind)
    assert bool(publishing_blocker()) is (kind is LicenceKind.UNSET)


@pytest.mark.django_db
def test_publishing_waits_for_a_profile() -> None:
    ProviderProfile.objects.all().delete()
    assert "licence" in publishing_blocker()
