"""A form that its protection refused comes back with everything that was typed, to send again."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from admissions import triage
from admissions.models import Lead, LeadNote
from tests.admissions.calendar_tools import offer, set_rules, take
from tests.factories import inquiry_post
from tests.iop_site.test_sign_in import PASSWORD, sign_in
from tests.iop_site.test_views import assert_helps_without_promising
from tests.pages import fields_of

pytestmark = pytest.mark.django_db
TYPED = "Zebedee-canary"
TEXT = 'Two lines,\r\n<b>"both"</b> & all of it. Ελπίδα'
START = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


@pytest.fixture
def guarded() -> Client:
    """A browser whose forms are checked for their protection, as they are in production."""
    return Client(enforce_csrf_checks=True)


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def note_page(lead: Lead) -> str:
    return f"/admin/admissions/lead/{lead.pk}/note/"


def kept_of(response: HttpResponse) -> dict[str, str]:
    """Return what the page would send again, as a browser does."""
    assert response.status_code == 403
    assert "no-store" in response.headers["Cache-Control"]
    assert_helps_without_promising_cookies(response)
    return fields_of(response.content)


def assert_helps_without_promising_cookies(response: HttpResponse) -> None:
    text = text_of(response)
    assert "tel:988" in text
    assert "not sent" in text
    assert "thank" not in text.lower()


# -- public forms


def test_form_without_its_cookie_is_shown_again_with_what_was_typed(
    guarded: Client, starter_content: None
) -> None:
    response = guarded.post("/admissions/inquiry/myself/", inquiry_post(first_name=TYPED))
    assert response.status_code == 403
    assert f'value="{TYPED}"' in text_of(response)
    assert "allow cookies" in text_of(response).lower()
    assert "no-store" in response.headers["Cache-Control"]


def test_form_shown_again_for_its_cookie_can_then_be_sent(
    guarded: Client, starter_content: None
) -> None:
    fields = inquiry_post(first_name=TYPED)
    guarded.post("/admissions/inquiry/myself/", fields)
    token = guarded.cookies["csrftoken"].value
    response = guarded.post("/admissions/inquiry/myself/", fields | {"csrfmiddlewaretoken": token})
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admissions/sent/")


def test_press_of_a_button_without_its_cookie_can_be_made_again(
    guarded: Client, lead: Lead
) -> None:
    set_rules()
    offer(START.weekday(), "09:00", "17:00")
    with time_machine.travel(START - timedelta(days=1), tick=False):
        consultation = take(lead, START)
        address = f"/admissions/appointment/{consultation.token}/cancel/"
        kept = kept_of(guarded.post(address, {}))
        assert guarded.post(address, kept)["Location"].endswith(f"/{consultation.token}/")
    consultation.refresh_from_db()
    assert consultation.state == "cancelled"


@pytest.mark.parametrize("address", ["/contact/", "/faq/", "/admin/account/login/"])
def test_any_other_address_without_its_cookie_is_403(
    guarded: Client, starter_content: None, address: str
) -> None:
    response = guarded.post(address, {"login": TYPED, "password": TYPED})
    assert response.status_code == 403
    assert_helps_without_promising(response)
    assert TYPED not in text_of(response)


# -- forms of the desk


def test_note_from_a_page_older_than_the_sign_in_is_sent_again_by_one_press(
    guarded: Client, coordinator: User, lead: Lead
) -> None:
    guarded.force_login(coordinator)
    triage.claim(lead=lead, by=coordinator)
    lead.refresh_from_db()
    sent = {"version": str(lead.version), "text": TEXT, "csrfmiddlewaretoken": "x" * 64, "none": ""}
    response = guarded.post(note_page(lead), sent)
    kept = kept_of(response)
    assert not LeadNote.objects.exists()
    assert kept.pop("csrfmiddlewaretoken") != "x" * 64
    assert kept.pop("text").split() == TEXT.split()
    search = {"q": ""}  # of the page's head
    assert kept == {"sent_again": "1", "version": str(lead.version), "none": "", **search}
    assert "<b>" not in text_of(response)
    assert "Two lines," in text_of(response).partition("What you typed</h2>")[2]
    kept = fields_of(response.content) | {"text": TEXT}
    assert guarded.post(note_page(lead), kept).status_code == 302
    assert LeadNote.objects.get().text.split() == TEXT.split()


def test_browser_that_keeps_no_cookie_is_told_so(lead: Lead) -> None:
    first = kept_of(Client(enforce_csrf_checks=True).post(note_page(lead), {"text": TEXT}))
    response = Client(enforce_csrf_checks=True).post(note_page(lead), first)
    assert "does not keep the cookie" in text_of(response)
    assert kept_of(response)["text"].split() == TEXT.split()


def test_values_that_come_twice_are_all_kept_and_a_password_never(
    guarded: Client, lead: Lead
) -> None:
    response = guarded.post(
        note_page(lead),
        {
            "topic": ["first choice", "second choice"],
            "new_password1": TYPED,
            "photo": SimpleUploadedFile("a.jpg", TYPED.encode()),
        },
    )
    text = text_of(response)
    assert 'value="first choice"' in text
    assert 'value="second choice"' in text
    assert "choose it again" in text
    assert TYPED not in text


@pytest.mark.shows("ASVS 3.5.1")
@pytest.mark.parametrize("origin", ["https://evil.example.org", "null", "http://testserver:81"])
def test_what_another_site_sent_is_no_form_to_send(
    guarded: Client, coordinator: User, lead: Lead, origin: str
) -> None:
    guarded.force_login(coordinator)
    response = guarded.post(note_page(lead), {"text": TYPED}, headers={"origin": origin})
    assert response.status_code == 403
    assert TYPED not in text_of(response)
    assert "<form" not in text_of(response).partition("<main")[2]


def test_query_of_the_address_is_kept_and_escaped(guarded: Client, lead: Lead) -> None:
    response = guarded.post(note_page(lead) + '?a="><script>1</script>', {"text": TYPED})
    assert "<script>1" not in text_of(response)
    assert f'action="{note_page(lead)}?a=' in text_of(response)


# -- a desk that was left alone


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 403), ({"sec-fetch-site": "cross-site"}, 302)]
)
def test_text_sent_after_the_session_ended_is_kept_until_after_the_sign_in(
    coordinator: User, lead: Lead, headers: dict[str, str], status: int
) -> None:
    client = Client(enforce_csrf_checks=True)
    with time_machine.travel(START) as clock:
        page = fields_of(client.get("/admin/account/login/").content)
        client.post(
            "/admin/account/login/",
            {**page, "login": coordinator.username, "password": PASSWORD},
        )
        assert client.get("/admin/").status_code == 200
        clock.shift(15 * 60 + 1)
        typed = {"version": str(lead.version), "text": TEXT}
        response = client.post(note_page(lead), typed, headers=headers)
        assert response.status_code == status
        if status == 302:
            return
        assert "signed out because nobody was active" in text_of(response)
        kept = kept_of(response)
        # In another tab they sign in; the page here is then sent, asked again, and sent.
        page = fields_of(client.get("/admin/account/login/").content)
        client.post(
            "/admin/account/login/",
            {**page, "login": coordinator.username, "password": PASSWORD},
        )
        kept = kept_of(client.post(note_page(lead), kept))
        assert client.post(note_page(lead), kept).status_code == 302
    assert LeadNote.objects.get().text.split() == TEXT.split()


def test_account_pages_keep_nothing_of_an_ended_session(client: Client, coordinator: User) -> None:
    with time_machine.travel(START) as clock:
        sign_in(client, coordinator)
        client.get("/admin/")
        clock.shift(15 * 60 + 1)
        response = client.post("/admin/account/password/change/", {"oldpassword": TYPED})
    assert response.status_code == 302
