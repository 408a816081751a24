"""The one table of the site itself: the keys of everything else, none of which it can open."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class DataKey(models.Model):
    """A data or index key, wrapped by a master key; `iop_site.keyring` alone reads and writes it.

    It lies in the database so that every process sees a new key, and so that a backup brings the
    keys it needs. Without the master key, which is elsewhere, it opens nothing.
    """

    class Purpose(models.TextChoices):
        FIELD = "field", _("encrypts")
        INDEX = "index", _("finds and seals")

    purpose = models.CharField(max_length=5, choices=Purpose)
    key_id = models.CharField(max_length=8)
    wrapped = models.CharField(max_length=100)
    master_id = models.CharField(max_length=16)  # which master key wrapped it
    # From then on it makes new values; before that, every process has time to learn of it.
    first_from = models.DateTimeField(db_default=Now())
    # An index key that seals alone still need; a data key that nothing needs is deleted.
    retired_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="iop_site_key_once", fields=["purpose", "key_id"])
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.key_id}"
