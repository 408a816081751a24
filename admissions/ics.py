"""The calendar file of a consultation. It says when, and nothing of what it is about.

Calendars are shared, synchronised and shown on locked screens: the title is neutral, and there is
no place, description, organizer or name in it (45 CFR 164.502(b)).
"""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from admissions.enums import ConsultationChannel, ConsultationState
from admissions.models import Consultation

CONTENT_TYPE = "text/calendar; charset=utf-8"


def calendar_file(consultation: Consultation) -> bytes:
    """Return the consultation as an iCalendar file (RFC 5545), the same as long as it is the same.

    A later file of the same consultation replaces the event in a calendar: UID stays and SEQUENCE
    counts. Times are in UTC, which every calendar shows in its own zone.
    """
    changed_at = consultation.changed_at or consultation.booked_at
    is_cancelled = consultation.state == ConsultationState.CANCELLED
    by_phone = consultation.channel == ConsultationChannel.PHONE
    event = Event()
    event.add("uid", str(consultation.uid))
    event.add("sequence", consultation.sequence)
    event.add("dtstamp", _utc(changed_at))
    event.add("dtstart", _utc(consultation.starts_at))
    event.add("dtend", _utc(consultation.ends_at))
    event.add("summary", _("Call") if by_phone else _("Appointment"))
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    calendar = Calendar()
    calendar.add("prodid", "-//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
