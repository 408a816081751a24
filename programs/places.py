"""Pages and forms that are no texts of their own, as site search finds them."""

from django.urls import reverse
from django.utils.translation import gettext as _

from content.search_index import Entry


def places() -> tuple[Entry, ...]:
    """Return the entries; `also` holds words that a visitor may type and the page does not say."""
    page, form = _("Page"), _("Form")
    return (
        Entry(_("A week at a glance"), page, reverse("programs:schedule"),
              _("A week of each track: which days, what time, and what happens in each hour."),
              also=_("schedule hours times timetable calendar")),
        Entry(_("Tracks"), page, reverse("programs:track-list"),
              _("A track is the program for people who share an age, a past, a time of day.")),
        Entry(_("What is inside the program"), page, reverse("programs:component-list"),
              _("The parts of the program, from assessment to continuing care."),
              also=_("components services offered")),
        Entry(_("Which level of care?"), page, reverse("programs:guide"),
              _("Eight plain questions about which level of care to talk about."),
              also=_("quiz self test screening do I need treatment")),
        Entry(_("Check your insurance"), form, "/admissions/insurance/",
              _("Admissions asks your plan what it pays for, and tells you what it says."),
              also=_("verify verification benefits coverage card")),
        Entry(_("Ask us to call you"), form, "/admissions/inquiry/",
              _("Leave a number and a good time, and admissions calls you back."),
              also=_("call back contact form message inquiry refer referral")),
        Entry(_("Book a time to talk"), form, "/admissions/consultation/",
              _("Choose a day and a time to talk with admissions, by phone or another way."),
              also=_("appointment consultation schedule a call visit video")),
        Entry(_("Ask for a written estimate"), form, "/admissions/estimate/",
              _("If you pay yourself, ask what care is expected to cost, in writing."),
              also=_("self-pay price cost good faith estimate uninsured cash")),
        Entry(_("See where your request stands"), form, "/admissions/status/",
              _("With your reference and your private code: what is done and what comes next."),
              also=_("status withdraw consent cancel delete my data reference code")),
    )  # fmt: skip
