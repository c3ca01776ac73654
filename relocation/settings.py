"""Every setting, in one place. What differs between installations comes from the environment; a value that cannot be
used stops the program with a sentence that names the variable, the value and the remedy."""

import secrets
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from relocation import embedded, environment

VERSION = "1.0.0"
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = (BASE_DIR / environment.text("DATA_DIR", ".local")).resolve()

# Time and demo
TODAY = environment.day("TODAY")
DEMO = environment.choice("DEMO", ("none", "county", "province", "nation"), "county")
DEMO_PASSWORD = environment.text("DEMO_PASSWORD") or environment.kept_secret(
    DATA_DIR, "demo-password", lambda: secrets.token_urlsafe(9)
)

# Keys: made once and kept in DATA_DIR where the environment names none
SECRET_KEY = environment.text("SECRET_KEY") or environment.kept_secret(
    DATA_DIR, "secret-key", lambda: secrets.token_urlsafe(48)
)
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY is too short: use at least 32 random characters.")
FIELD_KEYS: dict[int, bytes] = environment.field_keys(
    "FIELD_KEYS",
    ""
    if environment.text("FIELD_KEYS")
    else environment.kept_secret(DATA_DIR, "field-keys", environment.new_field_keys),
)

# Address
PORT = environment.integer("PORT", 8000, 1, 65535)
_site = environment.site_url("SITE_URL", f"http://localhost:{PORT}")
SITE_URL = f"{_site.scheme}://{_site.netloc}"
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS", sorted({_site.hostname, "localhost", "127.0.0.1", "[::1]"}))
CSRF_TRUSTED_ORIGINS = [SITE_URL]

DEBUG = False
ROOT_URLCONF = "relocation.urls"
WSGI_APPLICATION = "relocation.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
    # ours, each importing only from those above it
    "common",
    "divisions",
    "accounts",
    "jobs",
    "ledgers",
    "alerts",
    "settlements",
    "households",
    "employment",
    "compliance",
    "rectification",
    "dashboards",
    "relocation",
]

MIDDLEWARE = [
    "relocation.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "relocation.language.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "relocation.middleware.DayTickMiddleware",
    "relocation.middleware.InboxCountMiddleware",
    "accounts.middleware.RequestTransactionMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "relocation.context.page",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Databases: `default` is the application's role, bound by row-level security; `owner` owns the tables and migrates.
# An installation gives its web and worker processes no owner address, and then they have no such alias.
# Where no address is given at all, those of the embedded servers in DATA_DIR hold.
if not environment.text("DATABASE_URL") or not environment.text("REDIS_URL"):
    _embedded = embedded.addresses(DATA_DIR)
else:
    _embedded = embedded.Addresses("", "", "", "")
_default = environment.database("DATABASE_URL", _embedded.app_url)
_owner = environment.database("DATABASE_OWNER_URL", "" if environment.text("DATABASE_URL") else _embedded.owner_url)
_replica = environment.database("DATABASE_REPLICA_URL")
DATABASES = {
    alias: {**connection, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    for alias, connection in (("default", _default), ("owner", _owner), ("replica", _replica))
    if connection
}

REDIS_URL, CELERY_BROKER_URL = environment.redis("REDIS_URL", _embedded.redis_url)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # no page waits for a cache that is gone
    }
}

# Accounts and sessions
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS

# Security headers
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # browsers' preload lists take whole domains, which are not ours to bind
# TLS ends at the reverse proxy, which must set this header itself whatever the client sent.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap draws select arrows and ticks as data images
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "worker-src": [SELF],
        "manifest-src": [SELF],
    },
}

# Language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Files. Uploads and results are never served by address, only by views that check rights.
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [folder for folder in (BASE_DIR / "static", BASE_DIR / "static_vendor") if folder.is_dir()]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
# What is kept with records as evidence. The reverse proxy takes requests of up to 200 MB.
ATTACHMENT_PHOTOGRAPH_BYTES = 20 * 2**20
ATTACHMENT_DOCUMENT_BYTES = 50 * 2**20
ATTACHMENTS_AT_A_TIME = 20
ATTACHMENTS_TOGETHER_BYTES = 190 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a settlement's labourers on one page of the quick entry
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

globals().update(environment.email("EMAIL_URL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"relocation@{_site.hostname}"
# Webhooks go to public addresses over TLS; `any` lets them go to the installation's own network as well.
WEBHOOK_ADDRESSES = environment.choice("WEBHOOK_ADDRESSES", ("public", "any"), "public")

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "ledgers.api.problem_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Relocation follow-up API",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
}

# Background work. The broker only wakes workers: what there is to do stands in the jobs table, and every task can be
# run twice. A task of a killed worker comes again after visibility_timeout; without the two `unacked` options the
# client library looks for such tasks only every 100 seconds.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "relocation"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "day-tick": {"task": "compliance.tasks.day_tick", "schedule": crontab(hour=0, minute=10)},
    "sample-findings": {"task": "rectification.tasks.settle_findings", "schedule": crontab(hour=0, minute=20)},
    "find-duplicates": {"task": "households.tasks.find_duplicates", "schedule": crontab(hour=2, minute=10)},
    "watch-risks": {"task": "compliance.tasks.watch_risks", "schedule": crontab(hour=0, minute=20)},
    "attachment-sweep": {"task": "ledgers.tasks.sweep_attachments", "schedule": crontab(hour=3, minute=20)},
    "check-deadlines": {"task": "alerts.tasks.check_deadlines", "schedule": crontab(hour=0, minute=30)},
    "send-pending": {"task": "alerts.tasks.send_pending", "schedule": 60.0, "options": {"expires": 60}},
    "job-sweep": {"task": "jobs.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "relocation.logs.Formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "celery.app.trace": {"level": "WARNING"},  # else several lines a task, and the sweep comes every ten seconds
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
