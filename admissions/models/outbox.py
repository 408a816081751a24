"""Notices that have to go out, stored with what they are about and sent by the worker."""

import uuid
from typing import Self

from django.conf import settings
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
    audience = models.CharField(
        _("to"), max_length=8, choices=enums.Audience, default=enums.Audience.DESK
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("member of staff"),
    )
    lead = models.ForeignKey(
        "admissions.Lead",
        on_delete=models.PROTECT,
        null=True,  # of what is about the office, not about a lead
        related_name="notices",
    )
    access = models.ForeignKey(
        "admissions.StatusAccess", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    consultation = models.ForeignKey(
        "admissions.Consultation", on_delete=models.CASCADE, null=True, related_name="notices"
    )
    # The consultation's SEQUENCE it speaks of: after a further change it says what is no longer so.
    sequence = models.PositiveSmallIntegerField(null=True, editable=False)
    # What must be told once only ("unclaimed:81:watch:5"); empty where each time counts.
    once_key = models.CharField(max_length=120, null=True, unique=True, editable=False)  # noqa: DJ001
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=enums.OutboxState, default=enums.OutboxState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    available_at = models.DateTimeField(_("next attempt"), db_default=Now())
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_error = models.CharField(_("fault, or why not sent"), max_length=200, blank=True)

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
            models.CheckConstraint(
                name="admissions_outbox_recipient_pair",
                condition=models.Q(audience="staff") ^ models.Q(recipient=None),
            ),
        ]
        indexes = [
            # What is due is few among many that are sent; no partial index, since SQLite uses one
            # only for a condition that the query repeats word for word.
            models.Index(name="admissions_outbox_due", fields=["state", "available_at"]),
            models.Index(name="admissions_outbox_newest", fields=["-created_at", "-id"]),
            models.Index(
                name="admissions_outbox_sent",
                fields=["sent_at"],
                condition=models.Q(sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class NoticePreference(models.Model):
    """What a member of staff wants to be told by mail, and when not."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preference"
    )
    kinds = models.JSONField(_("notices"), default=list, blank=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice preference")
        constraints = [
            models.CheckConstraint(
                name="admissions_quiet_pair",
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                violation_error_message=_("Give both times, or none."),
            )
        ]

    def __str__(self) -> str:
        return f"notice preference {self.pk}"
