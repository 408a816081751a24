"""What the desk sorts by is filled in for the leads that are there."""

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


class Migration(migrations.Migration):
    dependencies = [("admissions", "0004_desk")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
