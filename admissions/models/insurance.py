"""A family's request to have its insurance checked (verification of benefits)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.models.draft import Draft
from admissions.models.inquiry import Submission
from iop_site.fields import EncryptedBinaryField


class InsuranceVerification(Submission):
    """The insurance form as sent. Where the check stands is `Lead.vob_status`.

    The payer is kept in the clear for routing and reports; everything else is in `answers`.
    """

    payer = models.ForeignKey(
        "programs.Payer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(Submission.Meta):
        verbose_name = _("insurance form")


class CardPhoto(models.Model):
    """One side of an insurance card, drawn anew and encrypted (`admissions.card_photos`).

    It belongs to the draft it was sent with, and from the moment that is sent to the form. Purging
    a draft takes its photos along.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, related_name="photos")
    form = models.ForeignKey(
        InsuranceVerification, on_delete=models.CASCADE, null=True, related_name="photos"
    )
    side = models.CharField(_("side"), max_length=5, choices=enums.CardSide)
    image = EncryptedBinaryField(_("picture"))  # JPEG
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        ordering = ["-side"]  # front before back
        verbose_name = _("card photo")
        constraints = [
            models.UniqueConstraint(name="admissions_photo_once_a_draft", fields=["draft", "side"]),
            models.UniqueConstraint(name="admissions_photo_once_a_form", fields=["form", "side"]),
            models.CheckConstraint(
                name="admissions_photo_of_one",
                condition=models.Q(draft__isnull=True) ^ models.Q(form__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"card photo {self.pk}"
