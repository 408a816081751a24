"""What a visitor is handed for what they sent: a reference to say, a private code to look it up."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions.models.lead import Lead
from iop_site.fields import EncryptedTextField


class StatusAccess(models.Model):
    """One visitor's way back to one lead: `reference` is public, `code` is theirs alone.

    The access that opened a lead (or came through one that did) shows where the lead stands. One
    that joined a lead by its phone number or e-mail (`opened_lead` is False) proves nothing about
    who sent it, so it shows that its own submissions arrived, and nothing of anybody else's.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="accesses")
    reference = models.CharField(_("reference"), max_length=8, unique=True)
    code = EncryptedTextField(_("private code"))
    opened_lead = models.BooleanField(_("opened the lead"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("status access")
        verbose_name_plural = _("status accesses")

    def __str__(self) -> str:
        return self.reference

    def held_lead(self) -> Lead:
        """Return the lead it belongs to now, locked. Call it with the audit chain locked.

        A merge may have re-hung it since it was read, to where it shows less.
        """
        self.refresh_from_db(fields=["lead", "opened_lead"])
        return Lead.objects.select_for_update().get(pk=self.lead_id)
