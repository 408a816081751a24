"""Digests that leads, consents and submissions are found by, made anew with the first index key.

A digest cannot be turned into another: it is made again from the words, wherever they still stand.
So what stands nowhere keeps its key, which look-ups go on trying (`crypto.blind_candidates`):

- a lead found by a phone or name that was changed twice since: only the words between are lost;
- a consent whose lead was erased: its digests are all that is left, and the proof stays findable;
- counts of `rate_limit`: they are gone within a day.

Seals of the audit chain are never made again: each names its key, which stays for verifying.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from django.db import models, transaction

from admissions import audit, duplicates, intake, search
from admissions.models import (
    Consent,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadMerge,
    RateCount,
    SearchToken,
)
from admissions.models.inquiry import Submission
from iop_site import crypto

BATCH = 25  # leads; the chain is locked meanwhile
COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    SearchToken: ("token",),
    Consent: ("phone_digest", "email_digest"),
    Inquiry: ("content_digest",),
    InsuranceVerification: ("content_digest",),
    RateCount: ("key",),
}
_NAMES = ("first_name", "last_name", "patient_name", "patient_legal_name")
_FIELDS = (*_NAMES[:3], "phone", "email")

Words = Mapping[str, Any]


def is_old(column: str) -> models.Q:
    """Return the condition that a digest has another key than the first."""
    first = f"{crypto.first_key_id(crypto.INDEX)}."
    return ~models.Q(**{column: ""}) & ~models.Q(**{f"{column}__startswith": first})


def old_counts() -> Counter[str]:
    """Return how many digests of a column have an older key; columns without any are left out."""
    counts: Counter[str] = Counter()
    for model, columns in COLUMNS.items():
        older = {name: models.Count("pk", filter=is_old(name)) for name in columns}
        found = model._default_manager.aggregate(**older)
        counts.update({f"{model._meta.label}.{name}": count for name, count in found.items()})
    return +counts


def renew() -> Iterator[Counter[str]]:
    """Make the digests anew that can be; yield the values of each column, batch by batch.

    Raises DecryptionError where the words of a lead cannot be opened.
    """
    yield from _renew_leads()
    for model in (Inquiry, InsuranceVerification):
        yield from _renew_submissions(model)


def _renew_leads() -> Iterator[Counter[str]]:
    after = 0
    while True:
        with transaction.atomic():
            audit.lock_chain()  # whoever adds digests or merges leads waits for this batch
            ids = _next_leads(after)
            new = _new_digests(ids)
            done = _renew_tokens(ids, new) + _renew_consents(ids, new)
        if not ids:
            return
        after = ids[-1]
        yield done


def _next_leads(after: int) -> list[int]:
    tokens = SearchToken.objects.filter(is_old("token"), lead_id__gt=after)
    consents = Consent.objects.filter(
        is_old("phone_digest") | is_old("email_digest"), lead_id__gt=after
    )
    found: set[int] = set()
    for rows in (tokens, consents):
        ids = rows.order_by("lead_id").values_list("lead_id", flat=True).distinct()
        found.update(ids[:BATCH])
    return sorted(found)[:BATCH]


def _renew_tokens(ids: list[int], new: Mapping[str, str]) -> Counter[str]:
    rows = list(SearchToken.objects.filter(lead__in=ids).order_by("pk"))
    renewed, twins = [], []
    there = {(row.lead_id, row.token): row.pk for row in rows}
    for row in rows:
        token = new.get(row.token)
        if token is None:
            continue
        # Of two that say the same the older stays: a merge may know it by its id.
        twin = there.get((row.lead_id, token), row.pk)
        if twin < row.pk:
            twins.append(row.pk)
            continue
        twins += [twin] if twin != row.pk else []
        row.token = token
        there[row.lead_id, token] = row.pk
        renewed.append(row)
    SearchToken.objects.filter(pk__in=twins).delete()
    SearchToken.objects.bulk_update(renewed, ["token"])
    return +Counter({"admissions.SearchToken.token": len(renewed)})


def _renew_consents(ids: list[int], new: Mapping[str, str]) -> Counter[str]:
    done: Counter[str] = Counter()
    columns = COLUMNS[Consent]
    for consent in Consent.objects.filter(lead__in=ids).only(*columns):
        values = {name: new[old] for name in columns if (old := getattr(consent, name)) in new}
        if values:
            Consent.objects.filter(pk=consent.pk).update(**values)
            done.update(f"admissions.Consent.{name}" for name in values)
    return done


def _new_digests(ids: list[int]) -> dict[str, str]:
    """Return the new digest by each older one, of all that these leads may be found by.

    The words are those on the lead, in what was sent, and in what merges remember.
    """
    family = _families(ids)
    told: dict[int, list[Words]] = defaultdict(list)
    for lead in Lead.objects.filter(pk__in=family):
        told[family[lead.pk]].append({name: getattr(lead, name) for name in _FIELDS})
    for model in (Inquiry, InsuranceVerification):
        for sent in model._default_manager.filter(lead__in=family):
            told[family[sent.lead_id]].append(sent.answers)
    for merge in LeadMerge.objects.filter(kept__in=family):
        if before := merge.before:  # emptied where one of them was erased
            leads = [before["kept"], before["merged"], *before["after"].values()]
            told[family[merge.kept_id]] += leads
    new = {}
    for purpose, value in {key for words in told.values() for key in _keys(words)}:
        first, *older = crypto.blind_candidates(value, purpose=purpose)
        new.update(dict.fromkeys(older, first))
    return new


def _families(ids: list[int]) -> dict[int, int]:
    """Return, by id, the first of all leads that each was merged with, directly or through one."""
    family = {pk: {pk} for pk in ids}
    unseen = set(ids)
    while unseen:
        met = models.Q(kept__in=unseen) | models.Q(merged__in=unseen)
        seen = set(family)
        for pair in LeadMerge.objects.filter(met).values_list("kept_id", "merged_id"):
            both = set().union(*(family.get(pk, {pk}) for pk in pair))
            family.update(dict.fromkeys(both, both))
        unseen = set(family) - seen
    return {pk: min(members) for pk, members in family.items()}


def _keys(told: list[Words]) -> set[search.Key]:
    """Return every key that words of one person may have been indexed by, and more."""
    keys: set[search.Key] = set()
    names: dict[str, None] = {}
    for words in told:
        said = {name: str(value or "") for name, value in words.items()}
        keys.update(
            search.keys_of(
                phone=said.get("phone", ""),
                email=said.get("email", ""),
                member_id=said.get("member_id", ""),
            )
        )
        keys.update(duplicates.patient_keys(words))
        for name in _NAMES:
            names |= dict.fromkeys(search.name_words(said.get(name, "")))
    # Two by two: which of them stood on the lead together is not known any more.
    for two in combinations([*names, ""], 2):
        keys.update(search.name_keys(*two))
    return keys


def _renew_submissions(model: type[Submission]) -> Iterator[Counter[str]]:
    after = 0
    while True:
        done = 0
        with transaction.atomic():
            older = model._default_manager.filter(is_old("content_digest"), pk__gt=after)
            batch = list(older.order_by("pk")[:BATCH])
            for sent in batch:
                first, *candidates = intake.content_digests(sent.answers)
                if sent.content_digest not in candidates:
                    # The words are gone: nothing equals them, so any digest is as good.
                    first = crypto.blind_index(f"{sent.pk}", purpose="submission")
                same = model._default_manager.filter(pk=sent.pk, content_digest=sent.content_digest)
                done += same.update(content_digest=first)
        if not batch:
            return
        after = batch[-1].pk
        yield Counter({f"{model._meta.label}.content_digest": done})
