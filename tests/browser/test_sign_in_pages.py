"""Signing in as people do it: an app, a recovery code, a passkey, and a desk that is left alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import tools
from tests.iop_site.test_sign_in import code
from tests.server import PASSWORD, Site

ACCOUNT = "/admin/account/"
PHONE = {"width": 390, "height": 700}
# What anybody can open, and what a member of staff can; the others come on the way.
OUTSIDE = ["login/", "password/reset/", "password/reset/done/", "password/reset/key/1-bad/"]
OUTSIDE += ["password/reset/key/done/", "inactive/"]
INSIDE = ["second-factor/", "second-factor/recovery-codes/", "second-factor/totp/deactivate/"]
INSIDE += ["second-factor/recovery-codes/generate/", "second-factor/webauthn/", "sessions/"]
INSIDE += ["second-factor/webauthn/add/", "password/change/", "reauthenticate/", "logout/"]


@pytest.fixture(scope="module")
def people(site: Site) -> None:
    """Two more members of staff, without a second factor."""
    for name in ("riley", "sasha"):
        site.manage("create_staff", f"{name}@example.org", "--role", "coordinator")


def look(page: Page) -> list[str]:
    """Return what is wrong with the open page, narrow and wide, by day and by night."""
    found = []
    for size in (PHONE, tools.WIDE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            tools.settle(page)
            faults = [*tools.axe(page), *tools.sideways(page)]
            found += [f"{page.url} {size['width']} {scheme}: {one}" for one in faults]
    return found


def give_password(page: Page, name: str) -> None:
    page.goto(f"{ACCOUNT}login/")
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto(f"{ACCOUNT}logout/")
    page.locator("#content form button").click()
    page.wait_for_url(f"**{ACCOUNT}login/")


@pytest.mark.usefixtures("people")
def test_app_and_recovery_code_open_the_desk_by_pages_that_anybody_can_read(
    new_visitor: Any, site: Site
) -> None:
    page = new_visitor(bypass_csp=True)  # for axe
    faults: list[str] = []

    def look_at(addresses: list[str]) -> None:
        for address in addresses:
            page.goto(ACCOUNT + address)
            faults.extend(look(page))

    look_at(OUTSIDE)
    give_password(page, "riley")
    page.wait_for_url("**/admin/")
    look_at(["second-factor/totp/activate/"])
    page.get_by_label("Authenticator code").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    faults += look(page)
    secret = page.locator("#authenticator-key").inner_text()
    page.get_by_label("Authenticator code").fill(code(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("The authenticator app is on.")).to_be_visible()
    look_at(INSIDE)
    page.goto(f"{ACCOUNT}second-factor/recovery-codes/")
    spare = page.locator("#recovery_codes code").first.inner_text()

    for proof in (spare, code(secret)):
        sign_out(page)
        give_password(page, "riley")
        page.wait_for_url("**/second-factor/authenticate/")
        faults += look(page)
        # An app's code opens once in its half minute; the test has just used it.
        site.manage("shell", "-c", "from django.core.cache import cache; cache.clear()")
        page.get_by_label("Code").fill(code(secret) if proof != spare else spare)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/admin/")
    assert faults == []


@contextmanager
def authenticator(page: Page) -> Iterator[Any]:
    """Plug a device into the browser that holds passkeys and knows its owner."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})

    def knows(owner: bool) -> None:
        known = {"authenticatorId": made["authenticatorId"], "isUserVerified": owner}
        devtools.send("WebAuthn.setUserVerified", known)

    yield knows
    devtools.send("WebAuthn.disable")


@pytest.mark.usefixtures("people")
def test_passkey_opens_the_desk_without_a_password(new_visitor: Any, site: Site) -> None:
    here = f"http://localhost:{site.port}"  # a passkey belongs to a name, not to a number
    page = new_visitor(base_url=here, also=(here,))
    with authenticator(page) as knows:
        give_password(page, "sasha")
        page.wait_for_url("**/admin/")
        page.goto(f"{ACCOUNT}second-factor/webauthn/add/")
        page.get_by_label("What to call it").fill("My laptop")
        page.get_by_role("button", name="Add it").click()
        expect(page.get_by_text("Your passkey is added.")).to_be_visible()
        page.goto(f"{ACCOUNT}second-factor/webauthn/")
        expect(page.get_by_role("rowheader", name="My laptop")).to_be_visible()

        sign_out(page)
        knows(False)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_text("That did not work, or it was cancelled.")).to_be_visible()
        knows(True)
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/admin/")
        assert page.get_by_role("heading", name="Work queue").is_visible()


def test_desk_that_is_left_alone_asks_and_then_covers_itself(desk: Page) -> None:
    desk.clock.install()
    desk.goto("/admin/")
    dialog = desk.locator("#idle")
    desk.clock.fast_forward("12:59")
    expect(dialog).not_to_be_visible()
    desk.clock.fast_forward("00:02")
    expect(dialog).to_be_visible()
    expect(desk.get_by_role("dialog", name="Are you still there?")).to_be_visible()
    with desk.expect_response("**/admin/stay/") as answer:
        desk.keyboard.press("Enter")  # the focus is on the button
    assert answer.value.ok
    expect(dialog).not_to_be_visible()

    desk.clock.fast_forward("13:01")
    expect(dialog).to_be_visible()
    desk.clock.fast_forward("02:01")
    expect(dialog.get_by_text("You were signed out.")).to_be_visible()
    expect(desk.locator("#container")).not_to_be_visible()
