"""The words of admissions work: statuses, the moves between them, reasons and channels.

Nothing here touches the database. `admissions.triage` alone acts on it.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LeadStatus(TextChoices):
    NEW = "new", _("New")
    ATTEMPTING = "attempting", _("Trying to reach")
    CONTACTED = "contacted", _("Contacted")
    QUALIFIED = "qualified", _("Qualified")
    ASSESSMENT_SCHEDULED = "assessment_scheduled", _("Assessment scheduled")
    ASSESSED = "assessed", _("Assessed")
    WAITLISTED = "waitlisted", _("Waitlisted")
    ADMISSION_SCHEDULED = "admission_scheduled", _("Admission scheduled")
    ADMITTED = "admitted", _("Admitted")
    NURTURE = "nurture", _("Keeping in touch")
    CLOSED = "closed", _("Closed")


_S = LeadStatus

# From each status, the ones a lead may move to. `admitted` is terminal but for a manager.
TRANSITIONS: dict[str, tuple[LeadStatus, ...]] = {
    _S.NEW: (_S.ATTEMPTING, _S.CONTACTED, _S.CLOSED),
    _S.ATTEMPTING: (_S.CONTACTED, _S.NURTURE, _S.CLOSED),
    _S.CONTACTED: (_S.QUALIFIED, _S.NURTURE, _S.CLOSED),
    _S.QUALIFIED: (_S.ASSESSMENT_SCHEDULED, _S.WAITLISTED, _S.NURTURE, _S.CLOSED),
    _S.ASSESSMENT_SCHEDULED: (_S.ASSESSED, _S.QUALIFIED, _S.CLOSED),
    _S.ASSESSED: (_S.ADMISSION_SCHEDULED, _S.WAITLISTED, _S.CLOSED),
    _S.WAITLISTED: (_S.QUALIFIED, _S.ADMISSION_SCHEDULED, _S.NURTURE, _S.CLOSED),
    _S.ADMISSION_SCHEDULED: (_S.ADMITTED, _S.ASSESSED, _S.CLOSED),
    _S.NURTURE: (_S.ATTEMPTING, _S.CONTACTED, _S.CLOSED),
    _S.CLOSED: (_S.ATTEMPTING,),
    _S.ADMITTED: (),
}
# What a manager alone may do: an admission entered by mistake goes back one step.
MANAGER_TRANSITIONS: dict[str, tuple[LeadStatus, ...]] = {_S.ADMITTED: (_S.ADMISSION_SCHEDULED,)}

OPEN_STATUSES = tuple(
    status for status in LeadStatus if status not in (LeadStatus.CLOSED, LeadStatus.ADMITTED)
)


class VobStatus(TextChoices):
    """Verification of benefits: a status of its own, since it may come before any contact."""

    NOT_REQUESTED = "not_requested", _("Not requested")
    REQUESTED = "requested", _("Requested")
    IN_PROGRESS = "in_progress", _("In progress")
    NEEDS_INFO = "needs_info", _("Needs information")
    VERIFIED_VIABLE = "verified_viable", _("Verified, viable")
    VERIFIED_NOT_VIABLE = "verified_not_viable", _("Verified, not viable")
    UNABLE_TO_VERIFY = "unable_to_verify", _("Unable to verify")
    EXPIRED = "expired", _("Expired")
    NOT_APPLICABLE = "not_applicable", _("Self-pay")


class CloseReason(TextChoices):
    UNREACHABLE = "unreachable", _("Lost: unreachable")
    NOT_READY = "not_ready", _("Lost: not ready")
    OTHER_PROVIDER = "other_provider", _("Lost: chose another provider")
    COST = "cost", _("Lost: cost")
    INACTIVE_COVERAGE = "inactive_coverage", _("Lost: inactive coverage")
    OUT_OF_NETWORK = "out_of_network", _("Lost: out of network")
    NO_BENEFIT = "no_benefit", _("Lost: no benefit")
    AUTHORIZATION_DENIED = "authorization_denied", _("Lost: authorization denied")
    SCHEDULE_OR_TRANSPORT = "schedule_or_transport", _("Lost: schedule or transport")
    NO_CAPACITY = "no_capacity", _("Lost: no capacity")
    NEEDS_HIGHER_LEVEL = "needs_higher_level", _("Not appropriate: needs a higher level")
    NEEDS_LOWER_LEVEL = "needs_lower_level", _("Not appropriate: needs a lower level")
    AGE = "age", _("Not appropriate: age")
    GEOGRAPHY = "geography", _("Not appropriate: geography")
    REFERRED_OUT = "referred_out", _("Not appropriate: referred out")
    DUPLICATE = "duplicate", _("Void: duplicate")
    SPAM = "spam", _("Void: spam")
    WRONG_NUMBER = "wrong_number", _("Void: wrong number")
    TEST = "test", _("Void: test")
    VENDOR = "vendor", _("Void: vendor or job seeker")
    EXISTING_PATIENT = "existing_patient", _("Void: existing patient")


VOID_REASONS = (
    CloseReason.DUPLICATE,
    CloseReason.SPAM,
    CloseReason.WRONG_NUMBER,
    CloseReason.TEST,
    CloseReason.VENDOR,
    CloseReason.EXISTING_PATIENT,
)


class InquirerRole(TextChoices):
    SELF = "self", _("I am looking for help for myself")
    FAMILY = "family", _("I am asking for a family member or friend")
    PROFESSIONAL = "professional", _("I am a professional who refers someone")


class Channel(TextChoices):
    PHONE = "phone", _("Phone call")
    TEXT = "text", _("Text message")
    EMAIL = "email", _("E-mail")


class AgeBand(TextChoices):
    UNDER_12 = "under_12", _("Under 12")
    TEEN = "12_17", _("12 to 17")
    YOUNG_ADULT = "18_25", _("18 to 25")
    ADULT = "26_64", _("26 to 64")
    OLDER_ADULT = "65_plus", _("65 or older")


MINOR_BANDS = (AgeBand.UNDER_12, AgeBand.TEEN)


class Relationship(TextChoices):
    PARENT = "parent", _("I am their parent or guardian")
    PARTNER = "partner", _("I am their spouse or partner")
    CHILD = "child", _("I am their son or daughter")
    SIBLING = "sibling", _("I am their brother or sister")
    OTHER_FAMILY = "other_family", _("I am another relative")
    FRIEND = "friend", _("I am a friend")
    OTHER = "other", _("Something else")


class PatientKnows(TextChoices):
    YES = "yes", _("Yes, they know")
    NO = "no", _("No, not yet")
    UNSURE = "unsure", _("I am not sure")


class CoverageKind(TextChoices):
    COMMERCIAL = "commercial", _("Insurance through a job, a school or bought myself")
    MASSHEALTH = "masshealth", _("MassHealth")
    MEDICARE = "medicare", _("Medicare")
    MILITARY = "military", _("TRICARE or VA")
    NONE = "none", _("No insurance")
    UNSURE = "unsure", _("Not sure")


class LeadSource(TextChoices):
    WEB_INQUIRY = "web_inquiry", _("Web: inquiry form")
    WEB_INSURANCE = "web_insurance", _("Web: insurance form")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    WALK_IN = "walk_in", _("Walk-in")
    EVENT = "event", _("Event")
    REFERRAL = "referral", _("Referral")


class AttemptResult(TextChoices):
    """How a try to reach the contact ended; the first two are live conversations."""

    TALKED = "talked", _("Talked with them")
    CALL_BACK = "call_back", _("Talked, call back later")
    NO_ANSWER = "no_answer", _("No answer")
    LEFT_VOICEMAIL = "left_voicemail", _("Left a voicemail")
    BUSY = "busy", _("Busy")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    MESSAGE_SENT = "message_sent", _("Message sent")


LIVE_RESULTS = (AttemptResult.TALKED, AttemptResult.CALL_BACK)


class SubscriberRelationship(TextChoices):
    SELF = "self", _("The patient is the subscriber")
    SPOUSE = "spouse", _("Spouse or partner")
    CHILD = "child", _("Child")
    OTHER = "other", _("Other dependent")


class EventKind(TextChoices):
    INQUIRY_RECEIVED = "inquiry_received", _("Inquiry received")
    INSURANCE_RECEIVED = "insurance_received", _("Insurance form received")
    VIEWED = "viewed", _("Opened")
    CONSENT_GIVEN = "consent_given", _("Consent given")
    CLAIMED = "claimed", _("Claimed")
    RELEASED = "released", _("Released")
    ATTEMPT_LOGGED = "attempt_logged", _("Contact attempt logged")
    STATUS_CHANGED = "status_changed", _("Status changed")
    VOB_CHANGED = "vob_changed", _("Verification changed")
    ESTIMATE_DELIVERED = "estimate_delivered", _("Self-pay estimate delivered")
    NOTE_ADDED = "note_added", _("Note added")
    FOLLOW_UP_SET = "follow_up_set", _("Follow-up set")


class OutboxState(TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Failed for good")


class NoticeKind(TextChoices):
    NEW_INQUIRY = "new_inquiry", _("New inquiry")
    NEW_INSURANCE = "new_insurance", _("New insurance form")


class ConsentTopic(TextChoices):
    CONTACT = "contact", _("Being contacted")
    PRIVACY_NOTICE = "privacy-notice", _("Privacy notice")
    TEXTS = "texts", _("Text messages")
    VERIFICATION = "verification", _("Checking insurance")
    AUTHORITY = "authority", _("Authority to act")
    NOT_EMERGENCY = "not-emergency", _("Not for emergencies")
    NO_TREATMENT_RELATIONSHIP = "no-treatment-relationship", _("No treatment relationship yet")
