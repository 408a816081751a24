"""Plain builders of what people send. Phone numbers are of the range kept for fiction."""

import uuid
from typing import Any


def new_key() -> uuid.UUID:
    return uuid.uuid4()


def inquiry_answers(**changes: Any) -> dict[str, Any]:
    """Return the answers of a complete inquiry, with `changes`."""
    return {
        "role": "self",
        "relationship": "",
        "patient_knows": "",
        "organization": "",
        "job_title": "",
        "first_name": "Avery",
        "last_name": "Quill",
        "phone": "+1 617-555-0101",
        "email": "avery@example.org",
        "preferred_channel": "phone",
        "good_times": "",
        "voicemail_ok": False,
        "text_ok": False,
        "email_ok": False,
        "may_say_who": False,
        "do_not_speak_to": "",
        "age_band": "26_64",
        "track": "",
        "time_of_day": "",
        "coverage_kind": "",
        "language": "",
        "needs_interpreter": False,
        "access_needs": "",
        "heard_from": "",
        "message": "",
        **changes,
    }


def insurance_answers(**changes: Any) -> dict[str, Any]:
    """Return the answers of a complete insurance form, with `changes`."""
    return {
        "first_name": "Avery",
        "phone": "+1 617-555-0101",
        "email": "",
        "voicemail_ok": False,
        "patient_legal_name": "Avery Quill",
        "patient_birth_date": "1985-03-27",
        "payer": "other",
        "payer_other": "Some Plan",
        "member_id": "XYZ123456789",
        "group_number": "",
        "plan_type": "",
        "behavioral_health_phone": "",
        "zip_code": "01601",
        "relationship_to_subscriber": "self",
        "subscriber_name": "",
        "subscriber_birth_date": None,
        "secondary_coverage": "",
        **changes,
    }


def inquiry_post(**changes: Any) -> dict[str, str]:
    """Return the fields of an inquiry form as a browser posts them (unticked boxes absent)."""
    fields = {
        **{name: value for name, value in inquiry_answers().items() if value not in (False, "")},
        "idempotency_key": str(new_key()),
        "agree_contact": "on",
        "agree_privacy_notice": "on",
        **changes,
    }
    return {name: str(value) for name, value in fields.items() if value is not None}


def insurance_step(step: str, **changes: Any) -> dict[str, str]:
    """Return the fields of one page of the insurance form as a browser posts them."""
    reach = ("first_name", "phone", "preferred_channel")
    agreed = ("verification", "authority", "privacy_notice", "contact")
    fields: dict[str, Any] = {
        "who": {
            "role": "self",
            "relationship": "",
            "patient_legal_name": "Avery Quill",
            "patient_birth_date_month": "3",
            "patient_birth_date_day": "27",
            "patient_birth_date_year": "1985",
            "zip_code": "01601",
        },
        "reach": {name: inquiry_answers()[name] for name in reach},
        "coverage": {"payer": "other", "payer_other": "Some Plan", "member_id": "XYZ123456789"},
        "subscriber": {"relationship_to_subscriber": "self"},
        "photos": {"page_time": ""},
        "check": {f"agree_{topic}": "on" for topic in agreed},
    }[step] | changes
    return {name: str(value) for name, value in fields.items() if value is not None}
