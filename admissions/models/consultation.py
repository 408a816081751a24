"""Consultations: who booked which time. When they are on offer: `admissions.models.calendar`."""

import uuid
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.access import StatusAccess
from admissions.models.lead import Lead
from iop_site.fields import EncryptedTextField


class ConsultationQuerySet(models.QuerySet):
    def booked(self) -> Self:
        return self.filter(state=enums.ConsultationState.BOOKED)

    def upcoming(self) -> Self:
        return self.booked().filter(ends_at__gt=timezone.now())


class Consultation(models.Model):
    """A time that belongs to one lead. `admissions.booking` alone writes it."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="consultations")
    access = models.ForeignKey(
        StatusAccess, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    channel = models.CharField(_("how"), max_length=10, choices=enums.ConsultationChannel)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=enums.ConsultationState,
        default=enums.ConsultationState.BOOKED,
    )
    booked_at = models.DateTimeField(_("booked"), default=timezone.now)
    booked_by = models.CharField(_("booked by"), max_length=150)
    idempotency_key = models.UUIDField(unique=True, editable=False)
    # The link to move or cancel it: the token for our mails, its digest to look it up.
    token = EncryptedTextField(editable=False)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    # RFC 5545: one UID for the life of the event, SEQUENCE counts its changes.
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="admissions_consultation_end_after_start",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            )
        ]
        indexes = [
            models.Index(
                name="admissions_consultation_next",
                fields=["starts_at"],
                condition=models.Q(state="booked"),
            )
        ]

    def __str__(self) -> str:
        return f"consultation {self.pk}"


class ConsultationCell(models.Model):
    """Five minutes of one place in the calendar, taken by one consultation or its pause.

    A consultation holds a row for each five minutes it takes. The constraint is what makes it
    impossible for two to overlap in one place, whatever lengths and pauses were in force when each
    was booked, and on both databases.
    """

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="cells")
    at = models.DateTimeField()
    seat = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="admissions_cell_once", fields=["at", "seat"]),
        ]

    def __str__(self) -> str:
        return f"cell {self.pk}"
