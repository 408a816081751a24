"""Who sends people to us, and where we send them.

There is no field for any payment or reward and there must be none: a fee for a referral or an
admission is a crime (42 U.S.C. 1320a-7b(b), 18 U.S.C. 220).
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.lead import Lead
from iop_site.fields import EncryptedTextField


class ReferralSource(models.Model):
    """An organization or a person that refers people to us or takes those we refer."""

    kind = models.CharField(_("kind"), max_length=12, choices=enums.ReferralKind)
    organization = models.CharField(_("organization"), max_length=160, blank=True)
    person = models.CharField(_("person"), max_length=120, blank=True)
    job_title = models.CharField(_("role there"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    notes = models.TextField(
        _("notes"), blank=True, help_text=_("How to work with them. Nothing about any patient.")
    )
    is_active = models.BooleanField(_("offered in forms"), default=True)

    class Meta:
        ordering = ["organization", "person", "id"]
        verbose_name = _("referral source")
        constraints = [
            models.CheckConstraint(
                name="admissions_referral_source_named",
                condition=~models.Q(organization="", person=""),
                violation_error_message=_("Give an organization or a person."),
            )
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.organization, self.person) if part)


class OutboundReferral(models.Model):
    """Somebody we referred to another place: where, for what level of care, by whom."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="outbound_referrals")
    source = models.ForeignKey(
        ReferralSource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="outbound_referrals",
        verbose_name=_("where to"),
    )
    place = EncryptedTextField(_("where to, if not listed"), blank=True)
    level_of_care = models.ForeignKey(
        "programs.LevelOfCare",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("level of care"),
    )
    warm_handoff = models.BooleanField(_("handed over live"), default=False)
    note = EncryptedTextField(_("note"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("outbound referral")

    def __str__(self) -> str:
        return f"outbound referral {self.pk}"

    @property
    def where(self) -> str:
        """Return the name of the place."""
        return str(self.source) if self.source else self.place
