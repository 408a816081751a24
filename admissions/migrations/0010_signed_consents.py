"""Signed consents to give records to others (42 CFR 2.31), and which one a disclosure is by."""

import django.db.models.deletion
import django.utils.timezone
import iop_site.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('admissions', '0009_retention_and_erasure'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SignedConsent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('patient', iop_site.fields.EncryptedTextField(verbose_name="patient's name, as on the paper")),
                ('discloser', models.CharField(max_length=200, verbose_name='who may give it')),
                ('recipient', iop_site.fields.EncryptedTextField(verbose_name='to whom')),
                ('given', models.JSONField(default=list, verbose_name='what')),
                ('purpose', models.CharField(choices=[('treatment', 'Care somewhere else'), ('payment', 'Paying for care'), ('asked', 'They asked us to'), ('court', 'A court, or the police'), ('oversight', 'An agency that oversees us'), ('emergency', 'A medical emergency'), ('other', 'Something else')], max_length=12, verbose_name='what for')),
                ('signed_on', models.DateField(verbose_name='signed on')),
                ('signed_by', iop_site.fields.EncryptedTextField(blank=True, verbose_name='signed by, if not the patient')),
                ('expires_on', models.DateField(verbose_name='holds until')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='recorded')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
            ],
            options={
                'verbose_name': 'signed consent',
                'ordering': ['-signed_on', '-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='disclosure',
            name='admissions_disclosure_consent',
        ),
        migrations.AddField(
            model_name='signedconsent',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signedconsent',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signed_consents', to='admissions.lead'),
        ),
        migrations.AddField(
            model_name='disclosure',
            name='signed',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='disclosures', to='admissions.signedconsent'),
        ),
        migrations.AddConstraint(
            model_name='disclosure',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('consent', None), ('signed', None)), ('basis', 'consent'), _connector='OR'), name='admissions_disclosure_consent'),
        ),
        migrations.AddConstraint(
            model_name='signedconsent',
            constraint=models.CheckConstraint(condition=models.Q(('expires_on__gte', models.F('signed_on'))), name='admissions_signed_in_order'),
        ),
    ]
