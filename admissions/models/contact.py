"""What staff did and wrote: contact attempts and notes."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.lead import Lead
from iop_site.fields import EncryptedTextField


class ContactAttempt(models.Model):
    """Any try to reach the contact; a live conversation or not (`enums.LIVE_RESULTS`)."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="contact_attempts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    channel = models.CharField(_("channel"), max_length=8, choices=enums.AttemptChannel)
    result = models.CharField(_("result"), max_length=16, choices=enums.AttemptResult)
    note = EncryptedTextField(_("note"), blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.get_result_display()}"


class LeadNote(models.Model):
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    text = EncryptedTextField(_("note"))

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"note {self.pk}"
