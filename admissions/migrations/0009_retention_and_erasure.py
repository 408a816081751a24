"""How long a lead is kept: when it was erased, what holds that up, and from when its time runs."""

from django.db import migrations, models

CLOSE_REASONS = [
    ("unreachable", "Lost: unreachable"),
    ("not_ready", "Lost: not ready"),
    ("other_provider", "Lost: chose another provider"),
    ("cost", "Lost: cost"),
    ("inactive_coverage", "Lost: inactive coverage"),
    ("out_of_network", "Lost: out of network"),
    ("no_benefit", "Lost: no benefit"),
    ("authorization_denied", "Lost: authorization denied"),
    ("schedule_or_transport", "Lost: schedule or transport"),
    ("no_capacity", "Lost: no capacity"),
    ("asked_deletion", "Lost: asked us to delete their data"),
    ("needs_higher_level", "Not appropriate: needs a higher level"),
    ("needs_lower_level", "Not appropriate: needs a lower level"),
    ("age", "Not appropriate: age"),
    ("geography", "Not appropriate: geography"),
    ("referred_out", "Not appropriate: referred out"),
    ("duplicate", "Void: duplicate"),
    ("spam", "Void: spam"),
    ("wrong_number", "Void: wrong number"),
    ("test", "Void: test"),
    ("vendor", "Void: vendor or job seeker"),
    ("existing_patient", "Void: existing patient"),
    ("mistake", "Void: entered by mistake"),
]


class Migration(migrations.Migration):
    dependencies = [("admissions", "0008_append_only")]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="erased"),
        ),
        migrations.AddField(
            model_name="lead",
            name="legal_hold_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="kept for a legal reason since"
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="term_began_at",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        models.Q(
                            ("merged_into", None),
                            ("status", "closed"),
                            ("erased_at", None),
                            ("legal_hold_at", None),
                        ),
                        then=models.F("status_changed_at"),
                    ),
                    output_field=models.DateTimeField(),
                ),
                output_field=models.DateTimeField(),
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("term_began_at__isnull", False)),
                fields=["term_began_at"],
                name="admissions_lead_term",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", False)),
                fields=["erased_at"],
                name="admissions_lead_erased",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="close_reason",
            field=models.CharField(
                blank=True,
                choices=CLOSE_REASONS,
                max_length=24,
                verbose_name="close reason",
            ),
        ),
    ]
