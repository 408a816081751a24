"""What of a person's records was given to somebody outside, and why it could be."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.consent import Consent
from admissions.models.lead import Lead
from admissions.models.referral import OutboundReferral
from admissions.models.signed import SignedConsent
from iop_site.fields import EncryptedTextField


class Disclosure(models.Model):
    """One disclosure, as its accounting asks for it (45 CFR 164.528(b)(2); 42 CFR 2.25).

    Kept for six years from its day, whatever becomes of the lead. To whom is encrypted: where
    somebody was sent says what for.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="disclosures")
    day = models.DateField(_("given on"), default=timezone.localdate)
    recipient = EncryptedTextField(_("to whom"))
    address = EncryptedTextField(_("their address, if known"), blank=True)
    given = models.JSONField(_("what"), default=list)
    purpose = models.CharField(_("what for"), max_length=12, choices=enums.DisclosurePurpose)
    basis = models.CharField(_("allowed by"), max_length=12, choices=enums.DisclosureBasis)
    # Which one, where it stands in the ledger; none: on paper.
    consent = models.ForeignKey(
        Consent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    signed = models.ForeignKey(
        SignedConsent, on_delete=models.PROTECT, null=True, blank=True, related_name="disclosures"
    )
    referral = models.ForeignKey(
        OutboundReferral, on_delete=models.SET_NULL, null=True, related_name="disclosures"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        ordering = ["-day", "-id"]
        verbose_name = _("disclosure")
        constraints = [
            models.CheckConstraint(
                name="admissions_disclosure_consent",
                condition=models.Q(consent=None, signed=None) | models.Q(basis="consent"),
            )
        ]

    def __str__(self) -> str:
        return f"disclosure {self.pk}"

    @property
    def given_in_words(self) -> str:
        """Return what was given, in words."""
        return enums.Disclosed.in_words(self.given)
