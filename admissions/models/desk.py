"""What the desk keeps about itself: who is away, who looks at a lead, which lists they saved."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions.models.lead import Lead


class AbsenceQuerySet(models.QuerySet):
    def on(self, day: date) -> Self:
        """Return who is away on a local day."""
        open_ended = models.Q(until__isnull=True) | models.Q(until__gte=day)
        return self.filter(open_ended, since__lte=day)


class Absence(models.Model):
    """A member of staff is away: from a day to a day, both included, or until they are back."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences"
    )
    since = models.DateField(_("from"))
    until = models.DateField(_("to"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = _("absence")
        constraints = [
            models.CheckConstraint(
                name="admissions_absence_in_order",
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                violation_error_message=_("The last day cannot be before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"absence {self.pk}"


class LeadPresence(models.Model):
    """A member of staff had a lead's page open at `seen_at` (`admissions.presence`)."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="admissions_presence_once", fields=["lead", "user"])
        ]
        indexes = [models.Index(name="admissions_presence_seen", fields=["seen_at"])]

    def __str__(self) -> str:
        return f"presence {self.pk}"


class SavedView(models.Model):
    """A list of leads that somebody wants again: its filters, never what they searched for."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=400, blank=True)
    is_shared = models.BooleanField(_("for everybody"), default=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("saved view")
        constraints = [
            models.UniqueConstraint(
                name="admissions_view_named_once",
                fields=["user", "name"],
                violation_error_message=_("You have a view of that name."),
            )
        ]

    def __str__(self) -> str:
        return self.name
