"""All settings in one file. What differs between machines comes from the environment:

SECRET_KEY, DATABASE_URL (app role), DATABASE_OWNER_URL (migrations), REDIS_URL (Celery's broker),
ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS, TRUSTED_PROXIES, DATA_DIR, TIME_ZONE, LOG_LEVEL, DEBUG,
SMS_BACKEND (off, http, console), SMS_URL, SMS_SECRET, SMS_SIGNATURE, SECOND_FACTOR; for notices
(docs/notices.md) SITE_URL, ROBOT_URL, MAIL_HOST and the other MAIL_…, SMS_A_DAY, MAILS_A_DAY.
Each may be given as NAME_FILE, a file that holds the value.

TUANGOU_DEV=1 is a developer's machine or the test suite: a key of its own, plain HTTP, simulated
time. TUANGOU_DEMO=1 allows simulated time alone, for an installation that shows a played year.
Everything else is production, and refuses to start half configured.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from tuangou.beat import EVERY

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    """The variable NAME, or what the file named by NAME_FILE holds."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from error
    return os.environ.get(name, default).strip()


def flag(name: str) -> bool:
    """1/true/yes/on or 0/false/no/off; anything else is refused. Missing is off."""
    value = text(name, "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def choice(name: str, default: str, *choices: str) -> str:
    value = text(name, default)
    if value not in choices:
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise ImproperlyConfigured(f"{name} must be {listed}, not {value!r}")
    return value


def words(name: str) -> list[str]:
    return text(name).replace(",", " ").split()


def database(url: str, *, guards: dict[str, str]) -> dict[str, Any]:
    """Django's dictionary for postgres://user:password@host:port/name?sslmode=…"""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("A database URL looks like postgres://user:password@host/name")
    query = dict(parse_qsl(parts.query))
    session = " ".join(f"-c {name}={value}" for name, value in guards.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3, "application_name": "tuangou", **query}
        | {"options": session},
    }


# Where this runs
DEV = flag("TUANGOU_DEV")
DEBUG = flag("DEBUG")
DEMO = flag("TUANGOU_DEMO")
SIMULATED_TIME = DEV or DEMO
DATA_DIR = Path(text("DATA_DIR", str(BASE_DIR / ".data")))
DEV_KEY = "for-development-only-never-in-production-0123456789abcdefghijkl"
SECRET_KEY = text("SECRET_KEY", DEV_KEY if DEV else "")
ALLOWED_HOSTS = words("ALLOWED_HOSTS") or (["*"] if DEV else [])

if not DEV:
    if DEBUG:
        raise ImproperlyConfigured(
            "DEBUG must be off in production (TUANGOU_DEV=1 on your own machine)"
        )
    if SECRET_KEY == DEV_KEY or len(SECRET_KEY) < 50:
        raise ImproperlyConfigured(
            "SECRET_KEY (or SECRET_KEY_FILE) must hold 50 or more random characters"
        )
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts this installation answers to")
    if not text("DATABASE_URL"):
        raise ImproperlyConfigured("DATABASE_URL must be set")

# Texts to phones (tuangou.core.sms). Codes are offered where they can be sent.
SMS_URL = text("SMS_URL")
SMS_SECRET = text("SMS_SECRET")
SMS_SIGNATURE = text("SMS_SIGNATURE")
SMS_BACKEND = "http" if SMS_URL else "console" if DEV else "off"
SMS_BACKEND = choice("SMS_BACKEND", SMS_BACKEND, "off", "http", "console")
if SMS_BACKEND == "console" and not DEV:
    raise ImproperlyConfigured("SMS_BACKEND=console prints codes: only with TUANGOU_DEV=1")
if SMS_BACKEND == "http" and not (SMS_URL.startswith("https://") or (DEV and SMS_URL)):
    raise ImproperlyConfigured("SMS_URL must be the https:// address of the SMS gateway")
if SMS_BACKEND == "http" and len(SMS_SECRET) < 32:
    raise ImproperlyConfigured("SMS_SECRET (or SMS_SECRET_FILE) must hold 32 or more characters")

