"""Forms of several pages: what was filled in so far, kept encrypted for a day.

The link to a draft holds a token that says nothing and cannot be guessed; the table holds the
token's digest. A draft that has run out and one that never was are the same to who asks.
"""

import base64
import hashlib
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from admissions import audit
from admissions.enums import DraftKind, Suspicion
from admissions.models import Draft, StatusAccess

LIFE = timedelta(hours=24)  # after something was last kept
_TOKEN_BYTES = 24
_PURGED_AT_ONCE = 500
_SUSPICIONS = "suspicions"  # among the answers, and no step

Answers = Mapping[str, Any]


class DraftOver(Exception):
    """The draft was sent, discarded or purged since it was read; nothing was written."""


def begin(
    *, kind: DraftKind, access: StatusAccess | None = None, key: uuid.UUID | None = None
) -> tuple[Draft, str]:
    """Start a draft and return it with the token of its link.

    `access` is what the visitor was handed before: what it gave already is not asked again. `key`
    is the key of the page that begins it: the same page sent again (a double click, the back
    button) goes on with the same draft under the same link, unless that was sent meanwhile.
    """
    key = key or uuid.uuid4()
    token = _token(kind, key)
    with transaction.atomic():
        Draft.objects.run_out().filter(token_digest=digest(token)).delete()
        draft, _is_new = Draft.objects.get_or_create(
            token_digest=digest(token),
            defaults={
                "kind": kind,
                "idempotency_key": key,
                "access": access,
                "expires_at": timezone.now() + LIFE,
            },
        )
    if draft.sent_access_id is not None:
        return begin(kind=kind, access=access)
    return draft, token


def find(kind: DraftKind, token: str) -> Draft | None:
    """Return the draft behind a link, or None where the link is wrong, old or discarded."""
    drafts = Draft.objects.alive().select_related("access__lead", "sent_access")
    return drafts.filter(kind=kind, token_digest=digest(token)).first()


def keep(
    draft: Draft, *, step: str, answers: Answers, suspicions: Iterable[Suspicion] = ()
) -> None:
    """Keep the answers of one step, and the draft for another day.

    Those of the other steps stay as they are, in two tabs too. `suspicions` are what spoke against
    the page; they add up. Raises DraftOver.
    """
    with transaction.atomic():
        current = Draft.objects.select_for_update().filter(pk=draft.pk, sent_access=None).first()
        if current is None:
            raise DraftOver
        found = {*current.answers.get(_SUSPICIONS, ()), *(str(one) for one in suspicions)}
        current.answers = {**current.answers, step: dict(answers)}
        if found:
            current.answers[_SUSPICIONS] = sorted(found)
        current.expires_at = timezone.now() + LIFE
        current.save(update_fields=["answers", "expires_at"])
    draft.answers, draft.expires_at = current.answers, current.expires_at


def suspicions_of(draft: Draft) -> set[Suspicion]:
    """Return what spoke against the pages that were kept."""
    return {Suspicion(one) for one in draft.answers.get(_SUSPICIONS, ())}


def close(draft: Draft, *, sent_access: StatusAccess) -> None:
    """Empty a draft that was sent; what stays says which confirmation belongs to it.

    `draft` itself keeps its answers: where the sending is undone after all, they are shown again.
    """
    Draft.objects.filter(pk=draft.pk).update(answers={}, sent_access=sent_access)


def discard(draft: Draft) -> None:
    """Delete a draft and its photos, unless it was sent."""
    with transaction.atomic():
        audit.lock_chain()  # while it is being sent, its photos move on to the form
        Draft.objects.filter(pk=draft.pk, sent_access=None).delete()


def purge() -> int:
    """Delete the drafts whose day is over, with their photos, and return how many there were."""
    run_out = list(Draft.objects.run_out().values_list("pk", flat=True)[:_PURGED_AT_ONCE])
    if run_out:
        with transaction.atomic():
            audit.lock_chain()
            Draft.objects.run_out().filter(pk__in=run_out).delete()
    return len(run_out)


def digest(token: str) -> str:
    """Return what is stored of a token: 192 bits that look random need no key to be safe."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token(kind: DraftKind, key: uuid.UUID) -> str:
    """Return the token of the draft that a page begins; without SECRET_KEY nobody can."""
    mac = salted_hmac("admissions.draft", f"{kind.value}:{key}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(mac[:_TOKEN_BYTES]).decode()
