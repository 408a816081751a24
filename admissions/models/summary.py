"""What the reports read: a row a day and dimension, made from leads and events, and made anew."""

from django.db import models

from admissions import enums


class DaySummary(models.Model):
    """What became of the leads received on one local day, for one value of one dimension.

    `data` holds counts and histograms (`admissions.summaries`), never a person's values; so a
    month is thirty rows, whether it had a hundred leads or a hundred thousand.
    """

    day = models.DateField()
    dimension = models.CharField(max_length=12, choices=enums.Dimension)
    key = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["day", "dimension", "key"]
        constraints = [
            models.UniqueConstraint(
                name="admissions_summary_once", fields=["day", "dimension", "key"]
            )
        ]
        indexes = [models.Index(name="admissions_summary_of", fields=["dimension", "day"])]

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
