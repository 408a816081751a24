"""Consents learn the reference of their lead, and open leads the time they were promised by."""

from datetime import timedelta

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill(apps, schema_editor):
    Lead = apps.get_model("admissions", "Lead")
    references = Lead.objects.filter(pk=OuterRef("lead_id")).values("reference")[:1]
    Consent = apps.get_model("admissions", "Consent")
    Consent.objects.filter(lead_reference="").update(lead_reference=Subquery(references))
    # What the desk promised before working hours were known to it.
    Lead.objects.filter(respond_by=None, first_attempt_at=None).update(
        respond_by=F("received_at") + timedelta(minutes=15)
    )


class Migration(migrations.Migration):
    dependencies = [("admissions", "0002_intake")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
