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
    "iop_site.apps.StaffSiteConfig",  # django.contrib.admin with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.humanize",  # for the pages of allauth
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "admissions.apps.AdmissionsConfig",  # after those whose admin pages it replaces
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
    "iop_site.middleware.GuardMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "iop_site.compression.CompressionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "iop_site.staff_session.StaffSessionMiddleware",
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
# Bytes of a whole request. Two photos, each far above what a form takes, so that the form itself
# can say so; whatever is larger is not read at all.
BODY_LIMIT = 64 * 1024 * 1024

# -- staff sign-in
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Counts of failed sign-ins (allauth), in the database: shared by all processes and machines.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "iop_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
ACCOUNT_ADAPTER = "iop_site.sign_in.AccountAdapter"
ACCOUNT_FORMS = {"login": "iop_site.sign_in.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}  # the name is the person's own e-mail address
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # nobody signs up: the adapter says so
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever is invited has read the invitation
# No mail to strangers, and nothing that tells who works here.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True  # "a passkey was added to your account"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session stays; all others end
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_RATE_LIMITS = {"login_failed": "20/10m/ip,5/10m/key", "login": "60/m/ip"}
MFA_FORMS = {"add_webauthn": "iop_site.sign_in.PasskeyForm"}
MFA_ADAPTER = "iop_site.sign_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # see ACCOUNT_EMAIL_VERIFICATION
MFA_RECOVERY_CODE_COUNT = 10
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # seconds: how long an invitation can be used
STAFF_IDLE_SECONDS = 15 * 60  # a desk left alone is signed out (45 CFR 164.312(a)(2)(iii))
SESSION_COOKIE_AGE = 8 * 60 * 60  # seconds: one shift at the most
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "iop_site.message_storage.MessageStorage"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = None  # gone when the browser closes
CSRF_FAILURE_VIEW = "iop_site.unsent.csrf_failure"

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
        "report-to": "csp",
        "report-uri": "/csp-reports",  # for browsers without the Reporting API
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
