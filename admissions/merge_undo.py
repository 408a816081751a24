"""A merge is undone: both leads are as they were, but for what somebody did since.

What came since through an access of the merged lead goes back with it. A field that was changed
since stays as it is and is named. What narrowed since, in what the family allows or asks, holds for
both leads: a mistake of ours must not make us call somebody who said no.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import consents, merge_choices, search
from admissions.arrival import PERMISSIONS, keys_of
from admissions.enums import LIVE_RESULTS, ConsentTopic, EventKind
from admissions.exceptions import WorkflowError
from admissions.merging import (
    ASKED_OF_US,
    FIELDS,
    HUNG,
    POINTERS,
    both_locked,
    response,
    snapshot,
    status_change,
)
from admissions.models import Consultation, Lead, LeadEvent, LeadMerge, StatusAccess
from admissions.triage import saved

_BY_COLUMN = {field.attname: field for field in FIELDS}
_CLOCKS = ("attempts", "first_attempt_at", "first_contact_at", "response")
# What is restored as one or left as one; every other column is one by itself.
_TOGETHER = {unit: merge_choices.columns(unit) for unit in merge_choices.UNITS} | {
    "next_follow_up_at": ["next_follow_up_at", "no_next_step"]
}
_NOT_ALONE = {*_CLOCKS, *(name for names in _TOGETHER.values() for name in names)}
GROUPS: dict[str, list[str]] = _TOGETHER | {
    field.name: [name] for name, field in _BY_COLUMN.items() if name not in _NOT_ALONE
}
# After one of these, what stands on the lead about safe contact may be the family's newest word.
_FAMILY_SAID = (
    EventKind.INQUIRY_RECEIVED,
    EventKind.INSURANCE_RECEIVED,
    EventKind.CONSENT_WITHDRAWN,
    EventKind.DELETION_REQUESTED,
    EventKind.DETAILS_CHANGED,
)

Values = Mapping[str, Any]


def undo(*, merge: LeadMerge, by: User) -> list[str]:
    """Undo a merge within its days; return the names of what stays since it was changed later.

    Raises WorkflowError where it is over, undone already, or the kept lead was merged again since.
    Events: MERGE_UNDONE on both leads.
    """
    with transaction.atomic():
        kept, merged = both_locked(merge.kept, merge.merged, by)
        merge = LeadMerge.objects.select_for_update().get(pk=merge.pk)
        _check(merge, kept)
        _hang_back(merge)
        was = {lead.pk: lead.status for lead in (kept, merged)}
        before, after = merge.before, merge.before["after"]
        now = snapshot(kept)
        stayed = _restore(kept, before["kept"], after["kept"])
        _restore(merged, before["merged"], after["merged"])
        _restore_clocks(kept, merge)
        stayed += _keep_narrow(kept, merged, now, merge)
        _index_again(kept, merged, merge, with_values=bool(stayed))
        merge.undone_by, merge.undone_at = by, timezone.now()
        merge.save(update_fields=["undone_by", "undone_at"])
        stayed = [name for name in GROUPS if name in stayed]
        for lead, other in ((kept, merged), (merged, kept)):
            data = {"merge": merge.pk, "with": other.reference, "stayed": stayed}
            data |= status_change(was[lead.pk], lead.status)
            saved(lead, EventKind.MERGE_UNDONE, by, data)
        return stayed


def _check(merge: LeadMerge, kept: Lead) -> None:
    if merge.undone_at is not None:
        raise WorkflowError(_("This merge was undone already."))
    if not merge.days_left:
        raise WorkflowError(_("This merge is too long ago to be undone."))
    later = LeadMerge.objects.filter(Q(kept=kept) | Q(merged=kept), undone_at=None, pk__gt=merge.pk)
    newest = later.select_related("kept", "merged").first()
    if newest is not None:
        raise WorkflowError(
            _("Since then %(merged)s was merged into %(kept)s. Undo that first.")
            % {"merged": newest.merged.reference, "kept": newest.kept.reference}
        )


def _hang_back(merge: LeadMerge) -> None:
    """Hang on the merged lead what was its own, and what came through its accesses since."""
    moved, accesses = merge.moved, merge.moved[StatusAccess._meta.model_name or ""]
    for model in HUNG:
        own = Q(pk__in=moved.get(model._meta.model_name, ()))  # what was unknown then, none
        names = {field.name for field in model._meta.fields}
        if "access" in names:
            own |= Q(access__in=accesses)
        if "form" in names:  # a result is of the form that was checked
            own |= Q(form__lead=merge.merged)
        if "consultation" in names:
            own |= Q(consultation__lead=merge.merged)
        _rows(model).filter(own, lead=merge.kept).update(lead=merge.merged)
    StatusAccess.objects.filter(pk__in=moved["opened"]).update(opened_lead=True)
    Consultation.objects.filter(pk__in=moved.get("given_access", ())).update(access=None)
    for name in POINTERS:
        pointing = Lead.objects.filter(pk__in=moved[name], **{name: merge.kept})
        pointing.update(**{name: merge.merged})


def _rows(model: type[Model]) -> QuerySet[Any]:
    return model._default_manager.all()


def _put(lead: Lead, name: str, text: Any) -> None:
    setattr(lead, name, None if text is None else _BY_COLUMN[name].to_python(text))


def _restore(lead: Lead, before: Values, after: Values) -> list[str]:
    """Put back on `lead` (unsaved) what the merge changed; return what was changed since."""
    now, stayed = snapshot(lead), []
    for group, names in GROUPS.items():
        changed = [name for name in names if before[name] != after[name]]
        if not changed:
            continue
        if any(now[name] != after[name] for name in names):
            stayed.append(group)
            continue
        for name in changed:
            _put(lead, name, before[name])
    return stayed


def _restore_clocks(kept: Lead, merge: LeadMerge) -> None:
    """Put back on `kept` (unsaved) its own clocks, with the attempts that were made since."""
    before, after = merge.before["kept"], merge.before["after"]["kept"]
    now = snapshot(kept)
    since = list(
        kept.contact_attempts.filter(at__gt=merge.at).order_by("at").values_list("at", "result")
    )
    live = [one for one in since if one[1] in LIVE_RESULTS]
    kept.attempts += int(before["attempts"]) - int(after["attempts"])
    for name, made in (("first_attempt_at", since), ("first_contact_at", live)):
        if now[name] == after[name] != before[name]:
            _put(kept, name, before[name])
            if before[name] is None and made:
                setattr(kept, name, made[0][0])
    if snapshot(kept)["first_attempt_at"] == before["first_attempt_at"]:
        kept.response = before["response"]
    else:
        kept.response = response(kept)


def _keep_narrow(kept: Lead, merged: Lead, now: Values, merge: LeadMerge) -> list[str]:
    """Let both leads (unsaved) heed what the family said since; return what of it stays.

    `now` are the values of `kept` before anything was put back.
    """
    after, since, stayed = merge.before["after"]["kept"], merge.moved["since"], []
    said = LeadEvent.objects.filter(lead=kept, sequence__gt=since, kind__in=_FAMILY_SAID)
    if said.exists():
        for lead in (kept, merged):
            for name in PERMISSIONS:
                if getattr(lead, name) and now[name] == "False":
                    setattr(lead, name, False)
                    stayed.append(name)
            named = merge_choices.joined(now["do_not_speak_to"], lead.do_not_speak_to)
            if named != lead.do_not_speak_to:
                lead.do_not_speak_to = named
                stayed.append("do_not_speak_to")
    for name in ASKED_OF_US:
        if now[name] != after[name] and now[name] is not None:
            _put(merged, name, now[name])
    deleted = said.filter(
        kind=EventKind.DELETION_REQUESTED, data__access__in=merge.moved["opened"]
    ).first()
    if deleted is not None:
        merged.deletion_requested_at = merged.deletion_requested_at or deleted.at
    for lead in (kept, merged):
        _heed_withdrawals(lead, merge.at)
    return stayed


def _heed_withdrawals(lead: Lead, since: datetime) -> None:
    """Take off `lead` (unsaved) what was allowed by the consents that were withdrawn since."""
    still = consents.withdrawable(lead)
    taken = lead.consents.filter(withdrawn_at__gt=since).values_list(
        "wording__topic", "withdrawn_at"
    )
    for topic, at in taken:
        if topic in consents.WITHDRAWABLE:
            consents.switch_off(
                lead, ConsentTopic(topic), given_elsewhere=topic in still, at=at or since
            )


def _index_again(kept: Lead, merged: Lead, merge: LeadMerge, *, with_values: bool) -> None:
    """Let each lead be found as it was, and by what came to it since."""
    kept.search_tokens.exclude(pk__in=merge.moved["tokens"]).delete()
    if with_values:
        search.index_lead(kept, keys_of(vars(kept)))
    for lead in (kept, merged):
        for sent in (lead.inquiry_set, lead.insuranceverification_set):
            for one in sent.filter(received_at__gt=merge.at):
                search.index_lead(lead, keys_of(one.answers, lead))
