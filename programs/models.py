"""The provider, its programs, and everything about them that is data rather than prose."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from content.models import Text, TextQuerySet
from programs import licence

_tel = RegexValidator(r"^\+?[0-9]{3,15}$", _("Digits only, such as +18884011179."))


def _regex(value: str) -> None:
    try:
        re.compile(value)
    except re.error:
        raise ValidationError(_("This is no regular expression.")) from None


class ProviderProfile(models.Model):
    """The provider, in one row. What is still sample data is listed in `sample_fields`."""

    LicenceKind = licence.LicenceKind

    name = models.CharField(_("name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=160, blank=True)
    phone_display = models.CharField(_("admissions phone, as shown"), max_length=30)
    phone_e164 = models.CharField(_("admissions phone, dialled"), max_length=16, validators=[_tel])
    admissions_email = models.EmailField(
        _("admissions e-mail"), help_text=_("Where the notice of a new inquiry goes.")
    )
    hours = models.CharField(_("hours"), max_length=200, blank=True)
    response_promise = models.CharField(
        _("what we promise about calling back"), max_length=200, blank=True
    )
    licence_kind = models.CharField(
        _("licence kind"),
        max_length=12,
        choices=licence.LicenceKind.choices,
        blank=True,
        default=licence.LicenceKind.UNSET,
        help_text=_(
            "BSAS-licensed day treatment may not be advertised as IOP or PHP "
            "(DPH memo of 27 August 2025): with that kind the site says Day Treatment."
        ),
    )
    licence_number = models.CharField(_("licence number"), max_length=60, blank=True)
    accreditation = models.CharField(_("accreditation"), max_length=120, blank=True)
    legitscript_number = models.CharField(_("LegitScript number"), max_length=60, blank=True)
    part2_status = models.CharField(_("42 CFR Part 2 status"), max_length=120, blank=True)
    federal_funding = models.CharField(_("federal funding"), max_length=120, blank=True)
    staff_count = models.CharField(_("number of staff"), max_length=40, blank=True)
    ages_served = models.CharField(_("ages served"), max_length=120, blank=True)
    privacy_officer = models.CharField(_("privacy officer"), max_length=120, blank=True)
    privacy_email = models.EmailField(_("privacy e-mail"), blank=True)
    accessibility_contact = models.CharField(_("accessibility contact"), max_length=120, blank=True)
    civil_rights_coordinator = models.CharField(
        _("civil rights coordinator"), max_length=120, blank=True
    )
    sample_fields = models.JSONField(
        _("fields that are still sample data"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("provider profile")
        constraints = [
            models.CheckConstraint(name="programs_provider_single_row", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def may_name_level(self) -> bool:
        return licence.may_name_level(self.licence_kind)

    @property
    def program_name(self) -> str:
        return licence.program_name(self.licence_kind)

    @property
    def program_short(self) -> str:
        return licence.program_short(self.licence_kind)


class CrisisLine(models.Model):
    """A help line. The only place where its number stands: pages, strip and texts read it here."""

    key = models.SlugField(_("key"), unique=True, help_text=_("Written in a text as {{line:key}}."))
    name = models.CharField(_("name"), max_length=120)
    number = models.CharField(_("number, as shown"), max_length=60)
    tel = models.CharField(_("number to dial"), max_length=16, blank=True, validators=[_tel])
    sms = models.CharField(_("number to text"), max_length=16, blank=True, validators=[_tel])
    sms_body = models.CharField(_("text to send"), max_length=40, blank=True)
    label = models.CharField(_("link text"), max_length=80)
    what = models.TextField(_("what it is for"))
    hours = models.CharField(_("hours"), max_length=120, blank=True)
    on_strip = models.BooleanField(_("in the strip on every page"), default=False)
    sources = models.JSONField(_("source keys"), default=list, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    @property
    def href(self) -> str:
        """The link that opens the phone or the message, whichever this line is for."""
        if self.tel:
            return f"tel:{self.tel}"
        return f"sms:{self.sms}?body={self.sms_body}" if self.sms_body else f"sms:{self.sms}"


class LevelOfCare(models.Model):
    slug = models.SlugField(_("anchor"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    abbreviation = models.CharField(_("abbreviation"), max_length=12, blank=True)
    hours = models.CharField(_("hours"), max_length=120)
    setting = models.CharField(_("setting"), max_length=200)
    supervision = models.CharField(_("supervision"), max_length=200)
    who_it_fits = models.CharField(_("who it fits"), max_length=400)
    who_needs_more = models.CharField(_("who needs something else"), max_length=400, blank=True)
    asam = models.CharField(_("ASAM level"), max_length=20, blank=True)
    is_ours = models.BooleanField(_("offered here"), default=False)
    sources = models.JSONField(_("source keys"), default=list, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        ordering = ["order"]
        verbose_name_plural = _("levels of care")

    def __str__(self) -> str:
        return self.name


class OfferedQuerySet(TextQuerySet):
    def offered(self) -> "OfferedQuerySet":
        """Return the published texts of what this provider really offers."""
        return self.published().filter(is_offered=True)

    def open(self) -> "OfferedQuerySet":
        return self.offered()


class Program(Text):
    rank = 1

    class Meta(Text.Meta):
        ordering = ["slug"]

    def get_absolute_url(self) -> str:
        return reverse("programs:program", args=[self.slug])


class OfferedText(Text):
    """A text about something that a provider may or may not offer."""

    short = models.CharField(_("one line"), max_length=120)
    is_offered = models.BooleanField(_("offered"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    objects = OfferedQuerySet.as_manager()  # type: ignore[misc]

    class Meta(Text.Meta):
        abstract = True
        ordering = ["order", "title"]


class Component(OfferedText):
    rank = 5

    led_by = models.CharField(_("who leads it"), max_length=160, blank=True)

    def get_absolute_url(self) -> str:
        return reverse("programs:component", args=[self.slug])


class Track(OfferedText):
    rank = 2

    ages = models.CharField(_("ages"), max_length=80, blank=True)
    setting = models.CharField(_("setting"), max_length=160, blank=True)

    def get_absolute_url(self) -> str:
        return reverse("programs:track", args=[self.slug])


class ScheduleBlock(models.Model):
    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    class Kind(models.TextChoices):
        GROUP = "group", _("Group")
        INDIVIDUAL = "individual", _("One to one")
        FAMILY = "family", _("Family")
        BREAK = "break", _("Break")
        REVIEW = "review", _("Progress review")

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="blocks")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    start = models.TimeField(_("from"))
    end = models.TimeField(_("to"))
    title = models.CharField(_("what"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.GROUP)
    component = models.ForeignKey(
        Component, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_sample = models.BooleanField(_("sample data"), default=False)

    class Meta:
        ordering = ["track", "weekday", "start"]
        constraints = [
            models.CheckConstraint(
                name="programs_block_ends_after_start",
                condition=models.Q(end__gt=models.F("start")),
            ),
            models.UniqueConstraint(
                name="programs_block_once", fields=["track", "weekday", "start"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M} {self.title}"


class Location(models.Model):
    slug = models.SlugField(_("anchor"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=300)
    hours = models.CharField(_("hours"), max_length=200, blank=True)
    getting_there = models.TextField(_("getting there"), blank=True)
    access = models.TextField(_("access"), blank=True)
    parking = models.TextField(_("parking"), blank=True)
    public_transport = models.TextField(_("public transport"), blank=True)
    telehealth = models.TextField(_("by video"), blank=True)
    is_sample = models.BooleanField(_("sample data"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class Payer(models.Model):
    """An insurer that a family may choose in a form; shown as in network only when contracted."""

    class Kind(models.TextChoices):
        COMMERCIAL = "commercial", _("Commercial or employer plan")
        MASSHEALTH = "masshealth", _("MassHealth")
        MEDICARE = "medicare", _("Medicare")
        MILITARY = "military", _("Military or VA")

    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    contracted = models.BooleanField(_("contract in force"), default=False)
    is_listed = models.BooleanField(_("offered in forms"), default=True)
    member_id_pattern = models.CharField(
        _("usual shape of a member ID"),
        max_length=120,
        blank=True,
        validators=[_regex],
        help_text=_("Regular expression over the ID without spaces and dashes: [0-9]{12}"),
    )
    member_id_hint = models.CharField(
        _("that shape in words"),
        max_length=160,
        blank=True,
        help_text=_("Shown where an ID looks different, such as: A MassHealth ID has 12 digits."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name
