"""The lead: the person and the episode that admissions works, and how it is found again."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions import enums
from iop_site.fields import EncryptedTextField

_OPEN = models.Q(status__in=enums.OPEN_STATUSES)
_WORKED = _OPEN & models.Q(quarantined_at=None)
_UNTRIED = models.Q(first_attempt_at=None)


def _while(condition: models.Q, column: str, kind: models.Field) -> models.GeneratedField:
    """Return a column that the database keeps: the other column's value while `condition` holds.

    What the queue asks for ("open, trusted, never tried") is then one column with an index, the
    same on both databases: SQLite uses no partial index for a condition with values in it.
    """
    value = models.Case(models.When(condition, then=models.F(column)), output_field=kind)
    return models.GeneratedField(expression=value, output_field=kind, db_persist=True)


class LeadQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Return the leads somebody still has to do something about."""
        return self.filter(status__in=enums.OPEN_STATUSES)

    def unclaimed(self) -> Self:
        return self.filter(owner__isnull=True)

    def trusted(self) -> Self:
        """Leave out what is held as suspected spam."""
        return self.filter(quarantined_at__isnull=True)

    # -- the queue's columns, computed by the database: each set while the lead waits for that

    def quarantined(self) -> Self:
        """Return what staff have to release or confirm."""
        return self.filter(held_since__isnull=False)

    def waiting_for_first_attempt(self) -> Self:
        return self.filter(call_due_at__isnull=False)

    def follow_up_due(self, by: datetime | None = None) -> Self:
        return self.filter(follow_up_due_at__lte=by or timezone.now())

    def without_next_step(self) -> Self:
        """Return the leads that were tried once and that nothing will bring up again."""
        return self.filter(adrift_since__isnull=False)

    def vob_waiting(self) -> Self:
        return self.filter(vob_waiting_since__isnull=False)

    def estimate_owed(self) -> Self:
        return self.filter(estimate_owed_on__isnull=False)


