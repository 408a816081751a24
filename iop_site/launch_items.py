"""What may still be missing before the public may come: each thing in words, with where to mend it.

Each function looks at what it is given and asks nothing of the database. The list of what a
provider must supply follows the rules it rests on: 42 CFR Part 2, 45 CFR 84, 92 and 164, and the
memorandum of the Department of Public Health of 27 August 2025.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any

from django.core.checks import ERROR, CheckMessage
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from admissions.models import Availability, ConsentWording, WorkingHours
from content.models import Page, Person, Source, Text
from programs.licence import LicenceKind
from programs.models import CrisisLine, Location, Payer, ProviderProfile, ScheduleBlock
from programs.profile_form import SAMPLE_FIELDS, label_of

SOURCE_LASTS = timedelta(days=180)
# What the provider alone can say, and no site may open without.
REQUIRED = frozenset(
    "legal_name admissions_email hours licence_number accreditation part2_status federal_funding "
    "staff_count ages_served privacy_officer privacy_email accessibility_contact "
    "civil_rights_coordinator".split()
)
_OWN_ITEMS = ("licence_kind", "legitscript_number")
_UNREVIEWED_LINES = re.compile(r"await(?:s|ing)?\s+review\s+by\s+a\s+human\s+translator")


class Severity(IntEnum):
    BLOCKER = 1
    WARNING = 2
    BY_HAND = 3

    @property
    def label(self) -> str:
        return {
            Severity.BLOCKER: _("Before launch"),
            Severity.WARNING: _("To mend"),
            Severity.BY_HAND: _("By hand"),
        }[self]


@dataclass(frozen=True)
class Item:
    """One thing to do: how grave it is, what it is, and the address of where it is done."""

    severity: Severity
    words: str
    url: str = ""


def licence_items(profile: ProviderProfile | None) -> list[Item]:
    """Return what the licence forbids, and what is forbidden until it is stated."""
    kind = profile.licence_kind if profile else LicenceKind.UNSET
    samples = profile.sample_fields if profile else []
    items = []
    if kind == LicenceKind.UNSET:
        words = _(
            "The kind of licence is not stated. Nothing can be published until it is: it decides "
            "whether the program may be called an IOP."
        )
        items.append(Item(Severity.BLOCKER, words, _profile("licence_kind")))
    elif "licence_kind" in samples:
        words = _("The kind of licence is sample data: it decides what the program may be called.")
        items.append(Item(Severity.BLOCKER, words, _profile("licence_kind")))
    if kind == LicenceKind.BSAS_ONLY:
        words = _(
            "Under a BSAS licence alone the program may not be advertised as IOP or PHP (DPH, "
            "27 August 2025). The site says Day Treatment where a text has {{program}}; read the "
            "pages that say IOP in so many words."
        )
        items.append(Item(Severity.WARNING, words, _list(Page, "q=IOP")))
    if profile is None or not profile.legitscript_number or "legitscript_number" in samples:
        words = _("There is no LegitScript number: paid advertising stays off.")
        items.append(Item(Severity.WARNING, words, _profile("legitscript_number")))
    return items


def provider_items(profile: ProviderProfile | None) -> list[Item]:
    """Return every field of the profile that is missing or still sample data."""
    if profile is None:
        words = _("There is no provider profile. Load the starter content first.")
        return [Item(Severity.BLOCKER, words)]
    items = []
    for name in SAMPLE_FIELDS:
        if name in _OWN_ITEMS:
            continue
        is_sample, is_empty = name in profile.sample_fields, not getattr(profile, name)
        if is_empty and (is_sample or name in REQUIRED):
            words = _("%(field)s: missing")
        elif is_sample:
            words = _("%(field)s: still sample data")
        else:
            continue
        grave = name in REQUIRED or not is_empty
        severity = Severity.BLOCKER if grave else Severity.WARNING
        items.append(Item(severity, words % {"field": label_of(name)}, _profile(name)))
    return items


def sample_items(
    *, people: Iterable[Person], locations: Iterable[Location], blocks: int, demo_leads: int
) -> list[Item]:
    """Return what is on the pages or the desk that is not real."""
    items = [
        Item(
            Severity.BLOCKER,
            _("%(name)s is a sample person.") % {"name": one.name},
            _change(one),
        )
        for one in people
    ]
    items += [
        Item(
            Severity.BLOCKER,
            _("%(name)s is a sample location.") % {"name": one.name},
            _change(one),
        )
        for one in locations
    ]
    if blocks:
        words = ngettext(
            "%(count)d block of the schedule is a sample.",
            "%(count)d blocks of the schedule are samples.",
            blocks,
        )
        url = _list(ScheduleBlock, "is_sample__exact=1")
        items.append(Item(Severity.BLOCKER, words % {"count": blocks}, url))
    if demo_leads:
        words = ngettext(
            "%(count)d lead is made up for demonstration.",
            "%(count)d leads are made up for demonstration.",
            demo_leads,
        )
        items.append(Item(Severity.BLOCKER, words % {"count": demo_leads}))
    return items


def payer_items(payers: Iterable[Payer]) -> list[Item]:
    """Return a warning while no insurer is under contract: the site then names none as ours."""
    if any(one.contracted for one in payers):
        return []
    words = _("No payer has a contract in force, so the site calls none of them in network.")
    return [Item(Severity.WARNING, words, _list(Payer))]


def calendar_items(*, has_hours: bool, has_consultations: bool) -> list[Item]:
    """Return what the calendar lacks that the public forms and the desk's clocks go by."""
    items = []
    if not has_hours:
        words = _("No working hours are set: the promise to call back runs around the clock.")
        items.append(Item(Severity.WARNING, words, _list(WorkingHours)))
    if not has_consultations:
        words = _("No consultation hours are set: the booking page asks people to call instead.")
        items.append(Item(Severity.WARNING, words, _list(Availability)))
    return items


