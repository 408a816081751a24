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
from admissions.models.desk import Absence, LeadPresence, SavedView
from admissions.models.disclosure import Disclosure
from admissions.models.draft import Draft
from admissions.models.event import ChainHead, LeadEvent
from admissions.models.inquiry import Inquiry
from admissions.models.insurance import CardPhoto, InsuranceVerification
from admissions.models.lead import Lead, SearchToken
from admissions.models.merge import LeadMerge
from admissions.models.outbox import NoticePreference, OutboxMessage
from admissions.models.rate import RateCount
from admissions.models.referral import OutboundReferral, ReferralSource
from admissions.models.signed import SignedConsent
from admissions.models.summary import Summary, SummaryHead
from admissions.models.verification import SelfPayEstimate, VerificationResult

__all__ = [
    "Absence",
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
    "Disclosure",
    "Draft",
    "Inquiry",
    "InsuranceVerification",
    "Lead",
    "LeadEvent",
    "LeadMerge",
    "LeadNote",
    "LeadPresence",
    "NoticePreference",
    "OutboundReferral",
    "OutboxMessage",
    "RateCount",
    "ReferralSource",
    "SavedView",
    "SearchToken",
    "SelfPayEstimate",
    "SignedConsent",
    "StatusAccess",
    "Summary",
    "SummaryHead",
    "VerificationResult",
    "WorkingHours",
]
