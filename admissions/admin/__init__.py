"""The desk: Django's admin over the records of admissions. It reads, and calls `triage`."""

from admissions.admin import (  # noqa: F401  registers them
    accounts,
    calendar,
    consents,
    lead,
    notices,
    records,
    referrals,
)
