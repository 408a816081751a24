"""A family's request to have its insurance checked (verification of benefits)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from admissions.models.inquiry import Submission


class InsuranceVerification(Submission):
    """The insurance form as sent. Where the check stands is `Lead.vob_status`.

    The payer is kept in the clear for routing and reports; everything else is in `answers`.
    """

    payer = models.ForeignKey(
        "programs.Payer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(Submission.Meta):
        verbose_name = _("insurance form")
