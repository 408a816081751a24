"""What staff found out about coverage, and the estimate for who pays themselves."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.insurance import InsuranceVerification
from admissions.models.lead import Lead
from iop_site.fields import EncryptedJSONField


class VerificationResult(models.Model):
    """One finished check of benefits. A later check is a row of its own; none is changed.

    `details` are the answers of the result form (`admissions.forms.verification`).
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="verification_results")
    form = models.ForeignKey(
        InsuranceVerification, on_delete=models.PROTECT, null=True, related_name="results"
    )
    payer = models.ForeignKey(
        "programs.Payer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("verified"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=20, choices=enums.VobStatus)
    network = models.CharField(_("network"), max_length=8, choices=enums.NetworkStatus, blank=True)
    reverify_on = models.DateField(_("verify again on"), null=True, blank=True)
    details = EncryptedJSONField(_("details"))

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("verification result")

    def __str__(self) -> str:
        return f"verification result {self.pk}"


class SelfPayEstimate(models.Model):
    """A written good-faith estimate (45 CFR 149.610(c)) and how it reached the family."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="estimates")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("written"), default=timezone.now)
    details = EncryptedJSONField(_("details"))
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    delivered_how = models.CharField(
        _("delivered by"), max_length=10, choices=enums.Delivery, blank=True
    )

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("self-pay estimate")
        constraints = [
            models.CheckConstraint(
                name="admissions_estimate_delivered_pair",
                condition=models.Q(delivered_at=None) ^ ~models.Q(delivered_how=""),
            )
        ]

    def __str__(self) -> str:
        return f"self-pay estimate {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("admin:estimate", args=[self.pk])
