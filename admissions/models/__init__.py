"""The records of admissions. Only the workflow modules beside this package write status."""

from admissions.models.access import StatusAccess
from admissions.models.calendar import (
    Availability,
    AvailabilityException,
    BookingRules,
    ClosedDay,
    WorkingHours,
)
from admissions.models.consent import Consent, ConsentWording
from admissions.models.consultation import Consultation, ConsultationCell
from admissions.models.contact import ContactAttempt, LeadNote
from admissions.models.draft import Draft
from admissions.models.event import ChainHead, LeadEvent
from admissions.models.inquiry import Inquiry
from admissions.models.insurance import CardPhoto, InsuranceVerification
from admissions.models.lead import Lead, SearchToken
from admissions.models.outbox import NoticePreference, OutboxMessage
from admissions.models.rate import RateCount

__all__ = [
    "Availability",
    "AvailabilityException",
    "BookingRules",
    "CardPhoto",
    "ChainHead",
    "ClosedDay",
    "Consent",
    "ConsentWording",
    "Consultation",
    "ConsultationCell",
    "ContactAttempt",
    "Draft",
    "Inquiry",
    "InsuranceVerification",
    "Lead",
    "LeadEvent",
    "LeadNote",
    "NoticePreference",
    "OutboxMessage",
    "RateCount",
    "SearchToken",
    "StatusAccess",
    "WorkingHours",
]
