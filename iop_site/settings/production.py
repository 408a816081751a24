"""Production: no default for a secret, HTTPS only, and a start that fails where one is missing."""

from pathlib import Path
from urllib.parse import urlsplit

from django.http.request import validate_host

from iop_site import env
from iop_site.crypto import parse_keys
from iop_site.master_key import master_keys

from .base import *  # noqa: F403
from .base import BASE_DIR, CONTENT_SECURITY_POLICY

DEBUG = False
DATA_DIR = env.directory("DATA_DIR", BASE_DIR / "var")
PORT = env.integer("PORT", 8000, low=1, high=65535)

SECRET_KEY = env.text("SECRET_KEY")
if len(SECRET_KEY) < 43:
    raise env.ConfigurationError("SECRET_KEY must have at least 43 characters.")
MASTER_KEYS = master_keys()
# With a master key those in the database are enough (docs/keys.md).
_DEFAULT = "" if MASTER_KEYS else None
_is_optional = bool(MASTER_KEYS)
FIELD_KEYS = parse_keys("FIELD_KEYS", env.words("FIELD_KEYS", _DEFAULT), optional=_is_optional)
INDEX_KEYS = parse_keys("INDEX_KEYS", env.words("INDEX_KEYS", _DEFAULT), optional=_is_optional)

SITE_URL = env.text("SITE_URL").rstrip("/")
if not SITE_URL.startswith("https://"):
    raise env.ConfigurationError("SITE_URL must start with https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
if "*" in ALLOWED_HOSTS:
    raise env.ConfigurationError("ALLOWED_HOSTS must name the hosts; '*' is not allowed.")
if not validate_host(urlsplit(SITE_URL).hostname or "", ALLOWED_HOSTS):
    raise env.ConfigurationError("ALLOWED_HOSTS does not name the host of SITE_URL.")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", SITE_URL)
if not all(one.startswith("https://") and "*" not in one for one in CSRF_TRUSTED_ORIGINS):
    raise env.ConfigurationError("CSRF_TRUSTED_ORIGINS must be whole https:// origins.")
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, low=0, high=5)
SPAM_MINIMUM_SECONDS = env.integer("SPAM_MINIMUM_SECONDS", 3, low=0, high=60)
SECURITY_CONTACT = env.contacts("SECURITY_CONTACT")
SECURITY_POLICY_URL = env.text("SECURITY_POLICY_URL", "")

DATABASES = {"default": env.database("DATABASE_URL")}
STATIC_ROOT = env.directory("STATIC_ROOT", DATA_DIR / "static")

# -- mail through a server that speaks TLS
vars().update(env.mail("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL")

# The audit's daily heads: in production on another volume than the database.
AUDIT_HEADS = Path(env.text("AUDIT_HEADS", str(DATA_DIR / "audit-heads.jsonl")))

STAFF_SECOND_FACTOR = env.boolean("STAFF_SECOND_FACTOR", True)

# -- HTTPS, told by the proxy in front, which must set (not pass on) X-Forwarded-Proto
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]  # asked by the machine itself, without a proxy
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {**CONTENT_SECURITY_POLICY["DIRECTIVES"], "upgrade-insecure-requests": True},
}
