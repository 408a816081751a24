"""A person's signed consent that something of their records is given to somebody."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.lead import Lead
from iop_site.fields import EncryptedTextField


class SignedConsent(models.Model):
    """What a paper says that a patient signed: each point that 42 CFR 2.31(a) asks for.

    That it can be taken back, and how, has to stand on the paper (`signed_consents.record`). The
    paper itself is filed by the provider.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="signed_consents")
    patient = EncryptedTextField(_("patient's name, as on the paper"))
    discloser = models.CharField(_("who may give it"), max_length=200)
    recipient = EncryptedTextField(_("to whom"))
    given = models.JSONField(_("what"), default=list)
    purpose = models.CharField(_("what for"), max_length=12, choices=enums.DisclosurePurpose)
    signed_on = models.DateField(_("signed on"))
    signed_by = EncryptedTextField(_("signed by, if not the patient"), blank=True)
    expires_on = models.DateField(_("holds until"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        ordering = ["-signed_on", "-id"]
        verbose_name = _("signed consent")
        constraints = [
            models.CheckConstraint(
                name="admissions_signed_in_order",
                condition=models.Q(expires_on__gte=models.F("signed_on")),
            )
        ]

    def __str__(self) -> str:
        return f"signed consent {self.pk}"

    @property
    def given_in_words(self) -> str:
        """Return what may be given, in words."""
        return enums.Disclosed.in_words(self.given)

    @property
    def is_in_force(self) -> bool:
        return self.holds_on(timezone.localdate())

    def holds_on(self, day: date) -> bool:
        """Return whether it allowed something on a local day; the last one is included."""
        taken_back = self.revoked_at and timezone.localdate(self.revoked_at) <= day
        return self.signed_on <= day <= self.expires_on and not taken_back
