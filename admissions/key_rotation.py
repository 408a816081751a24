"""Changing keys while the site runs: make new ones, move the data over, retire the old.

Three steps, days apart if need be, each of which can be stopped and started again. The first is
`begin`, and a minute and a half later, once every process knows the new key, `renew`. `retire`
refuses while anything still needs an old key. Each leaves an event with ids and counts.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from admissions import audit, reencryption, reindexing
from admissions.enums import EventKind
from admissions.exceptions import WorkflowError
from admissions.models import LeadEvent, SearchToken
from iop_site import keyring
from iop_site.crypto import FIELD, INDEX

# After so long no process writes with the key before: longer than any request or its ring is old.
RETIRE_AFTER = timedelta(minutes=10)
_TOKENS = "admissions.SearchToken.token"


def old_counts(purpose: str) -> Counter[str]:
    """Return by column how many values have an older key than the first. Reads whole tables."""
    return (reencryption if purpose == FIELD else reindexing).old_counts()


def begin(*, purposes: Collection[str], by: audit.Actor) -> dict[str, str]:
    """Make a key for each purpose ("field", "index") and return their ids.

    Raises WorkflowError without a master key, or while the key before is not yet in use. Side
    effects: keys of the settings are taken into the ring, event.
    """
    _check_master()
    with transaction.atomic():
        audit.lock_chain()
        for purpose in purposes:
            _check_settled(purpose)
        made = keyring.make(purposes)
        _record(by, made=made)
    keyring.forget()
    return made


def renew(*, by: audit.Actor) -> Iterator[Counter[str]]:
    """Move everything to the first keys; yield the values of each column, batch by batch.

    Raises WorkflowError while a new key is not yet in use. Side effect: at the end, an event.
    """
    for purpose in keyring.PURPOSES:
        _check_settled(purpose)
    total: Counter[str] = Counter()
    for steps in (reencryption.renew(), reindexing.renew()):
        for done in steps:
            total += done
            yield done
    if total:
        _record(by, renewed=dict(total))


def retire(*, purpose: str, by: audit.Actor, drop: bool = False) -> list[str]:
    """Retire every key of the ring but the first and return their ids.

    A data key is deleted: only backups from before, which bring their own, can open what it
    encrypted. An index key that sealed events stays for verifying those. With `drop`, digests of
    words that stand nowhere any more are deleted: leads are not found by them any longer.
    Raises WorkflowError where anything needs an older key, or the first is too young to be sure.
    """
    _check_master()
    age, older = keyring.in_use_for(purpose), keyring.usable(purpose)[1:]
    if age is None or not older:
        return []
    if age < RETIRE_AFTER:
        raise WorkflowError(_("The newest key is not in use for long enough: wait ten minutes."))
    left = old_counts(purpose)
    dropped = left.pop(_TOKENS, 0) if drop else 0
    if left:
        raise WorkflowError(
            _("Older keys are needed by: %(columns)s.")
            % {"columns": ", ".join(f"{name} ({left[name]})" for name in sorted(left))}
        )
    with transaction.atomic():
        audit.lock_chain()
        if dropped:
            SearchToken.objects.filter(reindexing.is_old("token")).delete()
        sealing = LeadEvent.objects.order_by().values_list("key_id", flat=True).distinct()
        retired = keyring.retire(purpose, still_needed=sealing if purpose == INDEX else ())
        if retired:
            _record(by, retired={purpose: retired}, dropped=dropped)
    keyring.forget()
    return retired


def rewrap(*, by: audit.Actor) -> int:
    """Wrap the ring with the first master key and return how many keys that changed.

    Side effect: event. No data is touched.
    """
    _check_master()
    with transaction.atomic():
        audit.lock_chain()
        count = keyring.rewrap()
        if count:
            _record(by, rewrapped=count)
    keyring.forget()
    return count


def _check_master() -> None:
    if not settings.MASTER_KEYS:
        raise WorkflowError(_("Set MASTER_KEY, MASTER_KEY_FILE or MASTER_KEY_COMMAND first."))


def _check_settled(purpose: str) -> None:
    age = keyring.in_use_for(purpose)
    if age is not None and age < timedelta(0):
        seconds = -int(age.total_seconds() // 1)
        raise WorkflowError(
            _("Every process has to learn of the new key first: %(seconds)s seconds more.")
            % {"seconds": seconds}
        )


def _record(by: audit.Actor, **data: Any) -> None:
    audit.record_alone(lead=None, kind=EventKind.KEYS_ROTATED, by=by, data=data)