# Notices that leave the app: docs/notices.md says what each is for.
WEB = ("https://", "http://") if DEV else ("https://",)
SITE_URL = f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if not DEV else "http://127.0.0.1:8000"
SITE_URL = text("SITE_URL", SITE_URL).rstrip("/")
ROBOT_URL = text("ROBOT_URL", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send")
for _name, _url in {"SITE_URL": SITE_URL, "ROBOT_URL": ROBOT_URL}.items():
    if not _url.startswith(WEB):
        raise ImproperlyConfigured(f"{_name} must be an https:// address")
EMAIL_HOST, EMAIL_PORT = text("MAIL_HOST"), number("MAIL_PORT", 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_TIMEOUT = text("MAIL_USER"), text("MAIL_PASSWORD"), 10
MAIL_SECURITY = choice("MAIL_SECURITY", "starttls", "starttls", "tls", "none")
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SECURITY == "starttls", MAIL_SECURITY == "tls"
MAIL_BACKEND = "smtp" if EMAIL_HOST else "console" if DEV else "off"
MAIL_BACKEND = choice("MAIL_BACKEND", MAIL_BACKEND, "off", "smtp", "console")
if (MAIL_BACKEND == "smtp" and not EMAIL_HOST) or (MAIL_BACKEND == "console" and not DEV):
    raise ImproperlyConfigured("MAIL_BACKEND=smtp needs MAIL_HOST, =console TUANGOU_DEV=1")
EMAIL_BACKEND = f"django.core.mail.backends.{MAIL_BACKEND.replace('off', 'dummy')}.EmailBackend"
DEFAULT_FROM_EMAIL = text("MAIL_FROM") or f"tuangou@{urlsplit(SITE_URL).hostname}"
SMS_A_DAY, MAILS_A_DAY = number("SMS_A_DAY", 300), number("MAILS_A_DAY", 2000)

# Officers prove themselves with a second factor before money, sanctions and member data
# (tuangou.core.factors): "required", or "offered" to those who want one.
SECOND_FACTOR = "offered" if SIMULATED_TIME else "required"
SECOND_FACTOR = choice("SECOND_FACTOR", SECOND_FACTOR, "required", "offered")
SECOND_FACTOR_AGE = 12 * 3600  # seconds a proof holds on its session

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "tuangou.core",
    "groups",
    "merchants",
    "orders",
    "reputation",
    "tuangou",
]

MIDDLEWARE = [
    "tuangou.core.http.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tuangou.core.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tuangou.core.sessions.UserMiddleware",
    "tuangou.core.display.DisplayMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tuangou.core.factors.ProofMiddleware",
    "tuangou.core.http.RefusalMiddleware",
]

ROOT_URLCONF = "tuangou.urls"
WSGI_APPLICATION = "tuangou.wsgi.application"

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
                "tuangou.core.display.display",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database. A statement that waits for a lock or runs too long ends with a plain 503.
GUARDS = {
    "lock_timeout": "3s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
}
OWNER_GUARDS = {"lock_timeout": "10s"}
DATABASE_URL = text("DATABASE_URL", "postgres://tuangou@127.0.0.1:5432/tuangou")
DATABASE_OWNER_URL = text("DATABASE_OWNER_URL") or DATABASE_URL
DATABASES = {"default": database(DATABASE_URL, guards=GUARDS)}
OWNER_DATABASE = database(DATABASE_OWNER_URL, guards=OWNER_GUARDS)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits count in PostgreSQL, so that they hold for all processes and without Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# People and sessions
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "tuangou.core.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 3600  # at most; SESSION_IDLE_AGE without a visit ends it earlier
SESSION_IDLE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not DEV
SESSION_COOKIE_NAME = "session" if DEV else "__Host-session"
CSRF_COOKIE_NAME = "csrf" if DEV else "__Host-csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tuangou.core.http.csrf_failure"
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

ACCOUNT_ADAPTER = "tuangou.core.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PHONE_VERIFICATION_ENABLED = False  # a phone is written only when it was shown to be hers
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "tuangou.core.accounts.LoginForm",
    "change_password": "tuangou.core.accounts.ChangePasswordForm",
    "reauthenticate": "tuangou.core.accounts.ReauthenticateForm",
    "set_password": "tuangou.core.accounts.SetPasswordForm",
}
ACCOUNT_RATE_LIMITS = False  # tuangou.core.limits counts, in one statement a try
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
MFA_ADAPTER = "tuangou.core.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # clocks of phones; a code used once is used (factors)
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEV
MFA_FORMS = {
    "authenticate": "tuangou.core.proofs.AuthenticateForm",
    "authenticate_webauthn": "tuangou.core.proofs.AuthenticatePasskeyForm",
    "reauthenticate": "tuangou.core.proofs.ReauthenticateForm",
    "reauthenticate_webauthn": "tuangou.core.proofs.ReauthenticatePasskeyForm",
    "activate_totp": "tuangou.core.proofs.ActivateForm",
    "add_webauthn": "tuangou.core.proofs.AddPasskeyForm",
}
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# Celery: the broker carries ids and nothing else, and is never touched by a request.
REDIS_URL = text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "retry_on_timeout": False,
    "max_retries": 0,  # of connecting to publish; workers have their own patience
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_PUBLISH_RETRY = CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER, CELERY_ACCEPT_CONTENT = "json", ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 240, 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # they come again anyway
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": name, "schedule": schedule(seconds), "options": {"expires": seconds}}
    for name, seconds in EVERY.items()
}

# Languages and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "tuangou" / "locale"]
TIME_ZONE = text("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "tuangou" / "static"]
MEDIA_ROOT = DATA_DIR / "media"
# who was erased, by number: read again after a restore (core.personal)
ERASURES_FILE = DATA_DIR / "records" / "erasures.jsonl"
MEDIA_URL = "/media/"  # photos of goods only, through merchants.views.photos
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEV
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEV
WHITENOISE_MANIFEST_STRICT = False
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**21 + 2**19
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# Security headers
SECURE_SSL_REDIRECT = not DEV
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if DEV else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEV
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_OURS = ["script", "style", "font", "connect", "manifest", "worker"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {"default-src": [NONE], "img-src": [SELF, "data:"], "form-action": [SELF]}
    | {f"{name}-src": [SELF] for name in _OURS}
    | {name: [NONE] for name in ("base-uri", "frame-ancestors", "object-src")}
}

# The API: tokens and sessions, problems as JSON, one page of documentation made from the schema.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tuangou.core.api.authentication.Token",
        "tuangou.core.api.authentication.Session",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["tuangou.core.api.wire.Json"],
    "DEFAULT_PARSER_CLASSES": ["tuangou.core.api.wire.JsonBody"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tuangou.core.api.wire.AlwaysJson",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "tuangou.core.api.errors.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "团购 Tuangou",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": False,  # as tuangou/api.py has them
    "POSTPROCESSING_HOOKS": ["tuangou.core.api.schema.closed_bodies"],
    "PREPROCESSING_HOOKS": ["tuangou.core.api.schema.only_api"],
}

LOG_LEVEL = text("LOG_LEVEL", "WARNING" if DEV else "INFO").upper()
LOGGING_CONFIG = "tuangou.core.logs.configure"
LOGGING = {"level": LOG_LEVEL, "json": not DEV}
