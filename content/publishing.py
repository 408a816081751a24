"""What editors and reviewers do with a text: every change of its state is one verb here.

    draft ──submit──► in review ──approve──► (signed off)
      ▲                  │                        │
      └────send back─────┘        publish now, or schedule ──► published ──archive──► archived

Each verb writes a revision: how the text stood, who did what. A text that changes loses its
clinical sign-off, and nobody signs off what they wrote themselves. A slug that changes leaves a
redirect. A refusal is a `PublishingError` with words for the person.
"""

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import Redirect, Revision, Text, TextStatus, Topic
from iop_site.roles import CLINICAL_REVIEWER, CONTENT_EDITOR, has_role

REVIEW_LASTS = timedelta(days=182)

# What a reader reads. A change of anything else (topics, related, dates) keeps the sign-off.
_NOT_READ = set("topics related next_review_on language order slug author is_offered".split())
# What a revision does not hold: state, which only verbs change, and bookkeeping.
_NOT_KEPT = set("id status published_at reviewer reviewed_on created_at updated_at".split())


class PublishingError(Exception):
    """A rule of publishing was not met; `str()` says which."""


Guard = Callable[[], str]
_guards: list[Guard] = []


def add_guard(guard: Guard) -> None:
    """Have `guard` asked before anything is published: it returns why not, or nothing."""
    if guard not in _guards:
        _guards.append(guard)


def blocker() -> str:
    """Return why nothing may be published now, or nothing."""
    return next((why for guard in _guards if (why := guard())), "")


def revisions(text: Text) -> models.QuerySet[Revision]:
    """Return the revisions of a text, newest first."""
    return Revision.objects.filter(
        content_type=ContentType.objects.get_for_model(text), object_id=text.pk
    ).select_related("by")


def latest_number(text: Text) -> int:
    """Return the number of the newest revision, 0 where there is none."""
    return revisions(text).aggregate(top=models.Max("number"))["top"] or 0


def record_edit(*, text: Text, by: User, changed: Collection[str], old_path: str = "") -> Revision:
    """Record that `by` saved the text with the fields `changed` (the desk has written them).

    Side effects: a revision; the sign-off is gone where the words changed; a redirect from
    `old_path` where the address changed.
    """
    with transaction.atomic():
        words = bool(set(changed) - _NOT_READ)
        if text.reviewer_id and words:
            text.reviewer = text.reviewed_on = None
            text.save(update_fields=["reviewer", "reviewed_on", "updated_at"])
        if old_path:
            _redirect(old_path, text.get_absolute_url())
        what = _("Edited: %(fields)s") % {"fields": ", ".join(sorted(changed))}
        kind = Revision.Kind.WORDS if words or not latest_number(text) else Revision.Kind.STATE
        return _revision(text, by, kind, what if changed else _("Saved"))


def keep_baseline(*, text: Text) -> None:
    """Keep how a text stands that no one has saved yet, before its first edit replaces it."""
    if latest_number(text) == 0:
        _revision(text, None, Revision.Kind.STATE, _("As it was loaded"))


def submit(*, text: Text, by: User) -> Text:
    """Hand a draft to the clinical reviewers."""
    return _move(text, by, TextStatus.IN_REVIEW, {TextStatus.DRAFT}, _("Sent for review"))


def send_back(*, text: Text, by: User) -> Text:
    """Give a text in review back to its editor."""
    return _move(text, by, TextStatus.DRAFT, {TextStatus.IN_REVIEW}, _("Sent back"))


