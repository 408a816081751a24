"""How often something was done lately, counted by a keyed digest of who did it."""

from django.db import models


class RateCount(models.Model):
    """How many in one window of time. Written by `admissions.rate_limit` in one statement."""

    key = models.CharField(max_length=64)
    window = models.PositiveBigIntegerField()  # number of the window since the epoch
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="admissions_rate_once", fields=["key", "window"]),
        ]

    def __str__(self) -> str:
        return f"rate count {self.pk}"
