"""What the desk sorts by is filled in for the leads that are there."""

from collections import defaultdict

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill(apps, schema_editor):
    Lead = apps.get_model("admissions", "Lead")
    Form = apps.get_model("admissions", "InsuranceVerification")
    Lead.objects.update(vob_changed_at=F("status_changed_at"))
    newest = Form.objects.filter(lead=OuterRef("pk"), payer__isnull=False).order_by("-received_at")
    Lead.objects.update(payer=Subquery(newest.values("payer")[:1]))
    tried = Lead.objects.filter(first_attempt_at__isnull=False)
    tried.update(response="in_time")
    tried.filter(first_attempt_at__gt=F("respond_by")).update(response="late")
    # A claimed lead that nobody has called yet comes up for its owner when the call is due.
    Lead.objects.filter(
        status="new", owner__isnull=False, first_attempt_at=None, next_follow_up_at=None
    ).update(next_follow_up_at=F("respond_by"))
    Lead.objects.filter(status="admitted").update(next_follow_up_at=None)


def index(apps, schema_editor):
    """Let leads be found by beginnings of names, two words of one, and member IDs."""
    from admissions import search

    Lead = apps.get_model("admissions", "Lead")
    SearchToken = apps.get_model("admissions", "SearchToken")
    names = ("first_name", "last_name", "patient_name", "patient_legal_name")
    last = 0
    while batch := list(Lead.objects.filter(pk__gt=last).order_by("pk").only(*names[:3])[:500]):
        last = batch[-1].pk
        told = defaultdict(list)  # what each lead and what was sent for it says
        for lead in batch:
            told[lead.pk].append({name: getattr(lead, name) for name in names[:3]})
        for model in ("Inquiry", "InsuranceVerification"):
            for sent in apps.get_model("admissions", model).objects.filter(lead__in=told):
                told[sent.lead_id].append(sent.answers)
        tokens = []
        for lead_id, said in told.items():
            keys = search.name_keys(*(str(one.get(name) or "") for one in said for name in names))
            for one in said:
                keys += search.member_id_keys(str(one.get("member_id") or ""))
            digests = dict.fromkeys(search.digests(keys))
            tokens += [SearchToken(lead_id=lead_id, token=token) for token in digests]
        SearchToken.objects.bulk_create(tokens, batch_size=2000, ignore_conflicts=True)


def sort_by_language(apps, schema_editor):
    """Sort the leads by the language they asked for."""
    from admissions import languages

    Lead = apps.get_model("admissions", "Lead")
    last = 0
    while batch := list(Lead.objects.filter(pk__gt=last).order_by("pk").only("language")[:500]):
        last = batch[-1].pk
        sorted_now = [lead for lead in batch if lead.language]
        for lead in sorted_now:
            lead.language_code = languages.code_of(lead.language)
        Lead.objects.bulk_update(sorted_now, ["language_code"])


class Migration(migrations.Migration):
    dependencies = [("admissions", "0004_desk")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(index, migrations.RunPython.noop),
        migrations.RunPython(sort_by_language, migrations.RunPython.noop),
    ]
