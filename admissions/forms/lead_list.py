"""What the list of leads is narrowed to, the views that are saved of it, and its bulk acts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from admissions import staffing
from admissions.enums import (
    OPEN_STATUSES,
    AgeBand,
    CloseReason,
    Language,
    LeadSource,
    LeadStatus,
    Response,
    VobStatus,
)
from admissions.forms.desk import TakerField
from admissions.forms.fields import PlainText
from admissions.models import Lead, SavedView
from programs.models import Payer, Track

_ANY = _("Any")
# How the list may be ordered: a column with an index, and whether its last value comes first.
ORDERS = {
    "": ("received_at", True),
    "oldest": ("received_at", False),
    "next": ("follow_up_due_at", False),
}


def _received(value: str) -> Q:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    if value == "older":
        return Q(received_at__lt=midnight - timedelta(days=30))
    return Q(received_at__gte=midnight - timedelta(days=0 if value == "today" else int(value)))


def _responded(value: str) -> Q:
    if value in Response.values:
        return Q(response=value)
    return (
        Q(call_due_at__gt=timezone.now())
        if value == "waiting"
        else Q(call_due_at__lte=timezone.now())
    )


def _due(value: str) -> Q:
    tonight = timezone.localtime().replace(hour=23, minute=59, second=59, microsecond=999999)
    return Q(follow_up_due_at__lte=tonight)


_CONDITIONS: dict[str, Callable[[str], Q]] = {
    "status": lambda value: Q(status__in=OPEN_STATUSES) if value == "open" else Q(status=value),
    "owner": lambda value: Q(owner=None if value == "none" else value),
    "track": lambda value: Q(track=value),
    "payer": lambda value: Q(payer=value),
    "source": lambda value: Q(source=value),
    "age": lambda value: Q(age_band=value),
    "received": _received,
    "response": _responded,
    "language": lambda value: Q(language_code=value),
    "vob": lambda value: Q(vob_status=value),
    "due": _due,
    "held": lambda value: Q(held_since__isnull=False),
}


class LeanSelect(forms.Select):
    """A select that is put together at once: Django's renders a template for every option."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (one, mark_safe(" selected") if str(one) == (value or "") else "", words)
                for one, words in self.choices
            ),
        )
        return format_html('<select name="{}" id="{}">{}</select>', name, attrs["id"], options)


def _choice(label: Any, choices: Any = (), *, every: Any = _ANY) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[("", every), *choices], widget=LeanSelect
    )


class LeadFilters(forms.Form):
    """The filters in an address. What it does not know, a name or a value, it leaves out.

    Three queries, for what may be chosen.
    """

    status = _choice(_("Status"), [("open", _("Open, all of them")), *LeadStatus.choices])
    owner = _choice(_("Owner"))
    due = _choice(_("Follow-up"), [("yes", _("Due by tonight"))])
    response = _choice(
        _("First call"),
        [
            ("overdue", _("Overdue")),
            ("waiting", _("Waiting, in time")),
            (Response.IN_TIME, _("Made in time")),
            (Response.LATE, _("Made late")),
        ],
    )
    vob = _choice(_("Insurance check"), VobStatus.choices)
    received = _choice(
        _("Received"),
        [
            ("today", _("Today")),
            ("7", _("In the last 7 days")),
            ("30", _("In the last 30 days")),
            ("older", _("Before that")),
        ],
    )
    track = _choice(_("Track"))
    payer = _choice(_("Payer"))
    source = _choice(_("Source"), LeadSource.choices)
    age = _choice(_("Patient's age"), AgeBand.choices)
    language = _choice(_("Language"), Language.choices)
    held = _choice(_("Suspected spam"), [("yes", _("Held"))])
    order = _choice(
        _("Order"),
        [("oldest", _("Oldest first")), ("next", _("Next follow-up first (those with one)"))],
        every=_("Newest first"),
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.user = user
        self.names = {
            "track": dict(Track.objects.values_list("pk", "title")),
            "payer": dict(Payer.objects.values_list("pk", "name")),
            "owner": {one.pk: str(one) for one in staffing.takers(timezone.localdate())},
        }
        for name, known in self.names.items():
            first = [("me", _("Me")), ("none", _("Nobody"))] if name == "owner" else []
            choices = [*first, *((str(pk), words) for pk, words in known.items())]
            self.fields[name].choices = [("", _ANY), *choices]  # type: ignore[attr-defined]
        self.is_valid()
        self.chosen: dict[str, str] = {n: v for n, v in self.cleaned_data.items() if v}

    @property
    def query(self) -> str:
        """Return the chosen filters as an address holds them, always in one order."""
        return urlencode(self.chosen)

    @property
    def in_words(self) -> list[tuple[str, str, str]]:
        """Return (name of the field, its label, what is chosen) for each filter in force."""
        return [
            (name, str(self.fields[name].label), str(dict(self.fields[name].choices)[value]))  # type: ignore[attr-defined]
            for name, value in self.chosen.items()
        ]

    def narrow(self, leads: QuerySet[Lead]) -> QuerySet[Lead]:
        """Return the leads that all chosen filters let through."""
        for name, value in self.chosen.items():
            if name in _CONDITIONS:
                value = str(self.user.pk) if (name, value) == ("owner", "me") else value
                leads = leads.filter(_CONDITIONS[name](value))
        return leads


class SavedViewForm(forms.ModelForm):
    """A name for the filters of the moment; a manager may give it to everybody."""

    name = PlainText(
        label=_("Name"), max_length=60, error_messages={"required": _("Give the view a name.")}
    )

    class Meta:
        model = SavedView
        fields = ("name", "is_shared")


class BulkForm(forms.Form):
    """Base of what is asked before something is done to several leads."""

    use_required_attribute = False


class BulkAssignForm(BulkForm):
    to = TakerField(
        label=_("To"),
        queryset=User.objects.none(),
        empty_label="–",
        error_messages={"required": _("Choose who takes them.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = staffing.takers(timezone.localdate())  # type: ignore[attr-defined]


class BulkCloseForm(BulkForm):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            ("", "–"),
            # Where somebody was referred to is said for each of them, on its page.
            *(one for one in CloseReason.choices if one[0] != CloseReason.REFERRED_OUT),
        ],
        error_messages={"required": _("Choose a reason for closing.")},
    )
    note = PlainText(
        label=_("Note, kept on each of them"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
