"""The words of admissions work: statuses, the moves between them, reasons and channels.

Nothing here touches the database. `admissions.triage` alone acts on it.
"""

from collections.abc import Iterable
from datetime import date

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


# What somebody still has to find out. On the lead only while it is open.
VOB_WAITING = (
    VobStatus.REQUESTED,
    VobStatus.IN_PROGRESS,
    VobStatus.NEEDS_INFO,
    VobStatus.EXPIRED,
)


VOB_VERIFIED = (VobStatus.VERIFIED_VIABLE, VobStatus.VERIFIED_NOT_VIABLE)
# What a check comes to; set with a result that says who was asked and what they said.
VOB_OUTCOMES = (*VOB_VERIFIED, VobStatus.UNABLE_TO_VERIFY, VobStatus.NEEDS_INFO)
_V = VobStatus
_NOT_NEEDED = (_V.NOT_REQUESTED, _V.NOT_APPLICABLE)
# From each state of a verification, the ones it may come to (an outcome also anew, by a later
# result). Somebody takes it: in progress. The day of a result is over: expired.
VOB_TRANSITIONS: dict[str, tuple[VobStatus, ...]] = {
    _V.NOT_REQUESTED: (_V.REQUESTED, _V.NOT_APPLICABLE),
    _V.REQUESTED: (_V.IN_PROGRESS, *VOB_OUTCOMES, *_NOT_NEEDED),
    _V.IN_PROGRESS: (_V.REQUESTED, *VOB_OUTCOMES, *_NOT_NEEDED),
    _V.NEEDS_INFO: (_V.REQUESTED, _V.IN_PROGRESS, *VOB_OUTCOMES, *_NOT_NEEDED),
    _V.VERIFIED_VIABLE: (_V.REQUESTED, *VOB_OUTCOMES, _V.EXPIRED, *_NOT_NEEDED),
    _V.VERIFIED_NOT_VIABLE: (_V.REQUESTED, *VOB_OUTCOMES, _V.EXPIRED, *_NOT_NEEDED),
    _V.UNABLE_TO_VERIFY: (_V.REQUESTED, *VOB_OUTCOMES, *_NOT_NEEDED),
    _V.EXPIRED: (_V.REQUESTED, _V.IN_PROGRESS, *VOB_OUTCOMES, *_NOT_NEEDED),
    _V.NOT_APPLICABLE: (_V.REQUESTED, _V.NOT_REQUESTED),
}
# What staff set without taking the check or finding anything out.
VOB_SET_BY_HAND = (_V.NOT_REQUESTED, _V.REQUESTED, _V.NOT_APPLICABLE)


class NetworkStatus(TextChoices):
    IN_NETWORK = "in", _("In network")
    OUT_OF_NETWORK = "out", _("Out of network")
    UNKNOWN = "unknown", _("Not known")


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
    ASKED_DELETION = "asked_deletion", _("Lost: asked us to delete their data")
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
    MISTAKE = "mistake", _("Void: entered by mistake")


VOID_REASONS = (
    CloseReason.DUPLICATE,
    CloseReason.SPAM,
    CloseReason.WRONG_NUMBER,
    CloseReason.TEST,
    CloseReason.VENDOR,
    CloseReason.EXISTING_PATIENT,
    CloseReason.MISTAKE,
)


class ErasureReason(TextChoices):
    """Why a lead's data was erased; `RETENTION` is no choice of staff."""

    ASKED = "asked", _("The person asked us to delete it")
    SPAM = "spam", _("It was spam: no person wrote it")
    MISTAKE = "mistake", _("It was entered by mistake")
    RETENTION = "retention", _("Its time was over")


class Response(TextChoices):
    """Whether the first attempt kept the promised response time (`Lead.respond_by`)."""

    IN_TIME = "in_time", _("In time")
    LATE = "late", _("Late")


class Language(TextChoices):
    """The languages that leads are sorted by; what the person wrote is kept as they wrote it."""

    ENGLISH = "en", _("English")
    SPANISH = "es", _("Spanish")
    PORTUGUESE = "pt", _("Portuguese")
    HAITIAN_CREOLE = "ht", _("Haitian Creole")
    CHINESE = "zh", _("Chinese")
    VIETNAMESE = "vi", _("Vietnamese")
    RUSSIAN = "ru", _("Russian")
    ARABIC = "ar", _("Arabic")
    KHMER = "km", _("Khmer")
    FRENCH = "fr", _("French")
    SIGN_LANGUAGE = "sgn", _("Sign language")
    OTHER = "other", _("Another language")


