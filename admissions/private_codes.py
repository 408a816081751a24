"""The way back to what one sent: a reference, which others may know, and a private code.

Wrong tries are counted by network address and by reference, also by one that there is not, and
whoever is told no is told the same in every case: guessing teaches nothing.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from admissions import rate_limit
from admissions.exceptions import TooManyTries
from admissions.models import StatusAccess
from admissions.references import bare, new_code

_BY_ADDRESS, _BY_REFERENCE = "status-address", "status-reference"
ADDRESS_WINDOW, REFERENCE_WINDOW = timedelta(minutes=15), timedelta(hours=1)


def open_with(*, reference: str, code: str, address: str) -> StatusAccess | None:
    """Return the access that a reference and its code open, as typed in any spelling, or None.

    `address` is the network address of who tries, or empty. Raises TooManyTries once too many were
    wrong, whatever is tried then. Side effect: a wrong try is counted.
    """
    reference, code = bare(reference), bare(code)
    tries = [(_BY_REFERENCE, reference, REFERENCE_WINDOW, settings.STATUS_TRIES_PER_REFERENCE)]
    if address:
        tries.append((_BY_ADDRESS, address, ADDRESS_WINDOW, settings.STATUS_TRIES_PER_ADDRESS))
    for scope, who, window, most in tries:
        if rate_limit.count(scope=scope, who=who, window=window) >= most:
            raise TooManyTries(_("Too many tries were wrong. Please wait a while, or call us."))
    access = StatusAccess.objects.filter(reference=reference).first()
    # The same work where there is no such reference.
    expected = bare(access.code if access else new_code())
    if secrets.compare_digest(expected, code) and access is not None:
        return access
    for scope, who, window, _most in tries:
        rate_limit.hit(scope=scope, who=who, window=window)
    return None
