"""What all public forms share: one layout pack, one key for each page, consents with wordings."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import BaseInput, Div, Layout
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from admissions import spam
from admissions.enums import Suspicion
from admissions.models import ConsentWording
from content.rendering import render
from iop_site.client_address import client_address
from iop_site.remembered import remembered
from programs.models import Payer, Track
from programs.provider import placeholders, site_facts

Choices = list[tuple[str, Any]]


@remembered(default=dict)
def current_wordings() -> dict[str, ConsentWording]:
    """Return the consent wordings in force, by topic."""
    return ConsentWording.objects.current()


@remembered(default=list)
def track_choices() -> Choices:
    """Return the tracks on offer for a select."""
    return [(track.slug, track.title) for track in Track.objects.offered()]


@remembered(default=list)
def payer_choices() -> Choices:
    """Return the insurers that a family may choose."""
    return [(payer.slug, payer.name) for payer in Payer.objects.filter(is_listed=True)]


def wording_html(wording: ConsentWording) -> SafeString:
    """Return a wording's explanation as HTML, for the page that asks for the consent."""
    html = render(wording.text, placeholders=placeholders(site_facts())).html
    return mark_safe(html)  # noqa: S308  sanitized


# What to do, told apart, since several may stand in one list of errors.
_MISSING: dict[str, Any] = {
    "": _("Tick this box to send the form."),
    "contact": _("Tick that we may contact you, so that we can answer."),
    "privacy-notice": _("Tick that you were offered the privacy notice."),
    "verification": _("Tick that we may check this insurance."),
    "authority": _("Tick that you may act in this matter."),
}


class SendButton(BaseInput):
    """The submit button; crispy's own carries Bootstrap's classes."""

    input_type = "submit"
    field_classes = "button"


class PageKey(forms.UUIDField):
    """The key made with the page. One that is missing or broken (an old page, a robot) is taken as
    that of a new page: nobody can mend what stands in a hidden field."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> uuid.UUID:
        try:
            return super().clean(value) or uuid.uuid4()
        except ValidationError:
            return uuid.uuid4()


class WordingIds(forms.CharField):
    """The ids of the wordings a page showed, such as "3.7"; what is no id is left out."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> list[int]:
        parts = str(value or "").split(".")[:20]
        return [
            int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 10
        ]


class PageTime(forms.CharField):
    """When the page was made, signed. A page that is shown again keeps the time of the first.

    One that is missing, altered or ahead of our clock is none at all, and no error: nobody can mend
    what stands in a hidden field.
    """

    widget = forms.HiddenInput
    _signer = signing.Signer(salt="admissions.page-time")

    @classmethod
    def made(cls, at: datetime) -> str:
        """Return what stands in the field of a page that was made at that moment."""
        return cls._signer.sign(str(int(at.timestamp() * 1000)))

    def clean(self, value: Any) -> datetime | None:
        try:
            made = datetime.fromtimestamp(int(self._signer.unsign(str(value))) / 1000, tz=UTC)
        except signing.BadSignature:
            return None
        return made if made <= timezone.now() else None


