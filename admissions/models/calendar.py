"""The calendar that staff keep: working hours, closed days, and hours for consultations."""

from datetime import date, time, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from admissions import enums
from programs.models import ScheduleBlock

CELL_MINUTES = 5
CELL = timedelta(minutes=CELL_MINUTES)
_END_OF_DAY = time(23, 59)

whole_cells = StepValueValidator(CELL_MINUTES, message=_("Use a multiple of five minutes."))


def on_the_grid(at: time) -> None:
    """Refuse a time off the five minutes that consultations are cut into (23:59 ends a day)."""
    if (at.minute % CELL_MINUTES or at.second) and at != _END_OF_DAY:
        raise ValidationError(_("Use steps of five minutes, such as 9:00 or 9:05."))


class WorkingHours(models.Model):
    """When admissions answers: the response promise and its clocks run within these hours."""

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=ScheduleBlock.Weekday)
    start = models.TimeField(_("from"))
    end = models.TimeField(_("to"))

    class Meta:
        ordering = ["weekday", "start"]
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints = [
            models.CheckConstraint(
                name="admissions_hours_end_after_start",
                condition=models.Q(end__gt=models.F("start")),
                violation_error_message=_("The end must be after the start."),
            ),
            models.UniqueConstraint(name="admissions_hours_once", fields=["weekday", "start"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}-{self.end:%H:%M}"


class ClosedDay(models.Model):
    """A holiday or another day on which nobody works: no consultations, and no clock runs."""

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("why"), max_length=80)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"


class BookingRules(models.Model):
    """How consultations are cut from the hours on offer; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    length_minutes = models.PositiveSmallIntegerField(
        _("length in minutes"),
        default=30,
        validators=[MinValueValidator(CELL_MINUTES), MaxValueValidator(240), whole_cells],
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("pause after each, in minutes"),
        default=10,
        validators=[MaxValueValidator(120), whole_cells],
    )
    notice_minutes = models.PositiveIntegerField(
        _("earliest, in minutes from now"),
        default=120,
        validators=[MaxValueValidator(20160)],
        help_text=_("For visitors. Staff may book up to the last minute."),
    )
    days_ahead = models.PositiveSmallIntegerField(
        _("days ahead on offer"),
        default=21,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    reminder_hours = models.PositiveSmallIntegerField(
        _("reminder, in hours before"),
        default=24,
        validators=[MaxValueValidator(168)],
        help_text=_("0: no reminder."),
    )

    class Meta:
        verbose_name = _("booking rules")
        verbose_name_plural = _("booking rules")
        constraints = [
            models.CheckConstraint(
                name="admissions_booking_rules_single_row", condition=models.Q(id=1)
            ),
            # A length of nothing would be cut from the hours without end.
            models.CheckConstraint(
                name="admissions_booking_rules_length",
                condition=models.Q(length_minutes__gte=CELL_MINUTES),
            ),
        ]

    def __str__(self) -> str:
        return str(_("booking rules"))


class OfferedHours(models.Model):
    """Hours on offer: from when to when, how many consultations at once, in which ways.

    Hours that overlap don't add up: the places are shared, and the larger number counts.
    """

    start = models.TimeField(_("from"), validators=[on_the_grid])
    end = models.TimeField(_("to"), validators=[on_the_grid])
    capacity = models.PositiveSmallIntegerField(
        _("at the same time"),
        default=1,
        validators=[
            MinValueValidator(1, message=_("At least one consultation at a time.")),
            MaxValueValidator(50),
        ],
        help_text=_("Where hours overlap, the places are shared: the larger number counts."),
    )
    by_phone = models.BooleanField(_("by phone"), default=True)
    by_video = models.BooleanField(_("by video"), default=True)
    in_person = models.BooleanField(_("in person"), default=False)

    class Meta:
        abstract = True

    @property
    def channels(self) -> frozenset[enums.ConsultationChannel]:
        """Return the ways to meet that are offered in these hours."""
        offered = {
            enums.ConsultationChannel.PHONE: self.by_phone,
            enums.ConsultationChannel.VIDEO: self.by_video,
            enums.ConsultationChannel.IN_PERSON: self.in_person,
        }
        return frozenset(channel for channel, is_offered in offered.items() if is_offered)


_SOME_CHANNEL = models.Q(by_phone=True) | models.Q(by_video=True) | models.Q(in_person=True)


class Availability(OfferedHours):
    """Hours of a weekday in which consultations are offered, and how many at once."""

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=ScheduleBlock.Weekday)
    valid_from = models.DateField(_("from the day"), null=True, blank=True)
    valid_until = models.DateField(_("until the day"), null=True, blank=True)

    class Meta:
        ordering = ["weekday", "start"]
        verbose_name = _("consultation hours")
        verbose_name_plural = _("consultation hours")
        constraints = [
            models.CheckConstraint(
                name="admissions_availability_end_after_start",
                condition=models.Q(end__gt=models.F("start")),
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                name="admissions_availability_days_in_order",
                condition=models.Q(valid_from__isnull=True)
                | models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.CheckConstraint(
                name="admissions_availability_some_channel",
                condition=_SOME_CHANNEL,
                violation_error_message=_("Tick at least one way to meet."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}-{self.end:%H:%M}"

    def is_in_force(self, day: date) -> bool:
        """Return whether these hours are offered on a day, closed days and exceptions aside."""
        return self.weekday == day.weekday() and (self.valid_from or day) <= day <= (
            self.valid_until or day
        )


class AvailabilityException(OfferedHours):
    """One day that differs: hours taken away from it, or added to it.

    Hours taken away are taken from extra hours too: a time that nobody keeps is worse than one that
    is not offered.
    """

    day = models.DateField(_("day"))
    is_open = models.BooleanField(
        _("extra hours"), default=False, help_text=_("Unticked: no consultations in these hours.")
    )
    note = models.CharField(_("why"), max_length=120, blank=True)

    class Meta:
        ordering = ["day", "start"]
        verbose_name = _("exception from consultation hours")
        verbose_name_plural = _("exceptions from consultation hours")
        constraints = [
            models.CheckConstraint(
                name="admissions_exception_end_after_start",
                condition=models.Q(end__gt=models.F("start")),
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                name="admissions_exception_some_channel",
                condition=models.Q(is_open=False) | _SOME_CHANNEL,
                violation_error_message=_("Tick at least one way to meet."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.start:%H:%M}-{self.end:%H:%M}"

    def clean(self) -> None:
        if self.is_open and ClosedDay.objects.filter(day=self.day).exists():
            raise ValidationError(
                {"is_open": _("That day is closed. Remove the closed day before you add hours.")}
            )