class Disclosed(TextChoices):
    """What was given to somebody outside, as the accounting says it (45 CFR 164.528(b)(2)(iii))."""

    CONTACT = "contact", _("Name and how to reach them")
    SOUGHT_HELP = "sought_help", _("That they asked us for help, and where that stands")
    REQUEST = "request", _("What they wrote to us")
    INSURANCE = "insurance", _("Insurance details")
    RESULT = "result", _("What their plan told us")
    ESTIMATE = "estimate", _("A cost estimate")
    APPOINTMENTS = "appointments", _("Appointments")
    NOTES = "notes", _("Our notes, or parts of them")
    ALL = "all", _("Everything we have")

    @classmethod
    def in_words(cls, codes: Iterable[str]) -> str:
        return ", ".join(str(cls(code).label) for code in codes)


class DisclosurePurpose(TextChoices):
    TREATMENT = "treatment", _("Care somewhere else")
    PAYMENT = "payment", _("Paying for care")
    ASKED = "asked", _("They asked us to")
    COURT = "court", _("A court, or the police")
    OVERSIGHT = "oversight", _("An agency that oversees us")
    EMERGENCY = "emergency", _("A medical emergency")
    OTHER = "other", _("Something else")


class DisclosureBasis(TextChoices):
    """What allowed a disclosure; each with its place in the law."""

    CONSENT = "consent", _("Written consent (42 CFR 2.31; 45 CFR 164.508)")
    LAW = "law", _("Required by law, such as a court order (45 CFR 164.512; 42 CFR 2.61)")
    EMERGENCY = "emergency", _("A medical emergency (42 CFR 2.51)")
    OTHER = "other", _("Something else that the law allows")


class ReferralKind(TextChoices):
    CLINICIAN = "clinician", _("Therapist or doctor")
    HOSPITAL = "hospital", _("Hospital or crisis service")
    PROGRAM = "program", _("Treatment program")
    SCHOOL = "school", _("School or college")
    COURT = "court", _("Court or probation")
    EMPLOYER = "employer", _("Employer or assistance program")
    COMMUNITY = "community", _("Community organization")
    VETERANS = "veterans", _("Veterans' service")
    ALUMNI = "alumni", _("Former patient or family")
    OTHER = "other", _("Other")


class InquirerRole(TextChoices):
    SELF = "self", _("I am looking for help for myself")
    FAMILY = "family", _("I am asking for a family member or friend")
    PROFESSIONAL = "professional", _("I am a professional who refers someone")


class Channel(TextChoices):
    PHONE = "phone", _("Phone call")
    TEXT = "text", _("Text message")
    EMAIL = "email", _("E-mail")


class AttemptChannel(TextChoices):
    """How staff and the contact met; somebody may also stand at the door."""

    PHONE = Channel.PHONE.value, Channel.PHONE.label
    TEXT = Channel.TEXT.value, Channel.TEXT.label
    EMAIL = Channel.EMAIL.value, Channel.EMAIL.label
    VISIT = "visit", _("In person")


class Delivery(TextChoices):
    """How a written estimate reached the family (45 CFR 149.610(e): on paper or as they asked)."""

    MAIL = "mail", _("By letter")
    IN_PERSON = "in_person", _("Handed over")
    EMAIL = "email", _("By e-mail, as they asked")
    OTHER = "other", _("Another way they asked for")


class AgeBand(TextChoices):
    UNDER_12 = "under_12", _("Under 12")
    TEEN = "12_17", _("12 to 17")
    YOUNG_ADULT = "18_25", _("18 to 25")
    ADULT = "26_64", _("26 to 64")
    OLDER_ADULT = "65_plus", _("65 or older")

    @classmethod
    def of(cls, born: date, *, on: date) -> "AgeBand":
        """Return the band of somebody born on a day; the 29th of February counts from March on."""
        age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
        for band, below in ((cls.UNDER_12, 12), (cls.TEEN, 18), (cls.YOUNG_ADULT, 26)):
            if age < below:
                return band
        return cls.ADULT if age < 65 else cls.OLDER_ADULT


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
    WEB_CONSULTATION = "web_consultation", _("Web: consultation")
    WEB_ESTIMATE = "web_estimate", _("Web: self-pay estimate")
    WEB_STATUS = "web_status", _("Web: status page")
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