class Trap(forms.CharField):
    """A field that people do not see and no browser fills in; whatever stands in it is taken."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    asked_when_shown = True  # it is nobody's option

    def clean(self, value: Any) -> str:
        return str(value or "")


class PublicForm(forms.Form):
    """A form that anyone may send.

    `idempotency_key` is made with the page: the same page sent twice is one submission.
    `page_time` and `subject` are for telling robots from people (`admissions.spam`).
    `consent_topics` are asked as unticked boxes with the wording in force; the ids of the wordings
    that were shown travel with the form, so that a change meanwhile does not change what the
    person agreed to.
    """

    use_required_attribute = False
    error_css_class = "has-error"
    consent_topics: tuple[str, ...] = ()
    # Not required of everybody, but never "(optional)" to those who are shown them.
    asked_when_shown: tuple[str, ...] = ()
    _technical: tuple[str, ...] = ("idempotency_key", "wordings_shown", "page_time", "subject")

    idempotency_key = PageKey(required=False)
    wordings_shown = WordingIds(required=False)
    page_time = PageTime(required=False)
    subject = Trap(label=_("Leave this empty"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = current_wordings() if self.consent_topics else {}
        self.wordings = {
            topic: wording for topic, wording in known.items() if topic in self.consent_topics
        }
        on_page = self.wordings | self._shown_earlier()
        for topic in self.consent_topics:
            if topic in self.wordings:
                self.fields[consent_name(topic)] = self._consent_field(
                    on_page[topic], required=self.wordings[topic].required
                )
        self.initial.setdefault("idempotency_key", uuid.uuid4())
        self.initial.setdefault("page_time", PageTime.made(timezone.now()))
        self.initial.setdefault(
            "wordings_shown", ".".join(str(one.pk) for one in self.wordings.values())
        )
        for name in self.asked_when_shown:
            self.fields[name].asked_when_shown = True  # type: ignore[attr-defined]
        self.helper = FormHelper(self)
        self.helper.attrs = {"novalidate": ""}
        self.helper.form_method = "post"
        self.helper.render_hidden_fields = True
        # Out of sight by a class, and out of the tree that screen readers read.
        trap = Div("subject", css_class="visually-hidden", aria_hidden="true")
        self.helper.layout = Layout(self.layout(), trap)

    def layout(self) -> Layout:
        """Return the order and grouping of the fields."""
        raise NotImplementedError

    @property
    def lacks_wordings(self) -> bool:
        """Whether a consent cannot be asked for, since its wording could not be read."""
        return not set(self.consent_topics) <= set(self.wordings)

    def answers(self) -> dict[str, Any]:
        """Return what the person sent as plain JSON values, without what is only technical."""
        consents = {consent_name(topic) for topic in self.consent_topics}
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in self.cleaned_data.items()
            if name not in self._technical and name not in consents
        }

    def agreed_wordings(self) -> list[ConsentWording]:
        """Return the wordings the person ticked, in the version that stood on their page."""
        shown = self._shown(self.cleaned_data["wordings_shown"])
        return [
            shown.get(topic, self.wordings[topic])
            for topic in self.consent_topics
            if self.cleaned_data.get(consent_name(topic))
        ]

    def suspicions(
        self,
        request: HttpRequest,
        *,
        answers: Mapping[str, Any] | None = None,
        begun_at: datetime | None = None,
    ) -> list[Suspicion]:
        """Count the form, once it is valid, and return what speaks against it; never raises.

        The last page of a form of several gives the `answers` of them all, and when the first was
        begun: a summary with a single button is rightly sent at once.
        """
        evidence = self.evidence(answers=answers, begun_at=begun_at)
        return spam.suspicions(evidence=evidence, address=client_address(request))

    def evidence(
        self, *, answers: Mapping[str, Any] | None = None, begun_at: datetime | None = None
    ) -> spam.Evidence:
        """Return what a valid form shows by itself; the same arguments as `suspicions`."""
        data = self.cleaned_data
        begun = begun_at or data["page_time"]
        return spam.Evidence.of(
            self.answers() if answers is None else answers,
            page=data["idempotency_key"],
            trap=data["subject"],
            seconds=(timezone.now() - begun).total_seconds() if begun else None,
        )

    def _miss(self, name: str, text: Any) -> None:
        """Ask for a field that this person's other answers make necessary, unless it is wrong."""
        if name not in self.errors:
            self.add_error(name, text)

    def _shown(self, ids: list[int]) -> dict[str, ConsentWording]:
        wordings = ConsentWording.objects.filter(pk__in=ids, topic__in=self.consent_topics)
        return {wording.topic: wording for wording in wordings}

    def _shown_earlier(self) -> dict[str, ConsentWording]:
        """Return the wordings that a page which is shown again had, so that it keeps them."""
        if not self.is_bound:
            return {}
        ids = self.fields["wordings_shown"].clean(self.data.get("wordings_shown"))
        try:
            return self._shown(ids)
        except (DatabaseError, InterfaceError):  # the page is shown all the same
            return {}

    def _consent_field(self, wording: ConsentWording, *, required: bool) -> forms.BooleanField:
        return forms.BooleanField(
            label=wording.label,
            # Only a page that is shown needs it, not a form that is sent.
            help_text=SimpleLazyObject(lambda: wording_html(wording)),  # type: ignore[arg-type]
            required=required,
            error_messages={"required": _MISSING.get(wording.topic, _MISSING[""])},
        )


def consent_name(topic: str) -> str:
    """Return the name of the field that asks for a consent."""
    return "agree_" + topic.replace("-", "_")
