"""The records of admissions. Only the workflow modules beside this package write status."""

from admissions.models.consent import Consent, ConsentWording
from admissions.models.contact import ContactAttempt, LeadNote
from admissions.models.event import ChainHead, LeadEvent
from admissions.models.inquiry import Inquiry
from admissions.models.insurance import InsuranceVerification
from admissions.models.lead import Lead, SearchToken
from admissions.models.outbox import OutboxMessage

__all__ = [
    "ChainHead",
    "Consent",
    "ConsentWording",
    "ContactAttempt",
    "Inquiry",
    "InsuranceVerification",
    "Lead",
    "LeadEvent",
    "LeadNote",
    "OutboxMessage",
    "SearchToken",
]