class Lead(models.Model):
    """Who reaches out, for whom, and where admissions stands with them.

    Identifying values are encrypted. Codes that work is sorted by (status, track, age band) are
    not: without the encrypted columns they point to nobody. See docs/decisions.
    """

    reference = models.CharField(_("reference"), max_length=8, unique=True, editable=False)
    source = models.CharField(_("source"), max_length=16, choices=enums.LeadSource)
    role = models.CharField(_("who reaches out"), max_length=12, choices=enums.InquirerRole)

    # -- the contact: the person reaching out
    first_name = EncryptedTextField(_("first name"))
    last_name = EncryptedTextField(_("last name"), blank=True)
    phone = EncryptedTextField(_("phone"), blank=True)
    email = EncryptedTextField(_("e-mail"), blank=True)
    organization = EncryptedTextField(_("organization"), blank=True)
    job_title = EncryptedTextField(_("role there"), blank=True)

    # -- safe contact: what may be done, no unless they said yes
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=8, choices=enums.Channel, blank=True
    )
    good_times = EncryptedTextField(_("good times"), blank=True)
    voicemail_ok = models.BooleanField(_("voicemail allowed"), default=False)
    text_ok = models.BooleanField(_("text messages allowed"), default=False)
    email_ok = models.BooleanField(_("automatic e-mail allowed"), default=False)
    may_say_who = models.BooleanField(_("we may say who is calling"), default=False)
    do_not_speak_to = EncryptedTextField(_("do not speak to"), blank=True)
    language = EncryptedTextField(_("language"), blank=True)
    language_code = models.CharField(
        _("language, sorted"), max_length=8, choices=enums.Language, blank=True
    )
    needs_interpreter = models.BooleanField(_("interpreter"), default=False)
    access_needs = EncryptedTextField(_("access needs"), blank=True)

    # -- the prospective patient
    patient_name = EncryptedTextField(_("patient's name"), blank=True)
    relationship = models.CharField(
        _("relationship to the patient"), max_length=16, choices=enums.Relationship, blank=True
    )
    patient_knows = models.CharField(
        _("does the patient know"), max_length=8, choices=enums.PatientKnows, blank=True
    )
    age_band = models.CharField(_("patient's age"), max_length=8, choices=enums.AgeBand, blank=True)
    track = models.ForeignKey(
        "programs.Track",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # see the indexes below
        related_name="+",
        verbose_name=_("track of interest"),
    )
    coverage_kind = models.CharField(
        _("coverage"), max_length=12, choices=enums.CoverageKind, blank=True
    )
    payer = models.ForeignKey(
        "programs.Payer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("payer"),
    )
    referral_source = models.ForeignKey(
        "admissions.ReferralSource",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("referral source"),
    )

    # -- where the work stands
    status = models.CharField(
        _("status"), max_length=20, choices=enums.LeadStatus, default=enums.LeadStatus.NEW
    )
    vob_status = models.CharField(
        _("verification of benefits"),
        max_length=20,
        choices=enums.VobStatus,
        default=enums.VobStatus.NOT_REQUESTED,
    )
    vob_changed_at = models.DateTimeField(
        _("verification waiting, or as it is, since"), default=timezone.now
    )
    vob_assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("who verifies"),
    )
    # The day from which a verification has to be made again (`admissions.verification`).
    vob_expires_on = models.DateField(_("verify again on"), null=True, blank=True)
    close_reason = models.CharField(
        _("close reason"), max_length=24, choices=enums.CloseReason, blank=True
    )
    referred_to = EncryptedTextField(_("referred to"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,  # leads are handed over first, so that none is with nobody unseen
        null=True,
        blank=True,
        db_index=False,
        related_name="leads",
        verbose_name=_("owner"),
    )
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    status_changed_at = models.DateTimeField(_("in this status since"), default=timezone.now)
    first_attempt_at = models.DateTimeField(_("first attempt"), null=True, blank=True)
    first_contact_at = models.DateTimeField(_("first conversation"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_follow_up_at = models.DateTimeField(_("next follow-up"), null=True, blank=True)
    no_next_step = models.BooleanField(_("no next step, knowingly"), default=False)
    # The promise to reach them, in working hours (`admissions.office_hours`); fixed at intake.
    respond_by = models.DateTimeField(_("to be reached by"), null=True, blank=True)
    # Whether the first attempt kept that promise; empty until there is one.
    response = models.CharField(_("response"), max_length=8, choices=enums.Response, blank=True)
    # Good-faith estimate: asked for when, and the day the law gives (45 CFR 149.610).
    estimate_requested_at = models.DateTimeField(
        _("self-pay estimate asked for"), null=True, blank=True
    )
    estimate_due_on = models.DateField(_("self-pay estimate due"), null=True, blank=True)
    estimate_delivered_at = models.DateTimeField(
        _("self-pay estimate delivered"), null=True, blank=True
    )
    possible_duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    previous_episode = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("earlier episode"),
    )
    # -- what the family asked of us: kept apart from the status, in force at once
    contact_withdrawn_at = models.DateTimeField(_("contact withdrawn"), null=True, blank=True)
    deletion_requested_at = models.DateTimeField(_("deletion asked for"), null=True, blank=True)
    # -- how long it is kept (`admissions.retention`, `admissions.erasure`)
    legal_hold_at = models.DateTimeField(_("kept for a legal reason since"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)
    # -- suspected spam: held where staff see it, told to nobody else
    quarantined_at = models.DateTimeField(_("held since"), null=True, blank=True)
    suspicions = models.JSONField(_("why held"), default=list, blank=True)
    is_demo = models.BooleanField(_("demo data"), default=False)
    # Who else this lead turned out to be (`admissions.merging`); it is closed as a duplicate.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_leads",
        verbose_name=_("merged into"),
    )
    # -- what the queue asks for, kept by the database
    call_due_at = _while(_WORKED & _UNTRIED, "respond_by", models.DateTimeField())
    follow_up_due_at = _while(_WORKED, "next_follow_up_at", models.DateTimeField())
    adrift_since = _while(
        _WORKED & ~_UNTRIED & models.Q(next_follow_up_at=None, no_next_step=False),
        "status_changed_at",
        models.DateTimeField(),
    )
    vob_waiting_since = _while(
        _WORKED & models.Q(vob_status__in=enums.VOB_WAITING),
        "vob_changed_at",
        models.DateTimeField(),
    )
    # From this day on what was found out is old (`admissions.verification.expire`).
    vob_lapses_on = _while(
        _WORKED & models.Q(vob_status__in=enums.VOB_VERIFIED), "vob_expires_on", models.DateField()
    )
    held_since = _while(
        _OPEN & models.Q(quarantined_at__isnull=False), "quarantined_at", models.DateTimeField()
    )
    estimate_owed_on = _while(
        _WORKED
        & models.Q(estimate_requested_at__isnull=False)
        & (
            models.Q(estimate_delivered_at=None)
            | models.Q(estimate_delivered_at__lt=models.F("estimate_requested_at"))
        ),
        "estimate_due_on",
        models.DateField(),
    )
    # From here the time runs after which it is erased.
    term_began_at = _while(
        models.Q(status=enums.LeadStatus.CLOSED, merged_into=None)
        & models.Q(legal_hold_at=None, erased_at=None),
        "status_changed_at",
        models.DateTimeField(),
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="admissions_lead_closed_with_reason",
                condition=models.Q(status="closed") ^ models.Q(close_reason=""),
                violation_error_message=_("A closed lead, and no other, has a reason."),
            ),
            models.CheckConstraint(
                name="admissions_lead_merged_is_closed",
                condition=models.Q(merged_into=None) | models.Q(close_reason="duplicate"),
            ),
            models.CheckConstraint(
                name="admissions_lead_contact_after_attempt",
                condition=models.Q(first_contact_at__isnull=True)
                | models.Q(first_attempt_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="admissions_lead_newest", fields=["-received_at", "-id"]),
            # Each filter of the list ends in the list's order, so that a page of it costs the same
            # at a thousand leads and at a million; behind it stands what is often asked as well.
            models.Index(
                name="admissions_lead_by_status",
                fields=["status", "-received_at", "-id", "response"],
            ),
            *(
                models.Index(
                    name=f"admissions_lead_by_{name}",
                    fields=[column, "-received_at", "-id", "status"],
                )
                for name, column in (
                    ("owner", "owner"),
                    ("source", "source"),
                    ("track", "track"),
                    ("payer", "payer"),
                    ("vob", "vob_status"),
                    ("age", "age_band"),
                    ("lang", "language_code"),
                    ("resp", "response"),
                )
            ),
            # The sections of the queue; a comparison implies the condition on both databases.
            *(
                models.Index(
                    name=f"admissions_lead_{name}",
                    fields=fields,
                    condition=models.Q(**{f"{fields[-1]}__isnull": False}),
                )
                for name, fields in (
                    ("calls", ["call_due_at"]),
                    ("due", ["owner", "follow_up_due_at"]),
                    ("next", ["follow_up_due_at"]),
                    ("adrift", ["adrift_since"]),
                    ("vobs", ["vob_waiting_since"]),
                    ("vobs_of", ["vob_assignee", "vob_waiting_since"]),
                    ("held", ["held_since"]),
                    ("estimates", ["estimate_owed_on"]),
                    ("deletion", ["deletion_requested_at"]),
                    ("expiry", ["vob_lapses_on"]),
                    ("term", ["term_began_at"]),
                    ("erased", ["erased_at"]),
                )
            ),
        ]

    def __str__(self) -> str:
        return self.reference  # nothing else: this text reaches logs, titles and log entries

    def get_absolute_url(self) -> str:
        return reverse("admin:admissions_lead_change", args=[self.pk])

    @property
    def is_minor(self) -> bool:
        return self.age_band in enums.MINOR_BANDS

    @property
    def is_open(self) -> bool:
        return self.status in enums.OPEN_STATUSES

    def set_vob_status(self, to: str) -> None:
        """Set where the verification stands; the caller saves it with an event.

        From one waiting state to another the family waits on, so that keeps the time. Who verifies
        stays while something waits, the day of the next check while there is a result.
        """
        if to != self.vob_status and not {to, self.vob_status} <= set(enums.VOB_WAITING):
            self.vob_changed_at = timezone.now()
        if to not in enums.VOB_WAITING:
            self.vob_assignee = None
        if to not in enums.VOB_VERIFIED:
            self.vob_expires_on = None
        self.vob_status = to

    @property
    def is_suspect(self) -> bool:
        """Whether it waits in quarantine; one that was confirmed as spam is closed."""
        return self.is_open and self.quarantined_at is not None


class SearchToken(models.Model):
    """A blind-index digest under which a lead can be found (`admissions.search`)."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="search_tokens")
    token = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="admissions_token_once", fields=["token", "lead"])
        ]

    def __str__(self) -> str:
        return f"token of lead {self.lead_id}"
