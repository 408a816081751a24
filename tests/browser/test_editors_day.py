"""An editor's day: write, preview, have it reviewed, schedule, publish, correct, roll back."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser import tools
from tests.server import Site

WRITTEN = "/articles/what-to-pack-for-an-evening-group/"


def test_a_text_is_written_reviewed_published_corrected_and_rolled_back(
    new_visitor: Any, site: Site
) -> None:
    site.manage("create_staff", "eva@example.org", "--role", "content editor")
    site.manage("create_staff", "rui@example.org", "--role", "clinical reviewer")
    editor, reviewer, public = new_visitor(), new_visitor(), new_visitor(also=())
    tools.sign_in(editor, "eva@example.org")
    expect(editor.locator("main")).to_contain_text("Published without a clinical sign-off")

    # The reviewer's sign-in gets a name and credentials.
    editor.goto("/admin/content/person/add/")
    editor.locator("#id_key").fill("sample-reviewer-two")
    editor.locator("#id_name").fill("Sample Reviewer Two")
    editor.locator("#id_credentials").fill("LICSW (sample)")
    editor.locator("#id_role").fill("Clinical reviewer")
    editor.locator("#id_user").select_option(label="rui@example.org")
    editor.get_by_role("button", name="Save", exact=True).click()

    # Write.
    editor.goto("/admin/content/article/add/")
    editor.locator("#id_title").fill("What to pack for an evening group")
    editor.locator("#id_summary").fill("A short list for the first evening, and what to leave.")
    editor.locator("#id_body").fill("## Bring\n\nWater and a **notebook**.")
    editor.locator("#id_author").select_option(label="Editorial team")
    editor.locator("#id_next_review_on").fill("2099-01-01")
    editor.get_by_role("button", name="Save and continue editing").click()
    expect(editor.locator("#publishing-h")).to_contain_text("Draft")
    change_page = editor.url

    # Preview what is not saved, at the public look.
    editor.locator("#id_body").fill("## Bring\n\nWater and a **pencil**.")
    with editor.context.expect_page() as opened:
        editor.get_by_role("button", name="Preview without saving").click()
    expect(opened.value.locator("main")).to_contain_text("pencil")
    assert opened.value.locator("h1").inner_text() == "What to pack for an evening group"
    opened.value.close()
    editor.get_by_role("button", name="Save and continue editing").click()

    # A preview link that somebody without a sign-in can open, while the address itself is closed.
    link = editor.get_by_label("Preview link").input_value()
    public.goto(link)
    expect(public.locator("main")).to_contain_text("pencil")

    # Review: not by the one who wrote it, but by the one whose role it is.
    editor.get_by_role("button", name="Send for review").click()
    editor.get_by_role("button", name="Sign off").click()
    expect(editor.locator(".messagelist")).to_contain_text("Your role does not include this.")
    tools.sign_in(reviewer, "rui@example.org")
    reviewer.get_by_role("link", name="What to pack for an evening group").click()
    reviewer.get_by_role("button", name="Sign off").click()
    expect(reviewer.locator(".messagelist")).to_contain_text("Signed off with your name")

    # Schedule, think again, publish now.
    editor.goto(change_page)
    editor.get_by_label("Publish at").fill("2098-01-01T08:00")
    editor.get_by_role("button", name="Schedule").click()
    expect(editor.locator("#publishing-h")).to_contain_text("Scheduled")
    editor.get_by_role("button", name="Publish now").click()
    expect(editor.locator("#publishing-h")).to_contain_text("Published")
    public.goto(WRITTEN)
    expect(public.locator("main")).to_contain_text("Sample Reviewer Two")

    # Correct it: the sign-off is gone, the address leads on.
    editor.locator("#id_body").fill("## Bring\n\nNothing at all.")
    editor.locator("#id_slug").fill("what-to-bring")
    editor.get_by_role("button", name="Save and continue editing").click()
    expect(editor.locator(".messagelist")).to_contain_text("its clinical sign-off is gone")
    public.goto(WRITTEN)
    assert tools.path_of(public) == "/articles/what-to-bring/"
    expect(public.locator("main")).to_contain_text("Nothing at all.")
    expect(public.locator("main")).to_contain_text(re.compile("not yet reviewed", re.IGNORECASE))

    # Roll back.
    editor.get_by_role("link", name="History").click()
    expect(editor.locator("del", has_text="pencil")).to_be_visible()
    assert tools.axe(editor) == []
    editor.locator("section", has_text="Edited: body").nth(1).get_by_role("button").click()
    expect(editor.locator(".messagelist")).to_contain_text("Rolled back")
    public.goto(WRITTEN)
    expect(public.locator("main")).to_contain_text("pencil")
    public.goto("/articles/what-to-bring/")
    assert tools.path_of(public) == WRITTEN

    # Off the site.
    editor.get_by_role("button", name="Archive").click()
    expect(editor.locator("#publishing-h")).to_contain_text("Archived")
    answer = public.request.get(WRITTEN)
    assert answer.status == 404
