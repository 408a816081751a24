"""One submission: what a person sent, word for word. It is never changed afterwards."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.lead import Lead
from iop_site.fields import EncryptedJSONField


class Submission(models.Model):
    """What every public form leaves behind, and what makes a repeated post harmless.

    `idempotency_key` is made with the page, `content_digest` from what was typed (keyed, so that
    it says nothing): the same pair is the same submission; the same key with other words is a
    correction, kept as a further submission on the same lead.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="%(class)s_set")
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    idempotency_key = models.UUIDField(editable=False)
    content_digest = models.CharField(max_length=32, editable=False)
    access = models.ForeignKey(
        "admissions.StatusAccess",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="%(class)s_set",
    )
    answers = EncryptedJSONField(_("answers"))

    class Meta:
        abstract = True
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["idempotency_key", "content_digest"]
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("A submission is what a person sent: it cannot be changed.")
        super().save(*args, **kwargs)


class Inquiry(Submission):
    source = models.CharField(_("source"), max_length=16, choices=enums.LeadSource)

    class Meta(Submission.Meta):
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
