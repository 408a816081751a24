"""The desk: Django's admin over the records of admissions. It reads, and calls `triage`."""

from admissions.admin import calendar, consents, lead, notices, records, referrals  # noqa: F401  registers them