class NextStep(TextChoices):
    """When a lead comes up again, as staff choose it (`admissions.follow_up`)."""

    SUGGESTED = "suggested", _("As suggested for what happened")
    HOUR = "hour", _("In an hour")
    AFTERNOON = "afternoon", _("This afternoon")
    MORNING = "morning", _("Tomorrow morning")
    THREE_DAYS = "three_days", _("In three days")
    WEEK = "week", _("In a week")
    OWN = "own", _("At the date and time below")
    NONE = "none", _("No next step, knowingly")


class Wish(TextChoices):
    """What a person asked of us that a contact attempt may go against."""

    DELETION = "deletion", _("They asked us to delete their data.")
    WITHDRAWN = "withdrawn", _("They asked us not to contact them.")
    NO_TEXTS = "no_texts", _("They did not allow text messages.")
    NO_VOICEMAIL = "no_voicemail", _("They did not allow voicemail.")


class SubscriberRelationship(TextChoices):
    """What the patient is to the subscriber: who holds the insurance."""

    SELF = "self", _("The patient holds it")
    SPOUSE = "spouse", _("The patient is the holder's spouse or partner")
    CHILD = "child", _("The patient is the holder's child")
    OTHER = "other", _("The patient depends on the holder in another way")


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
    CONSENT_WITHDRAWN = "consent_withdrawn", _("Consent withdrawn")
    INFORMATION_ADDED = "information_added", _("Information added by the family")
    DELETION_REQUESTED = "deletion_requested", _("Deletion asked for")
    ESTIMATE_REQUESTED = "estimate_requested", _("Self-pay estimate asked for")
    CONSULTATION_BOOKED = "consultation_booked", _("Consultation booked")
    CONSULTATION_MOVED = "consultation_moved", _("Consultation moved")
    CONSULTATION_CANCELLED = "consultation_cancelled", _("Consultation cancelled")
    CONSULTATION_ENDED = "consultation_ended", _("Consultation over")
    CARD_VIEWED = "card_viewed", _("Card photo opened")
    QUARANTINED = "quarantined", _("Held as suspected spam")
    SUSPECT_RELEASED = "suspect_released", _("Released from quarantine")
    SUSPECT_CONFIRMED = "suspect_confirmed", _("Confirmed as spam")
    NOTICE_SENT_AGAIN = "notice_sent_again", _("Notice put back to be sent")
    ASSIGNED = "assigned", _("Assigned")
    HANDED_OVER = "handed_over", _("Handed over")
    WENT_AWAY = "went_away", _("Marked as away")
    CAME_BACK = "came_back", _("Marked as back")
    DETAILS_CHANGED = "details_changed", _("Details changed")
    REVEALED = "revealed", _("Sensitive details shown")
    PRINTED = "printed", _("Printed")
    VOB_TAKEN = "vob_taken", _("Insurance check taken")
    VOB_RESULT = "vob_result", _("Insurance check: result")
    ESTIMATE_MADE = "estimate_made", _("Self-pay estimate written")
    BENEFITS_PRINTED = "benefits_printed", _("Benefits summary opened to print")
    MERGED = "merged", _("Merged")
    MERGE_UNDONE = "merge_undone", _("Merge undone")
    REFERRED_OUT = "referred_out", _("Referred to another place")
    REFERRAL_SOURCE_SET = "referral_source_set", _("Referral source set")
    SEARCHED = "searched", _("Searched")
    EXPORTED = "exported", _("Exported")
    REFUSED = "refused", _("Refused")
    SIGNED_IN = "signed_in", _("Signed in")
    SIGNED_OUT = "signed_out", _("Signed out")
    SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
    ACCOUNT_CHANGED = "account_changed", _("Account changed")
    DISCLOSED = "disclosed", _("Given to somebody outside")
    COPY_MADE = "copy_made", _("Copy of a person's data made")
    ERASED = "erased", _("Erased")
    RETENTION_APPLIED = "retention_applied", _("Kept as long as the rules say, then erased")
    KEYS_ROTATED = "keys_rotated", _("Keys rotated")


class Dimension(TextChoices):
    """What the reports break their numbers down by."""

    ALL = "all", _("All leads")
    SOURCE = "source", _("Source")
    TRACK = "track", _("Track")
    PAYER = "payer", _("Payer")
    OWNER = "owner", _("Owner")
    HOUR = "hour", _("Hour received")
    WEEKDAY = "weekday", _("Weekday received")
    ARRIVAL = "arrival", _("Office open or closed")


