"""`make run` and `manage.py` on one's own machine: everything lives in DATA_DIR (./var).

Behaves as production does, but for plain HTTP, keys generated into DATA_DIR and mail written to
files there. The name of a setting here means the same in production.
"""

from pathlib import Path

from iop_site import env
from iop_site.crypto import parse_keys
from iop_site.master_key import master_keys

from .base import *  # noqa: F403
from .base import BASE_DIR

DATA_DIR = env.directory("DATA_DIR", BASE_DIR / "var")
_KEYS = DATA_DIR / "keys"

DEBUG = False
SECRET_KEY = env.text("SECRET_KEY", "") or env.generated_secret(_KEYS, "secret_key")
MASTER_KEYS = master_keys()
FIELD_KEYS = parse_keys(
    "FIELD_KEYS",
    env.words("FIELD_KEYS", "") or ["k1:" + env.generated_secret(_KEYS, "field_key")],
)
INDEX_KEYS = parse_keys(
    "INDEX_KEYS",
    env.words("INDEX_KEYS", "") or ["k1:" + env.generated_secret(_KEYS, "index_key")],
)

PORT = env.integer("PORT", 8000, low=1, high=65535)
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, low=0, high=5)
SPAM_MINIMUM_SECONDS = env.integer("SPAM_MINIMUM_SECONDS", 3, low=0, high=60)
SECURITY_CONTACT = env.contacts("SECURITY_CONTACT")
SECURITY_POLICY_URL = env.text("SECURITY_POLICY_URL", "")

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'iop.sqlite3'}")}
STATIC_ROOT = DATA_DIR / "static"

# The audit's daily heads: in production on another volume than the database.
AUDIT_HEADS = Path(env.text("AUDIT_HEADS", str(DATA_DIR / "audit-heads.jsonl")))

STAFF_SECOND_FACTOR = env.boolean("STAFF_SECOND_FACTOR", False)

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "messages@localhost")

SILENCED_SYSTEM_CHECKS = [
    # Plain HTTP on one's own machine; production.py sets and checks them all.
    "security.W004",
    "security.W008",
    "security.W012",
    "security.W016",
]
