"""A form that is being filled in over several pages, kept encrypted for a day."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.access import StatusAccess
from iop_site.fields import EncryptedJSONField


class DraftQuerySet(models.QuerySet):
    def alive(self) -> Self:
        return self.filter(expires_at__gt=timezone.now())

    def run_out(self) -> Self:
        return self.filter(expires_at__lte=timezone.now())


class Draft(models.Model):
    """The answers so far, step by step. `admissions.drafts` alone writes it.

    The link to it holds a token of which only a digest is stored. Once sent, the answers
    are emptied and `sent_access` says what the visitor was handed, so that the back button finds
    the confirmation and not a second submission.
    """

    kind = models.CharField(max_length=16, choices=enums.DraftKind)
    token_digest = models.CharField(max_length=64, unique=True)
    idempotency_key = models.UUIDField()
    answers = EncryptedJSONField(default=dict)  # {step: {field: value}}
    # Where it goes on from: what that access gave already is not asked again.
    access = models.ForeignKey(
        StatusAccess, on_delete=models.CASCADE, null=True, related_name="drafts"
    )
    sent_access = models.ForeignKey(
        StatusAccess, on_delete=models.CASCADE, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("deleted after"), db_index=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} draft {self.pk}"
