"""Choosing how and when to talk.

Times are radio buttons grouped by day. A page shows `DAYS_SHOWN` days that have times, with links
to those before and after, so that it stays short on a phone and needs no script.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from crispy_forms.layout import Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from admissions import slots
from admissions.enums import ConsultationChannel
from admissions.forms.base import PublicForm, SendButton
from admissions.models import Consultation
from admissions.slots import Slot

DAYS_SHOWN = 10


class SlotField(forms.Field):
    """The time that a slot stands for; whether it can be had is asked elsewhere."""

    widget = forms.RadioSelect
    default_error_messages = {"required": _("Choose a day and one of its times.")}

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        moment = slots.parse_slot(value)
        if moment is None:  # nobody types it: there is nothing to mend but to choose one
            raise ValidationError(self.error_messages["required"], code="required")
        return moment


@dataclass(frozen=True)
class Time:
    """One radio button."""

    id: str
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Day:
    """The times of one day; `is_open` where they are seen without being asked for.

    `ways` says how one can talk on that day, where that is not in all the ways on offer.
    """

    title: str
    ways: str
    times: list[Time]
    is_open: bool


@dataclass(frozen=True)
class Calendar:
    """What a page shows: first the times nearest to a refused one, if any, then its days."""

    nearest: list[Time]
    days: list[Day]
    earlier: date | None  # where the page before begins
    later: date | None


class TimeForm(PublicForm):
    """How to talk and when. `first_day` is where the page begins; `own` is what is to be moved.

    Reads what is on offer (five queries). While the database is away, what was chosen is shown
    all the same, so that it can be sent again.
    """

    title: Any = _("When shall we talk?")
    button: Any = _("Go on with this time")

    channel = forms.ChoiceField(
        label=_("How would you like to talk?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how you would like to talk."),
            "invalid_choice": _("Choose one of the ways to talk that are listed."),
        },
    )
    starts_at = SlotField(
        label=_("Which day and time?"),
        help_text=_("Times are for Massachusetts (Eastern Time)."),
    )

    def __init__(
        self,
        *args: Any,
        first_day: date | None = None,
        own: Consultation | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.first_day, self.own = first_day, own
        self.nearest: list[Slot] = []
        try:
            self.offered, self.is_away = slots.offered(), False
        except (OperationalError, InterfaceError):
            if not self.is_bound:
                raise
            self.offered, self.is_away = [], True
        ways = frozenset(ConsultationChannel) if self.is_away else self._ways()
        choices = [(way.value, way.label) for way in ConsultationChannel if way in ways]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.initial.setdefault("channel", choices[0][0])

    def layout(self) -> Layout:
        return Layout(
            "channel",
            Field("starts_at", template="admissions/_times.html"),
            SendButton("send", self.button),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts_at, channel = data.get("starts_at"), data.get("channel")
        if starts_at and channel and not self._can_be_had(starts_at, channel):
            self.nearest = slots.nearest(starts_at, channel)
            self.add_error("starts_at", self._why_not(starts_at))
        return data

    def refuse(self, words: str, nearest: Sequence[Slot]) -> None:
        """Say why the time could not be had after all, and offer those nearest to it."""
        self.nearest = list(nearest)
        self.add_error("starts_at", words)

    def calendar(self) -> Calendar:
        """Return the times that the page shows."""
        numbers, chosen = count(), self._chosen()
        near = {slot.starts_at for slot in self.nearest}
        nearest = [
            self._time(slot, next(numbers), slots.in_words(slot.starts_at), self._ways())
            for slot in self.nearest
        ]
        by_day: dict[date, list[Slot]] = {}
        for slot in self._listed():
            if slot.starts_at not in near:
                by_day.setdefault(timezone.localdate(slot.starts_at), []).append(slot)
        every = list(by_day)
        start = self._first_shown(every, chosen)
        shown = every[start : start + DAYS_SHOWN]
        opened = timezone.localdate(chosen) if chosen else None
        if opened not in shown and not near:
            opened = shown[0] if shown else None
        days = [self._day(day, by_day[day], numbers, is_open=day == opened) for day in shown]
        return Calendar(
            nearest,
            days,
            earlier=every[max(0, start - DAYS_SHOWN)] if start else None,
            later=next(iter(every[start + DAYS_SHOWN :]), None),
        )

    def _chosen(self) -> datetime | None:
        return slots.parse_slot(self["starts_at"].value())

    def _ways(self) -> frozenset[ConsultationChannel]:
        """Return the ways to talk that are on offer at any time."""
        own = frozenset({ConsultationChannel(self.own.channel)} if self.own else ())
        return own.union(*(slot.channels for slot in self.offered))

    def _can_be_had(self, starts_at: datetime, channel: str) -> bool:
        # Whether its own time can be had in another way only `booking` can tell.
        if self.is_away or (self.own and self.own.starts_at == starts_at):
            return True
        return any(
            slot.starts_at == starts_at and channel in slot.channels for slot in self.offered
        )

    def _why_not(self, starts_at: datetime) -> str:
        slot = next((one for one in self.offered if one.starts_at == starts_at), None)
        if slot is not None:
            words = _now("At that time we can talk %(ways)s only.") % {
                "ways": either(slot.channels)
            }
        elif starts_at <= timezone.now():
            words = _now("That time is over.")
        else:
            words = _now("That time is no longer free.")
        return f"{words} {_now('Please choose another.')}"

    def _listed(self) -> list[Slot]:
        """Return what is on offer and the visitor's own time; what they chose if away."""
        extra = [self.own.starts_at] if self.own else []
        chosen = self._chosen()
        if self.is_away and chosen:
            extra.append(chosen)
        known = {slot.starts_at: slot for slot in self.offered}
        for moment in extra:
            known.setdefault(moment, Slot(moment, moment, self._ways(), 1))
        return [known[moment] for moment in sorted(known)]

    def _first_shown(self, days: list[date], chosen: datetime | None) -> int:
        """Return which of the days is the first of the page."""
        if self.first_day is not None:
            behind = sum(day < self.first_day for day in days)
            return min(behind, max(0, len(days) - 1))
        day = timezone.localdate(chosen) if chosen and not self.nearest else None
        return days.index(day) // DAYS_SHOWN * DAYS_SHOWN if day in days else 0

    def _day(self, day: date, found: list[Slot], numbers: Iterator[int], *, is_open: bool) -> Day:
        offered = [slot for slot in found if slot in self.offered] or found
        usual = frozenset[ConsultationChannel]().union(*(slot.channels for slot in offered))
        times = [self._time(slot, next(numbers), clock(slot.starts_at), usual) for slot in found]
        ways = "" if usual == self._ways() else either(usual)
        return Day(date_format(day, "l, F j"), ways, times, is_open)

    def _time(
        self, slot: Slot, number: int, label: str, usual: frozenset[ConsultationChannel]
    ) -> Time:
        """Return the button of a slot; it says how one can talk where that is less than `usual`."""
        if self.own and self.own.starts_at == slot.starts_at:
            label = _now("%(time)s (the time you have)") % {"time": label}
        elif slot.channels != usual:
            label = f"{label} ({either(slot.channels)})"
        first = self["starts_at"].auto_id  # where the summary of errors leads to
        return Time(
            id=f"{first}_{number}" if number else first,
            value=slot.value,
            label=label,
            is_chosen=slot.starts_at == self._chosen(),
        )


def clock(moment: datetime) -> str:
    """Return the local time of day, with the zone's name in the hour that comes twice a year."""
    local = timezone.localtime(moment)
    twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    words = date_format(local, "g:i A")
    return f"{words} {local.tzname()}" if twice else words


def either(channels: frozenset[ConsultationChannel]) -> str:
    """Return ways to talk in words: "by phone or by video"."""
    ways = [way.label for way in ConsultationChannel if way in channels]
    return _now(" or ").join(str(way)[0].lower() + str(way)[1:] for way in ways)