def consent_items(wordings: Iterable[ConsentWording]) -> list[Item]:
    """Return each wording that counsel has not approved."""
    return [
        Item(
            Severity.BLOCKER,
            _("“%(wording)s” is not approved by counsel (%(status)s).")
            % {"wording": one.get_topic_display(), "status": one.status or _("no status")},
            _change(one),
        )
        for one in wordings
        if not one.status.lower().startswith("approved by counsel")
    ]


def text_items(model: type[Text], texts: Iterable[Text], today: date) -> list[Item]:
    """Return how many published texts of a kind lack a clinical review, or are past its date."""
    texts = list(texts)
    unreviewed = sum(one.reviewed_on is None for one in texts)
    overdue = sum(one.next_review_on < today for one in texts)
    kind = model._meta.verbose_name_plural
    items = []
    if unreviewed:
        words = _("%(kind)s without a clinical review: %(count)d")
        items.append(
            Item(
                Severity.WARNING,
                _begun(words % {"kind": kind, "count": unreviewed}),
                _list(model, "status__exact=published&reviewer__isnull=True"),
            )
        )
    if overdue:
        words = _("%(kind)s whose review is past due: %(count)d")
        items.append(
            Item(
                Severity.WARNING,
                _begun(words % {"kind": kind, "count": overdue}),
                _list(model, f"next_review_on__lt={today}"),
            )
        )
    return items


def source_items(sources: Iterable[Source], today: date) -> list[Item]:
    """Return how many sources nobody has looked at for 180 days."""
    oldest = today - SOURCE_LASTS
    count = sum(one.checked_on < oldest for one in sources)
    if not count:
        return []
    words = ngettext(
        "%(count)d source was not checked for %(days)d days.",
        "%(count)d sources were not checked for %(days)d days.",
        count,
    )
    words %= {"count": count, "days": SOURCE_LASTS.days}
    return [Item(Severity.WARNING, words, _list(Source, f"checked_on__lt={oldest}"))]


def language_items(pages: Iterable[Page]) -> list[Item]:
    """Return the pages that say of their lines in other languages that no translator saw them.

    Section 1557 asks for a qualified translator (45 CFR 92.201). The sentence goes from the page
    when the lines are right, and so does the item.
    """
    return [
        Item(
            Severity.BLOCKER,
            _("“%(page)s” says that its language lines await a human translator (%(count)d lines).")
            % {"page": one.title, "count": one.body.count("{lang=")}
            if "{lang=" in one.body
            else _("“%(page)s” says that language lines await a human translator.")
            % {"page": one.title},
            _change(one),
        )
        for one in pages
        if _UNREVIEWED_LINES.search(one.body)
    ]


def system_items(messages: Iterable[CheckMessage]) -> list[Item]:
    """Return what `check --deploy` says, in its own words."""
    return [
        Item(
            Severity.BLOCKER if one.level >= ERROR else Severity.WARNING,
            " ".join(filter(None, (str(one.msg), str(one.hint or ""), f"({one.id})"))),
        )
        for one in messages
        if not one.is_silenced()
    ]


def by_hand_items(privacy: Page | None) -> list[Item]:
    """Return what no database knows; `privacy` is the page with the privacy notice."""
    things: Sequence[tuple[str, str]] = (
        (
            _("The notice of privacy practices is the provider's own, approved by counsel."),
            _change(privacy) if privacy else "",
        ),
        (_("Every crisis number was called and answers."), _list(CrisisLine)),
        (_("The tracks and components that are ticked as offered are offered."), ""),
        (_("DPH memorandum of 27 August 2025: has a deadline or a follow-up appeared?"), ""),
        (_("HIPAA Security Rule: is the proposal of January 2025 final?"), ""),
        (_("Massachusetts privacy bill: has it become law?"), ""),
        (_("TCPA: the rule on revoking all consent begins on 31 January 2027."), ""),
        (_("M.G.L. c. 111 § 228 and Section 504: has anything changed?"), ""),
        (_("Host, mail and telephone vendors have signed business associate agreements."), ""),
    )
    return [Item(Severity.BY_HAND, words, url) for words, url in things]


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _profile(field: str) -> str:
    return reverse("admin:programs_providerprofile_change", args=[1]) + f"#id_{field}"


def _change(row: models.Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def _list(model: type[Any], query: str = "") -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return reverse(name) + (f"?{query}" if query else "")
