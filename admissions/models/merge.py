"""Two leads that were one person: what was merged, and all that is needed to undo it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions.models.lead import Lead
from iop_site.fields import EncryptedJSONField


class LeadMerge(models.Model):
    """One merge, and what `admissions.merging` needs to undo it.

    `moved` lists the ids of what was re-hung; `before` holds both leads as they were, and under
    "after" as the merge left them.
    """

    kept = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("merged"), default=timezone.now)
    taken = models.JSONField(_("fields taken over"), default=list)
    moved = models.JSONField(default=dict)
    before = EncryptedJSONField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("merge")
        constraints = [
            models.UniqueConstraint(
                name="admissions_merged_once",
                fields=["merged"],
                condition=models.Q(undone_at__isnull=True),
            ),
            models.CheckConstraint(
                name="admissions_merge_of_two", condition=~models.Q(kept=models.F("merged"))
            ),
            models.CheckConstraint(
                name="admissions_merge_undone_pair",
                condition=models.Q(undone_at__isnull=True) ^ models.Q(undone_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"

    @property
    def days_left(self) -> int:
        """The days in which it can still be undone, the last one counted; 0 once that is over."""
        if self.undone_at is not None:
            return 0
        until = self.at + timedelta(days=settings.MERGE_UNDO_DAYS)
        return max(0, -((timezone.now() - until) // timedelta(days=1)))
