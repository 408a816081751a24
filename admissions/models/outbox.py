"""Notices that have to go out, stored with what they are about and sent by the worker."""

from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from admissions import enums


class OutboxQuerySet(models.QuerySet):
    def due(self) -> Self:
        """Return what may be sent now: waiting and due, or leased by a worker that is gone."""
        return self.filter(
            models.Q(state=enums.OutboxState.WAITING, available_at__lte=Now())
            | models.Q(state=enums.OutboxState.SENDING, leased_until__lt=Now())
        )

    def dead(self) -> Self:
        return self.filter(state=enums.OutboxState.DEAD)


class OutboxMessage(models.Model):
    """One notice. It holds a reference and a link's target, never what a person told us.

    `lease` names the worker's claim: only its holder may say how the sending ended. All times are
    the database's, so that a worker with a wrong clock steals nothing.
    """

    kind = models.CharField(_("notice"), max_length=24, choices=enums.NoticeKind)
    lead = models.ForeignKey("admissions.Lead", on_delete=models.PROTECT, related_name="+")
    message_id = models.UUIDField(unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=enums.OutboxState, default=enums.OutboxState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    available_at = models.DateTimeField(_("next attempt"), db_default=Now())
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_error = models.CharField(_("last fault"), max_length=200, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("notice")
        constraints = [
            models.CheckConstraint(
                name="admissions_outbox_lease_pair",
                condition=models.Q(state="sending", lease__isnull=False, leased_until__isnull=False)
                | (~models.Q(state="sending") & models.Q(lease=None, leased_until=None)),
            ),
            models.CheckConstraint(
                name="admissions_outbox_sent_pair",
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at=None)),
            ),
        ]
        indexes = [
            models.Index(
                name="admissions_outbox_due",
                fields=["available_at"],
                condition=~models.Q(state="sent"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
