"""What the reports read: counts a day or month and dimension, from leads and events, made anew."""

from django.db import models

from admissions import enums


class Summary(models.Model):
    """What became of the leads received on a local day or in a month, for a value of a dimension.

    `day` is the day, or the month's first. `data` holds counts and histograms
    (`admissions.summaries`), never a person's values.
    """

    is_month = models.BooleanField(default=False)
    day = models.DateField()
    dimension = models.CharField(max_length=12, choices=enums.Dimension)
    key = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["is_month", "day", "dimension", "key"]
        constraints = [
            models.UniqueConstraint(
                name="admissions_summary_once", fields=["is_month", "day", "dimension", "key"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.dimension} {self.key}"


class SummaryHead(models.Model):
    """The last event that the summaries know of; later ones name the days to make anew."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="admissions_summary_one_head", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        return f"#{self.sequence}"
