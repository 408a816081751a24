"""What the provider's licence lets the site call the program, and when it may publish at all.

In Massachusetts an IOP or PHP runs under a clinic licence (105 CMR 140) or a hospital. Day
treatment under a BSAS licence alone (105 CMR 164) may not be advertised as either (memorandum of
the Department of Public Health, 27 August 2025).
"""

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class LicenceKind(models.TextChoices):
    UNSET = "", gettext_lazy("Not stated yet")
    CLINIC = "clinic", gettext_lazy("DPH clinic licence (105 CMR 140)")
    HOSPITAL = "hospital", gettext_lazy("Hospital or hospital satellite")
    BSAS_ONLY = "bsas_only", gettext_lazy("BSAS licence only (105 CMR 164)")


def may_name_level(kind: str) -> bool:
    """Return whether what is offered may be called IOP at all."""
    return kind != LicenceKind.BSAS_ONLY


def program_name(kind: str) -> str:
    """Return what the program is called in a sentence."""
    return "intensive outpatient program" if may_name_level(kind) else "day treatment program"


def program_short(kind: str) -> str:
    return "IOP" if may_name_level(kind) else "Day Treatment"


def publishing_blocker() -> str:
    """Return why nothing may be published, or nothing: the licence kind has to be stated first.

    One query. Nobody knows without it whether a text may say IOP; a sample kind is stated, and
    the launch checklist asks for the true one.
    """
    profile = apps.get_model("programs.ProviderProfile")
    if profile.objects.exclude(licence_kind=LicenceKind.UNSET).exists():
        return ""
    return _(
        "The kind of licence is not stated in the provider profile. Until it is, nothing can be "
        "published: it decides whether the program may be called an IOP."
    )