class OutboxState(TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    SKIPPED = "skipped", _("Not sent, on purpose")
    DEAD = "dead", _("Failed for good")


class Audience(TextChoices):
    """To whom a notice goes; the address is looked up when it is sent, never stored with it."""

    DESK = "desk", _("Admissions")  # the shared address of the provider profile
    STAFF = "staff", _("Member of staff")
    FAMILY = "family", _("Family")


class NoticeKind(TextChoices):
    # -- to staff
    NEW_INQUIRY = "new_inquiry", _("New inquiry")
    NEW_INSURANCE = "new_insurance", _("New insurance form")
    NEW_CONSULTATION = "new_consultation", _("New consultation")
    CONSULTATION_CHANGED = "consultation_changed", _("Consultation changed")
    NEW_ESTIMATE = "new_estimate", _("Self-pay estimate asked for")
    FAMILY_WROTE = "family_wrote", _("Something from the status page")
    NEEDS_SUPERVISOR = "needs_supervisor", _("Needs a supervisor's look")
    RESPONSE_AT_RISK = "response_at_risk", _("Response time at risk")
    RESPONSE_MISSED = "response_missed", _("Response time missed")
    UNCLAIMED = "unclaimed", _("Nobody has claimed a lead")
    # -- to staff, whatever they asked to be told
    INVITATION = "invitation", _("Invitation to the desk")
    AUDIT_HEAD = "audit_head", _("Seal of the record")
    # -- to families
    FAMILY_RECEIVED = "family_received", _("To the family: received")
    FAMILY_BOOKED = "family_booked", _("To the family: booked")
    FAMILY_CHANGED = "family_changed", _("To the family: changed")
    FAMILY_REMINDER = "family_reminder", _("To the family: reminder")


FAMILY_NOTICES = (
    NoticeKind.FAMILY_RECEIVED,
    NoticeKind.FAMILY_BOOKED,
    NoticeKind.FAMILY_CHANGED,
    NoticeKind.FAMILY_REMINDER,
)
# What every manager is told, asked for or not, and at any hour.
ESCALATIONS = (NoticeKind.NEEDS_SUPERVISOR, NoticeKind.UNCLAIMED)
# What is about no lead.
OFFICE_NOTICES = (NoticeKind.INVITATION, NoticeKind.AUDIT_HEAD)
STAFF_NOTICES = tuple(k for k in NoticeKind if k not in (*FAMILY_NOTICES, *OFFICE_NOTICES))


class Suspicion(TextChoices):
    """Why a submission is held back for staff to look at; it is never thrown away."""

    TRAP = "trap", _("Filled a field that people do not see")
    TOO_FAST = "too_fast", _("Sent faster than a person types")
    MANY_FROM_ADDRESS = "many_from_address", _("Many forms from one network address")
    MANY_FROM_CONTACT = "many_from_contact", _("Many forms with one phone or e-mail")
    LINKS = "links", _("Several web links")
    SALES_TALK = "sales_talk", _("Reads like an advertisement")


class ConsultationChannel(TextChoices):
    PHONE = "phone", _("By phone")
    VIDEO = "video", _("By video")
    IN_PERSON = "in_person", _("In person")


class ConsultationState(TextChoices):
    BOOKED = "booked", _("Booked")
    CANCELLED = "cancelled", _("Cancelled")
    HELD = "held", _("Held")
    NO_SHOW = "no_show", _("Not there")


class DraftKind(TextChoices):
    INSURANCE = "insurance", _("Insurance check")
    CONSULTATION = "consultation", _("Consultation")


class CardSide(TextChoices):
    FRONT = "front", _("Front")
    BACK = "back", _("Back")


class ConsentTopic(TextChoices):
    CONTACT = "contact", _("Being contacted")
    PRIVACY_NOTICE = "privacy-notice", _("Privacy notice")
    TEXTS = "texts", _("Text messages")
    VERIFICATION = "verification", _("Checking insurance")
    AUTHORITY = "authority", _("Authority to act")
    NOT_EMERGENCY = "not-emergency", _("Not for emergencies")
    NO_TREATMENT_RELATIONSHIP = "no-treatment-relationship", _("No treatment relationship yet")
