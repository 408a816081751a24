"""Consent: the wordings, versioned, and who agreed to which when."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.access import StatusAccess
from admissions.models.lead import Lead


class ConsentQuerySet(models.QuerySet):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class ConsentWordingQuerySet(models.QuerySet["ConsentWording"]):
    def current(self, language: str = "en") -> dict[str, "ConsentWording"]:
        """Return the newest wording of each topic, by topic."""
        newest: dict[str, ConsentWording] = {}
        for wording in self.filter(language=language).order_by("version"):
            newest[wording.topic] = wording
        return newest


class ConsentWording(models.Model):
    """The exact words of one consent. A change is a new version; an old one is never edited."""

    topic = models.CharField(_("topic"), max_length=32, choices=enums.ConsentTopic)
    version = models.PositiveSmallIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=10, default="en")
    label = models.CharField(_("sentence to tick"), max_length=400)
    text = models.TextField(_("explanation"), blank=True)
    required = models.BooleanField(_("required"), default=False)
    status = models.CharField(_("approval"), max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConsentWordingQuerySet.as_manager()

    class Meta:
        ordering = ["topic", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="admissions_wording_once", fields=["topic", "language", "version"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} v{self.version} ({self.language})"


class Consent(models.Model):
    """Somebody agreed to a wording: which, in what language, when, by what channel.

    The proof outlives the lead: where that is erased, the reference and the keyed digests of the
    phone and e-mail it was given for stay, which tell nothing to who does not know them already.
    """

    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="consents")
    lead_reference = models.CharField(_("lead"), max_length=8, default="", editable=False)
    access = models.ForeignKey(
        StatusAccess, on_delete=models.SET_NULL, null=True, editable=False, related_name="consents"
    )
    phone_digest = models.CharField(max_length=32, blank=True, editable=False)
    email_digest = models.CharField(max_length=32, blank=True, editable=False)
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    channel = models.CharField(_("channel"), max_length=16, choices=enums.LeadSource)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_channel = models.CharField(
        _("withdrawn by"), max_length=16, choices=enums.LeadSource, blank=True
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="admissions_consent_withdrawn_pair",
                condition=models.Q(withdrawn_at__isnull=True) ^ ~models.Q(withdrawn_channel=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.wording} on {self.given_at:%Y-%m-%d}"
