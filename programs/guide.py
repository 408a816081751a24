"""“Which level of care?”: eight plain questions, and what people in such a situation talk about.

Pure functions over answers, so that what is said can be read here and tested whole. Nothing is
counted up into a score: each rule is one sentence, and the page shows which answers led where. It
diagnoses nothing and decides nothing. The levels and their limits are those of the page
/programs/levels-of-care/; that danger and dangerous withdrawal come first, and that no level is
named before, is what the texts of the site say as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

Answers = Mapping[str, str]

# From lightest to closest, as LevelOfCare has them.
LEVELS = ("outpatient", "iop", "php", "residential", "inpatient")
MOST_LEVELS = 2


@dataclass(frozen=True)
class Answer:
    """One answer, and what follows from it."""

    key: str
    label: Any
    levels: tuple[str, ...] = ()  # that people talk about then
    because: Any = ""  # the sentence that says so
    note: Any = ""
    ask: Any = ""
    track: str = ""  # slug of one for such people


@dataclass(frozen=True)
class Question:
    key: str
    label: Any
    answers: tuple[Answer, ...]
    hint: Any = ""

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return [(answer.key, answer.label) for answer in self.answers]


QUESTIONS = (
    Question("danger", _("Is anyone in danger now, or could they be today?"), (
        Answer("yes", _("Yes, or I am not sure")),
        Answer("no", _("No")),
    ), _("For example: thoughts of suicide with a wish to act on them, an overdose, or violence at "
         "home. Voices that say to hurt someone count as well.")),
    Question("body", _("Could stopping alcohol, drugs or pills make the body ill?"), (
        Answer("withdrawal", _("Yes: alcohol or sedatives every day, or a seizure after stopping")),
        Answer("ill",
               _("The body is very unwell now: hardly eating, sleeping or keeping water down")),
        Answer("unsure", _("I don't know"),
               note=_("You don't know if stopping could make the body ill. Ask a doctor or a "
                      "help line before anyone stops alcohol or sedatives. Stopping suddenly can "
                      "be dangerous."),
               ask=_("Who checks the risk of withdrawal before we start?")),
        Answer("no", _("No, or it doesn't apply")),
    ), _("Sedatives include pills such as Xanax and Ativan, and many sleeping pills.")),
    Question("nights", _("Is it safe to sleep at home?"), (
        Answer("yes", _("Yes")),
        Answer("with-help", _("With some help, such as someone who stays or locks up medicine"),
               note=_("Nights are safe only with help. Say so on the call, and say who could "
                      "help and for how long. If that help falls away, closer care may be safer."),
               ask=_("What do we do if a night isn't safe after all?")),
        Answer("no", _("No"), ("residential", "inpatient"),
               _("You said that home isn't safe at night. Lighter levels send people home to "
                 "sleep."),
               note=_("If tonight isn't safe, don't wait for a place. Call or text a help line "
                      "on this page now."),
               ask=_("Where can the person sleep safely until a place is free?")),
    )),
    Question("days", _("How often do symptoms or substance use get in the way of daily life?"), (
        Answer("sometimes", _("Now and then; most things still get done"), ("outpatient",),
               _("You said that most things still get done.")),
        Answer("often", _("On several days a week; things slip"), ("iop",),
               _("You said that things slip on several days a week.")),
        Answer("most", _("On most days; even a morning is hard"), ("php",),
               _("You said that most days are hard to get through.")),
        Answer("always",
               _("All the time; basic needs or staying away from a substance don't work"),
               ("php", "residential"),
               _("You said that it gets in the way all the time."),
               note=_("If the person can't take care of basic needs, tell a doctor or a help "
                      "line today.")),
    )),
    Question("tried", _("What has been tried lately?"), (
        Answer("nothing", _("Nothing yet")),
        Answer("weekly-helps", _("Weekly visits, and they help"), ("outpatient",),
               _("You said that weekly visits help.")),
        Answer("weekly-not-enough", _("Weekly visits, and they are not enough"), ("iop",),
               _("You said that weekly visits are not enough.")),
        Answer("hospital", _("A stay in a hospital or a treatment home that has just ended"),
               ("iop", "php"),
               _("You said that a stay has just ended. This is a step between it and weekly care."),
               ask=_("How soon can the first visit be after the stay?")),
        Answer("program", _("A day or evening program before"),
               note=_("A program was tried before. Think about what helped and what was missing. "
                      "Coming back is common; it means adjusting care."),
               ask=_("What would be different this time?")),
    )),
    Question("time", _("Is there time, and a way, to take part on several days a week?"), (
        Answer("days", _("Yes, in the daytime")),
        Answer("evenings", _("Only in the evening"),
               ask=_("Is there a group in the evening?"), track="evening"),
        Answer("video", _("Only by video"),
               ask=_("Can all of it be by video, and what is needed for that?")),
        Answer("no", _("No, or I don't see how"), ("outpatient",),
               _("You said that several days a week are not possible now."),
               note=_("Time is short. Care by video or in the evening may be possible, and so "
                      "may leave from work or school."),
               ask=_("What can be done with the hours we have?")),
    )),
    Question("support", _("Who could help between visits?"), (
        Answer("someone", _("Someone at home or close by")),
        Answer("little", _("Someone far away, or only now and then"),
               ask=_("Who can we call between visits?")),
        Answer("nobody", _("Nobody, or home makes it harder"), ("residential",),
               _("You said that nobody can help between visits, or that home makes it harder."),
               ask=_("Who can we call between visits?")),
    )),
    Question("age", _("How old is the person?"), (
        Answer("under-13", _("12 or younger"),
               note=_("Care for a child is set up differently. Start with the child's doctor, "
                      "or call the state help line.")),
        Answer("13-17", _("13 to 17"),
               note=_("Teenagers have groups of their own, with school and family in the plan. "
                      "Ask who has to agree to treatment, and what stays private."),
               ask=_("What part do parents have, and what stays between you and my teenager?"),
               track="adolescent"),
        Answer("18-64", _("18 to 64")),
        Answer("65", _("65 or older"),
               note=_("Medicare pays for some of these levels only at certain kinds of places. "
                      "Ask before the first day."),
               ask=_("Does Medicare pay for this level, at this place?")),
    )),
)  # fmt: skip
ALWAYS_ASK = (
    _("Which level would you suggest, and why that one?"),
    _("What would have to change for a lighter level, or a closer one?"),
)

# Which levels a day like this one leaves in question, where nights at home are safe.
WITHIN = {
    "sometimes": ("outpatient", "iop"),
    "often": ("outpatient", "iop", "php"),
    "most": ("iop", "php", "residential"),
    "always": ("iop", "php", "residential"),
}

# Whom to call before anything else, by the key of the crisis line.
FIRST_LINES = {"danger": ("911", "988", "bhhl"), "body": ("911", "helpline", "bhhl")}


@dataclass(frozen=True)
class Suggestion:
    """A level, and the answers that lead people to talk about it."""

    level: str
    reasons: tuple[Any, ...]


@dataclass(frozen=True)
class Outcome:
    """What to show: `first` is help to get before anything else, and then there are no levels."""

    first: str = ""  # "danger", "body", or nothing
    suggestions: tuple[Suggestion, ...] = ()
    notes: tuple[Any, ...] = ()
    ask: tuple[Any, ...] = ()
    tracks: tuple[str, ...] = ()  # slugs; shown where they are offered


def outcome_of(answers: Answers) -> Outcome:
    """Return what to show for a full set of answers.

    Danger and a body that needs a doctor come first: then no level is named.
    """
    if answers["danger"] == "yes":
        return Outcome(first="danger")
    if answers["body"] in ("withdrawal", "ill"):
        return Outcome(first="body")
    given = [one for each in QUESTIONS for one in each.answers if one.key == answers[each.key]]
    return Outcome(
        suggestions=_suggestions(answers, given),
        notes=tuple(one.note for one in given if one.note),
        ask=(*ALWAYS_ASK, *dict.fromkeys(one.ask for one in given if one.ask)),
        tracks=tuple(one.track for one in given if one.track),
    )


def _suggestions(answers: Answers, given: list[Answer]) -> tuple[Suggestion, ...]:
    """Return at most two levels, lightest first: those that most answers lead to.

    Where nights at home aren't safe, only levels where people sleep. Otherwise a level to sleep
    at needs a hard day as well: to be alone is a reason to ask, not to leave home. Of levels with
    as many reasons the closer one is named, which is the safer fault.
    """
    reasons: dict[str, list[Any]] = {}
    for one in given:
        for level in one.levels:
            reasons.setdefault(level, []).append(one.because)
    if answers["nights"] == "no":
        allowed = {"residential", "inpatient"}
    else:
        allowed = set(WITHIN[answers["days"]])
    found = [level for level in LEVELS if level in reasons and level in allowed]
    ranked = sorted(found, key=lambda level: (len(reasons[level]), LEVELS.index(level)))
    chosen = set(ranked[-MOST_LEVELS:])
    return tuple(Suggestion(level, tuple(reasons[level])) for level in found if level in chosen)
