"""Whether the keys that the site was started with are those that its data was written with."""

from admissions import audit
from admissions.models import Lead, LeadEvent
from iop_site import keyring
from iop_site.crypto import DecryptionError


def key_fault() -> str:
    """Return one line that says which key is wrong, or nothing.

    Opens the ring of keys, the oldest and the newest lead, and checks the newest event's seal; a
    few queries. With another key a site would look healthy, and be unable to read what people
    wrote. The line begins with the name of the setting.
    """
    if fault := keyring.fault():
        return fault
    try:
        for order in ("pk", "-pk"):
            Lead.objects.order_by(order).first()
    except DecryptionError:
        return "FIELD_KEYS: the data in this database was encrypted with another key."
    newest = LeadEvent.objects.order_by("-sequence")[:2]
    if newest and not audit.seal_holds(newest[0], newest[1].seal if len(newest) > 1 else ""):
        return "INDEX_KEYS: the records in this database were sealed with another key."
    return ""
