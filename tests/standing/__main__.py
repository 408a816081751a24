"""`python -m tests.standing [--write]`: is docs/security.md up to date? Or make it so."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop_site.settings.test")
django.setup()

from tests.standing.document import FILE, written  # noqa: E402  needs the settings

now = FILE.read_text()
new = written(now)
if "--write" in sys.argv:
    FILE.write_text(new)
elif new != now:
    sys.exit("docs/security.md is not up to date: python -m tests.standing --write")
