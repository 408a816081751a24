"""Settings shared by every environment. What differs is in the modules beside this one."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    "iop_site.apps.SiteConfig",
    "programs.apps.ProgramsConfig",
    "content.apps.ContentConfig",
    "admissions.apps.AdmissionsConfig",
    "iop_site.apps.StaffSiteConfig",  # django.contrib.admin with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "crispy_forms",
    "csp",
]

MIDDLEWARE = [
    "iop_site.middleware.RequestLogMiddleware",
    "iop_site.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "iop_site.compression.CompressionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "iop_site.urls"
WSGI_APPLICATION = "iop_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "iop_site.context_processors.site",
            ],
        },
    },
]

# -- language and time
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/New_York"

# -- static files: hashed names, brotli and gzip made at collectstatic
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Files under a hashed name never change; robots and the like are views, not static files.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# -- forms: the own template pack, with the faults of a template shown, not swallowed
CRISPY_TEMPLATE_PACK = "iop"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("iop",)
CRISPY_FAIL_SILENTLY = False
PHONENUMBER_DEFAULT_REGION = "US"  # a number without a country code is read as one of here

# A form of ours is a few kilobytes; the largest honest one stays far below this.
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# Files (a card's two sides from families, pictures of texts from editors) are counted apart, and
# never on the disk. The size is that of one file; a form may allow less.
FILE_UPLOAD_HANDLERS = ["iop_site.uploads.LimitedMemoryUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 15 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 2

# -- staff sign-in
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
SESSION_COOKIE_AGE = 8 * 60 * 60  # seconds: one shift at the most
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = None  # gone when the browser closes
CSRF_FAILURE_VIEW = "iop_site.views.csrf_failure"

# -- what every answer carries (the rest is set by iop_site.middleware)
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY: dict[str, dict[str, Any]] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

# -- mail
EMAIL_TIMEOUT = 10  # seconds; Django's default waits for ever
DEFAULT_FROM_EMAIL = "messages@localhost"

# -- logs: one JSON object a line, only allow-listed keys, never a value that a person typed
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "iop_site.logs.AllowListFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        # Each 4xx would be a warning with the path a visitor typed; RequestLogMiddleware has them.
        "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}

# -- admissions
UNREACHABLE_ATTEMPTS = 5  # logged attempts before a lead may be closed as unreachable
MERGE_UNDO_DAYS = 30  # for so long two leads that were merged can be taken apart again
FIRST_ATTEMPT_PROMISE_MINUTES = 15  # after that a lead without an attempt is overdue
UNCLAIMED_ESCALATION_MINUTES = 15  # of working time after that, until a manager is told
# The status page: how long a link to it works, and how many wrong tries there are for its code.
STATUS_LINK_SECONDS = 30 * 60
STATUS_TRIES_PER_ADDRESS = 20  # in a quarter of an hour, from one network address
STATUS_TRIES_PER_REFERENCE = 10  # an hour, from anywhere
# What makes a form suspect (`admissions.spam`); suspects are held for staff, never refused.
SPAM_CONTACT_LIMIT = 6  # forms a day with one phone or e-mail
SPAM_ADDRESS_LIMIT = 20  # forms an hour from one network address, beside another reason
SPAM_ADDRESS_FLOOD = 500  # the same without any other reason
