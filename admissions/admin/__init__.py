"""The desk: Django's admin over the records of admissions. It reads, and calls `triage`."""

from admissions.admin import lead, records  # noqa: F401  registers the admin classes
