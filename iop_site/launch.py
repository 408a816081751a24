"""The launch checklist: reads the database and says what is still missing, in sections."""

from dataclasses import dataclass
from datetime import date

from django.core.checks import run_checks
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions.models import Availability, ConsentWording, Lead, WorkingHours
from content.models import Page, Person, Source, text_models
from iop_site import launch_items as look
from iop_site.launch_items import Item
from programs.models import Location, Payer, ProviderProfile, ScheduleBlock


@dataclass(frozen=True)
class Section:
    title: str
    items: list[Item]


def checklist(today: date | None = None) -> list[Section]:
    """Return everything there is to do, in sections; about 20 queries and the deployment checks."""
    today = today or timezone.localdate()
    profile = ProviderProfile.objects.first()
    current = ConsentWording.objects.order_by("topic", "language", "version")
    newest = {(one.topic, one.language): one for one in current}
    found = (
        (_("Licence and advertising"), look.licence_items(profile)),
        (_("What the provider must say"), look.provider_items(profile)),
        (
            _("Samples"),
            look.sample_items(
                people=Person.objects.filter(is_sample=True),
                locations=Location.objects.filter(is_sample=True),
                blocks=ScheduleBlock.objects.filter(is_sample=True).count(),
                demo_leads=Lead.objects.filter(is_demo=True).count(),
            )
            + look.payer_items(Payer.objects.all()),
        ),
        (
            _("Calendar"),
            look.calendar_items(
                has_hours=WorkingHours.objects.exists(),
                has_consultations=Availability.objects.exists(),
            ),
        ),
        (_("Consent wordings"), look.consent_items(newest.values())),
        (
            _("Texts"),
            [
                item
                for model in text_models()
                for item in look.text_items(
                    model, model._default_manager.published().defer("body"), today
                )
            ]
            + look.source_items(Source.objects.all(), today)
            + look.language_items(Page.objects.published()),
        ),
        (
            _("The server"),
            look.system_items(
                run_checks(
                    tags=["security", "database"], include_deployment_checks=True, databases=[]
                )
            ),
        ),
        (
            _("What has to be looked up elsewhere"),
            look.by_hand_items(Page.objects.filter(slug="privacy").first()),
        ),
    )
    return [Section(title, sorted(items, key=lambda one: one.severity)) for title, items in found]