def publish(*, text: Text, by: User, at: datetime | None = None) -> Text:
    """Publish the text now, or at a time in the future."""
    why = blocker()
    if why:
        raise PublishingError(why)
    now = timezone.now()
    if at is not None and at <= now:
        raise PublishingError(_("The time to publish at must be in the future."))
    with transaction.atomic():
        text = _held(text, by, CONTENT_EDITOR)
        if text.status == TextStatus.PUBLISHED:
            raise PublishingError(_("The text is published already."))
        text.status = TextStatus.SCHEDULED if at else TextStatus.PUBLISHED
        # A text that returns from the archive keeps the day it first appeared.
        if at or text.published_at is None or text.published_at > now:
            text.published_at = at or now
        text.save()
        what = _("Published")
        if at:
            what = _("Scheduled for %(at)s") % {"at": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"}
        _revision(text, by, Revision.Kind.STATE, what)
        return text


def archive(*, text: Text, by: User) -> Text:
    """Take the text off the site; its address says so, or leads elsewhere by a redirect."""
    every = set(TextStatus) - {TextStatus.ARCHIVED}
    return _move(text, by, TextStatus.ARCHIVED, every, _("Archived"))


def reopen(*, text: Text, by: User) -> Text:
    """Make a draft of an archived or scheduled text again."""
    closed = {TextStatus.ARCHIVED, TextStatus.SCHEDULED}
    return _move(text, by, TextStatus.DRAFT, closed, _("Made a draft"))


def approve(*, text: Text, by: User, number: int) -> Text:
    """Sign the text off clinically, as it stood in revision `number`.

    Only for the role of clinical reviewer, with a name and credentials in People, and only by
    somebody who did not write what is signed off.
    """
    with transaction.atomic():
        text = _held(text, by, CLINICAL_REVIEWER)
        person = getattr(by, "person", None)
        if person is None:
            raise PublishingError(
                _("Your sign-in is not linked to a person yet: an editor does that under People.")
            )
        if number != latest_number(text):
            raise PublishingError(
                _("The text has changed since you opened it. Please read it again.")
            )
        if text.author_id == person.pk or by.pk in _writers(text):
            raise PublishingError(
                _("Nobody reviews their own text: a colleague has to sign it off.")
            )
        if text.status in (TextStatus.DRAFT, TextStatus.ARCHIVED):
            raise PublishingError(_("Only a text in review or published is signed off."))
        today = timezone.localdate()
        text.reviewer, text.reviewed_on = person, today
        text.next_review_on = today + REVIEW_LASTS
        text.save()
        _revision(text, by, Revision.Kind.REVIEW, _("Signed off by %(name)s") % {"name": person})
        return text


def roll_back(*, text: Text, by: User, to: Revision) -> Text:
    """Make the words of an earlier revision the text's words again; its state stays."""
    if to.text != text:
        raise PublishingError(_("That revision is of another text."))
    with transaction.atomic():
        text = _held(text, by, CONTENT_EDITOR)
        old_path = text.get_absolute_url()
        values = dict(to.values)
        topics = values.pop("topics", [])
        for name, value in values.items():
            field: Any = text._meta.get_field(name)
            setattr(text, field.attname, field.to_python(value))
        text.reviewer = text.reviewed_on = None
        text.save()
        text.topics.set(Topic.objects.filter(slug__in=topics))
        _redirect(old_path, text.get_absolute_url())
        what = _("Rolled back to %(number)d") % {"number": to.number}
        _revision(text, by, Revision.Kind.WORDS, what)
        return text


def values_of(text: Text) -> dict[str, Any]:
    """Return what a revision keeps of a text, as plain JSON values."""
    values = {
        one.name: getattr(text, one.attname)
        for one in text._meta.concrete_fields
        if one.name not in _NOT_KEPT
    }
    plain = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return plain | {"topics": sorted(text.topics.values_list("slug", flat=True))}


def _writers(text: Text) -> set[int | None]:
    """Return who wrote on the text since it was last signed off."""
    every = revisions(text)
    signed = every.filter(kind=Revision.Kind.REVIEW).aggregate(top=models.Max("number"))["top"]
    written = every.filter(kind=Revision.Kind.WORDS, number__gt=signed or 0)
    return set(written.values_list("by", flat=True))


def _held(text: Text, by: User, *roles: str) -> Any:
    if not has_role(by, *roles):
        raise PublishingError(_("Your role does not include this."))
    return type(text)._default_manager.select_for_update().get(pk=text.pk)


def _move(text: Text, by: User, to: TextStatus, expected: Collection[str], what: str) -> Text:
    with transaction.atomic():
        text = _held(text, by, CONTENT_EDITOR, CLINICAL_REVIEWER)
        if text.status not in expected:
            raise PublishingError(
                _("That does not fit a text that is “%(status)s”.")
                % {"status": text.get_status_display()}
            )
        text.status = to
        text.save()
        _revision(text, by, Revision.Kind.STATE, what)
        return text


def _revision(text: Text, by: User | None, kind: Revision.Kind, what: str) -> Revision:
    return Revision.objects.create(
        content_type=ContentType.objects.get_for_model(text),
        object_id=text.pk,
        number=latest_number(text) + 1,
        by=by,
        kind=kind,
        what=what[:120],
        values=values_of(text),
    )


def _redirect(old_path: str, new_path: str) -> None:
    """Lead an old address, where it is another, to the new one; no chains and no circles."""
    if old_path == new_path:
        return
    Redirect.objects.filter(old_path=new_path).delete()
    Redirect.objects.filter(new_path=old_path).update(new_path=new_path)
    Redirect.objects.update_or_create(old_path=old_path, defaults={"new_path": new_path})
