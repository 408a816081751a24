"""The audit of leads: append-only, chained, written by `admissions.audit` alone."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from admissions import enums


class LeadEvent(models.Model):
    """Who did what to which lead and when; field names and codes, never a person's values.

    Each row seals itself and the row before it (45 CFR 164.312(b), (c)). `lead_id` has no foreign
    key in the database: the record of what happened outlives what it happened to. The database
    refuses to change or remove a row (migration 0008), and gives the site no right to.
    """

    sequence = models.PositiveBigIntegerField(unique=True)
    lead = models.ForeignKey(
        "admissions.Lead",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="events",
    )
    kind = models.CharField(_("what"), max_length=24, choices=enums.EventKind)
    actor = models.CharField(_("who"), max_length=150)
    at = models.DateTimeField(_("when"))
    # The network address; of visitors it is not kept, but where a sign-in fails.
    origin = models.CharField(_("from where"), max_length=45, blank=True)
    data = models.JSONField(_("details"), default=dict)
    key_id = models.CharField(max_length=8)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(name="admissions_event_timeline", fields=["lead", "-sequence"]),
            models.Index(name="admissions_event_by_day", fields=["at", "id"]),
            models.Index(name="admissions_event_by_actor", fields=["actor", "at", "id"]),
            models.Index(name="admissions_event_by_kind", fields=["kind", "at", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.sequence}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An event cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("An event cannot be deleted.")


class ChainHead(models.Model):
    """The last event's number and seal: the one row that serialises the writers of the chain.

    The database lets it move forward alone.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.PositiveBigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="admissions_chain_one_head", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        return f"#{self.sequence}"
