"""What a family reads about where its request stands. `admissions.family_view` chooses among it.

Nothing here says that anybody is or was cared for here, names a program or a plan, or promises what
cannot be kept.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from admissions.enums import ConsentTopic, LeadSource, LeadStatus, VobStatus

Words = tuple[Any, Any]  # where it stands, and what comes next

FINISHED: Words = (
    _("This request is finished on our side."),
    _("If you need anything, call us."),
)
RECEIVED: Words = (
    _("We have what you sent."),
    _("Someone in admissions reads it and gets in touch in the way you chose."),
)
TRYING: Words = (
    _("We are trying to reach you."),
    _("We try again in the way you chose. It is quicker to call us."),
)
IN_TOUCH = _("We are in touch with you.")
# To who asked for themselves.
TO_THEMSELVES: dict[str, Words] = {
    LeadStatus.CONTACTED: (
        IN_TOUCH,
        _("We look with you at what could help. If you have a question, call us."),
    ),
    LeadStatus.QUALIFIED: (
        IN_TOUCH,
        _("The next step is an assessment, if you want one. We find a time with you."),
    ),
    LeadStatus.ASSESSMENT_SCHEDULED: (
        _("You have a time for an assessment."),
        _("If the time does not suit you any more, please call us."),
    ),
    LeadStatus.ASSESSED: (IN_TOUCH, _("We talk with you about what could help from here.")),
    LeadStatus.WAITLISTED: (
        _("You are on our waiting list."),
        _("We get in touch when it is your turn. If waiting is hard, call us."),
    ),
    LeadStatus.ADMISSION_SCHEDULED: (
        IN_TOUCH,
        _("We have agreed on the next step. If it does not suit you, please call us."),
    ),
    LeadStatus.NURTURE: (
        _("We stay in touch."),
        _("We said that we would talk again later. You can call us sooner."),
    ),
}
# To who asked for somebody else: the same from the first talk to the last.
FOR_ANOTHER: Words = (
    IN_TOUCH,
    _("What we can tell you about another person is up to them. You can always tell us more."),
)
PROMISE = _("We plan to try by %(when)s.")
PROMISE_WHILE_CLOSED = _("Nobody is in the office right now. We plan to try by %(when)s.")
NO_CONTACT = _(
    "You took back that we may contact you. We may get in touch once, only to confirm that. You "
    "can call us whenever you want."
)

_ASKING = _(
    "We have your insurance details. We ask the plan what it covers. Its answer is not a promise "
    "that it will pay."
)
_ANSWERED = _(
    "We have an answer from the plan. We go through it with you when we talk. It is not a promise "
    "that the plan will pay."
)
INSURANCE: dict[str, Any] = {
    VobStatus.REQUESTED: _ASKING,
    VobStatus.IN_PROGRESS: _ASKING,
    VobStatus.NEEDS_INFO: _("We need one more thing from you. Please call us."),
    VobStatus.VERIFIED_VIABLE: _ANSWERED,
    VobStatus.VERIFIED_NOT_VIABLE: _ANSWERED,
    VobStatus.UNABLE_TO_VERIFY: _(
        "The plan did not tell us enough. Please call us, and we look for another way with you."
    ),
    VobStatus.EXPIRED: _("The answer we had from the plan is old by now. We ask again."),
}
NOT_ASKING = _("You took back that we may ask the plan. We ask it nothing more.")
ESTIMATE_DUE = _("We send it to you by %(day)s.")
ESTIMATE_LATE = _("It is late, and we are sorry. Please call us.")
ESTIMATE_GIVEN = _("We gave it to you on %(day)s.")
DELETION = _(
    "You asked us on %(day)s to delete what you sent. Someone in admissions looks at it. We send "
    "you no automatic messages."
)
UNDER_18 = _(
    "You told us that you are under 18. We do not contact your parents or guardians on our own. We "
    "talk with you first."
)

INQUIRY, FORM = _("Your inquiry"), _("Your insurance details")
SENT_AS: dict[str, Any] = {
    LeadSource.WEB_CONSULTATION: _("Your booking"),
    LeadSource.WEB_ESTIMATE: _("Your request for a written estimate"),
    LeadSource.WEB_STATUS: _("What you added"),
}

# What a person may take back: what they choose, and what follows from it.
TAKE_BACK: dict[str, Words] = {
    ConsentTopic.CONTACT: (
        _("Stop contacting me"),
        _(
            "We stop calling, texting and writing to you. We may get in touch once, only to "
            "confirm it. A time that you booked stays until you cancel it."
        ),
    ),
    ConsentTopic.TEXTS: (_("Stop texting me"), _("We send you no more text messages.")),
    ConsentTopic.VERIFICATION: (
        _("Stop asking my insurance plan"),
        _("We ask the plan nothing more. What we asked before cannot be undone."),
    ),
}
