"""The database itself refuses to change or remove an event, or to set the chain's head back.

Triggers, since a right can be given back by mistake and code can have faults. Whoever owns the
tables can still take a trigger off; what they change then is found by `manage.py verify_audit`.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import iop_site.fields

EVENTS, HEAD = "admissions_leadevent", "admissions_chainhead"
REFUSAL = "the audit chain is append-only"

POSTGRESQL = f"""
CREATE FUNCTION admissions_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER admissions_event_kept BEFORE UPDATE OR DELETE ON {EVENTS}
    FOR EACH ROW EXECUTE FUNCTION admissions_append_only();
CREATE TRIGGER admissions_events_kept BEFORE TRUNCATE ON {EVENTS}
    FOR EACH STATEMENT EXECUTE FUNCTION admissions_append_only();
CREATE TRIGGER admissions_head_forward BEFORE UPDATE ON {HEAD}
    FOR EACH ROW WHEN (NEW.sequence <= OLD.sequence) EXECUTE FUNCTION admissions_append_only();
CREATE TRIGGER admissions_head_kept BEFORE DELETE ON {HEAD}
    FOR EACH ROW EXECUTE FUNCTION admissions_append_only();
CREATE TRIGGER admissions_heads_kept BEFORE TRUNCATE ON {HEAD}
    FOR EACH STATEMENT EXECUTE FUNCTION admissions_append_only();
"""
_OFF = {
    EVENTS: ("admissions_event_kept", "admissions_events_kept"),
    HEAD: ("admissions_head_forward", "admissions_head_kept", "admissions_heads_kept"),
}
POSTGRESQL_BACK = (
    "".join(f"DROP TRIGGER {name} ON {table};" for table, names in _OFF.items() for name in names)
    + "DROP FUNCTION admissions_append_only();"
)

# SQLite has a trigger for each verb, and no TRUNCATE.
SQLITE = {
    f"admissions_{name}": f"BEFORE {verb} ON {table} {when} BEGIN"
    f" SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for name, verb, table, when in (
        ("event_unchanged", "UPDATE", EVENTS, ""),
        ("event_kept", "DELETE", EVENTS, ""),
        ("head_forward", "UPDATE", HEAD, "WHEN NEW.sequence <= OLD.sequence"),
        ("head_kept", "DELETE", HEAD, ""),
    )
}


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
    else:
        for name, what in SQLITE.items():
            schema_editor.execute(f"CREATE TRIGGER {name} {what}", params=None)


def lift(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK, params=None)
    else:
        for name in SQLITE:
            schema_editor.execute(f"DROP TRIGGER {name}", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("admissions", "0007_accounts_and_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Whoever comes later and has SQLite make this table anew must guard it anew: its triggers
        # go with the old one. `tests/admissions/test_audit_guard.py` says so.
        migrations.RunPython(guard, lift),
        # The auditor's page: by day, by who, by what; of a lead there is an index already.
        migrations.AddIndex(
            model_name="leadevent",
            index=models.Index(fields=["at", "id"], name="admissions_event_by_day"),
        ),
        migrations.AddIndex(
            model_name="leadevent",
            index=models.Index(fields=["actor", "at", "id"], name="admissions_event_by_actor"),
        ),
        migrations.AddIndex(
            model_name="leadevent",
            index=models.Index(fields=["kind", "at", "id"], name="admissions_event_by_kind"),
        ),
        # The accounting of disclosures (45 CFR 164.528).
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "day",
                    models.DateField(
                        default=django.utils.timezone.localdate, verbose_name="given on"
                    ),
                ),
                ("recipient", iop_site.fields.EncryptedTextField(verbose_name="to whom")),
                (
                    "address",
                    iop_site.fields.EncryptedTextField(
                        blank=True, verbose_name="their address, if known"
                    ),
                ),
                ("given", models.JSONField(default=list, verbose_name="what")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("treatment", "Care somewhere else"),
                            ("payment", "Paying for care"),
                            ("asked", "They asked us to"),
                            ("court", "A court, or the police"),
                            ("oversight", "An agency that oversees us"),
                            ("emergency", "A medical emergency"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                        verbose_name="what for",
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("consent", "Written consent (42 CFR 2.31; 45 CFR 164.508)"),
                            (
                                "law",
                                "Required by law, such as a court order (45 CFR 164.512; 42 CFR 2.61)",
                            ),
                            ("emergency", "A medical emergency (42 CFR 2.51)"),
                            ("other", "Something else that the law allows"),
                        ],
                        max_length=12,
                        verbose_name="allowed by",
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="admissions.consent",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disclosures",
                        to="admissions.lead",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="disclosures",
                        to="admissions.outboundreferral",
                    ),
                ),
            ],
            options={
                "verbose_name": "disclosure",
                "ordering": ["-day", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("consent", None), ("basis", "consent"), _connector="OR"
                        ),
                        name="admissions_disclosure_consent",
                    )
                ],
            },
        ),
    ]
