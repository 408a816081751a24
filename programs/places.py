"""Pages and forms that are no texts of their own, as site search finds them."""

from django.urls import reverse
from django.utils.translation import gettext as _

from content.search_index import Entry


def places() -> tuple[Entry, ...]:
    """Return the entries; `also` holds words that a visitor may type and the page does not say."""
    page, form = _("Page"), _("Form")
    return (
        Entry(
            title=_("A week at a glance"),
            kind=page,
            address=reverse("programs:schedule"),
            body=_("A week of each track: which days, what time, and what happens in each hour."),
            also=_("schedule hours times timetable calendar"),
        ),
        Entry(
            title=_("Tracks"),
            kind=page,
            address=reverse("programs:track-list"),
            body=_("A track is the program for people who share an age, a past, a time of day."),
        ),
        Entry(
            title=_("What is inside the program"),
            kind=page,
            address=reverse("programs:component-list"),
            body=_("The parts of the program, from assessment to continuing care."),
            also=_("components services offered"),
        ),
        Entry(
            title=_("Which level of care?"),
            kind=page,
            address=reverse("programs:guide"),
            body=_("Eight plain questions about which level of care to talk about."),
            also=_("quiz self test screening do I need treatment"),
        ),
        Entry(
            title=_("Check your insurance"),
            kind=form,
            address="/admissions/insurance/",
            body=_("Admissions asks your plan what it pays for, and tells you what it says."),
            also=_("verify verification benefits coverage card"),
        ),
        Entry(
            title=_("Ask us to call you"),
            kind=form,
            address="/admissions/inquiry/",
            body=_("Leave a number and a good time, and admissions calls you back."),
            also=_("call back contact form message inquiry refer referral"),
        ),
        Entry(
            title=_("Book a time to talk"),
            kind=form,
            address="/admissions/consultation/",
            body=_("Choose a day and a time to talk with admissions, by phone or another way."),
            also=_("appointment consultation schedule a call visit video"),
        ),
        Entry(
            title=_("Ask for a written estimate"),
            kind=form,
            address="/admissions/estimate/",
            body=_("If you pay yourself, ask what care is expected to cost, in writing."),
            also=_("self-pay price cost good faith estimate uninsured cash"),
        ),
        Entry(
            title=_("See where your request stands"),
            kind=form,
            address="/admissions/status/",
            body=_("With your reference and your private code: what is done and what comes next."),
            also=_("status withdraw consent cancel delete my data reference code"),
        ),
    )
