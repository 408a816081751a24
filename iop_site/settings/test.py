"""Tests: fixed keys, mail in memory, and a database in a temporary folder of its own."""

import os
import tempfile

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="iop-test-"))
os.environ.setdefault("SECRET_KEY", "for-tests-only-" + "x" * 40)
os.environ.setdefault("FIELD_KEYS", "k1:" + "A" * 43)
os.environ.setdefault("INDEX_KEYS", "k1:" + "B" * 42 + "A")
os.environ.setdefault("SPAM_MINIMUM_SECONDS", "0")  # a test types faster than a person

from .base import STORAGES
from .development import *  # noqa: F403
from .development import DATA_DIR, DATABASES, STATIC_ROOT

STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns where it is missing
AUDIT_HEADS = DATA_DIR / "nowhere" / "heads"  # tests share the folder; who writes heads says where
SITE_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and only here
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads then meet the locks that the site has.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
