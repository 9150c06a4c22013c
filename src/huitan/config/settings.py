"""Settings from the environment; everything the product writes lies under HUITAN_HOME.

HUITAN_HOME           data folder (default ./var in a checkout)
DATABASE_URL          default: SQLite under HUITAN_HOME
HUITAN_HOSTS          host names served, comma separated (default: loopback only)
HUITAN_DEMO           1 lets the log-in page offer the demo cast; set by `huitan demo` for its own folder only
HUITAN_HTTPS          1 behind TLS: secure cookies, HSTS
HUITAN_PROXIES        addresses or networks (10.0.0.5,10.1.0.0/24) of the proxies in front, whose X-Forwarded-For and
                      X-Forwarded-Proto are believed; nobody else's are (default with HUITAN_HTTPS=1: this machine)
HUITAN_URL            where people reach the pages, for links in messages (default http://127.0.0.1:8000)
HUITAN_MAIL_URL       mail server: smtp://user:password@host:587?tls=1, smtps://… for TLS from the start; without it
                      every mail becomes a file under HUITAN_HOME/mail
HUITAN_MAIL_FROM      sender's address of every mail
HUITAN_IM_HR          HR's group robots (apprise addresses, comma separated): counts once a working day, no names
HUITAN_IM_SCHEMES     robots people may set for themselves: wecombot, feishu, lark, dingtalk (default none)
HUITAN_IM_HOSTS       hosts of the company's own gateway when json or jsons is among them
HUITAN_COMPANY        the company's name, as the certificate made at set-up says it
HUITAN_SEAL_PKCS12    the company's own certificate and key (PKCS#12) to seal files with; HUITAN_SEAL_PASSWORD opens it
HUITAN_HANDED_IDLE_MINUTES  a device handed to the employee locks after so many minutes without a touch (default 10)
HUITAN_STREAMS        live streams one process holds at most (default 5000); pages beyond them ask every few seconds
HUITAN_SECOND_FACTOR_FOR    hr_admin or everybody: who must have a one-time code app or a passkey (default nobody)
HUITAN_PASSWORD_LENGTH      characters a password has at least (default 10)
HUITAN_PASSWORD_LIST        file of leaked passwords, one a line; the list of common ones is always used
HUITAN_LOGIN_…              logging in with the company's own accounts: see huitan/config/company_login.py
HUITAN_SCRIPTED_NOW   an ISO instant that pages and `huitan worker` take as the present (demo pictures, weeks played through,
                      browser tests). It stands still: a mail that failed is tried again once it is moved on. Other
                      commands, live streams and the worker's sign of life keep the real time
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from huitan.config import company_login
from huitan.core import whole_files
from huitan.operations import environment

if _problems := environment.problems(os.environ):
    raise ImproperlyConfigured(" ".join(problem.text % problem.params for problem in _problems))

PACKAGE = Path(__file__).resolve().parent.parent
HUITAN_HOME = Path(os.environ.get("HUITAN_HOME") or "var").resolve()
# What people wrote about one another is nobody else's on this machine; a folder that was there keeps its mode.
HUITAN_HOME.mkdir(mode=0o700, parents=True, exist_ok=True)


SECRET_KEY = whole_files.made_once(
    HUITAN_HOME / "keys" / "secret", lambda: secrets.token_urlsafe(64).encode()
).decode()
DEBUG = False
HUITAN_DEMO = (HUITAN_HOME / "demo").exists() or os.environ.get("HUITAN_DEMO") == "1"
HUITAN_COMPANY = os.environ.get("HUITAN_COMPANY") or "会谈 Huitan"
HUITAN_SEAL_PKCS12 = os.environ.get("HUITAN_SEAL_PKCS12", "")
HUITAN_SEAL_PASSWORD = os.environ.get("HUITAN_SEAL_PASSWORD", "")
HUITAN_SCRIPTED_NOW = os.environ.get("HUITAN_SCRIPTED_NOW", "")
HUITAN_HANDED_IDLE_MINUTES = int(os.environ.get("HUITAN_HANDED_IDLE_MINUTES") or 10)
HUITAN_STREAMS = int(os.environ.get("HUITAN_STREAMS") or 5000)


def _listed(name: str, otherwise: str = "") -> list[str]:
    parts = (os.environ.get(name) or otherwise).split(",")
    return [part.strip() for part in parts if part.strip()]


ALLOWED_HOSTS = _listed("HUITAN_HOSTS", "localhost,127.0.0.1,[::1],testserver")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.feishu",
    "allauth.socialaccount.providers.dingtalk",
    "huitan.web.wecom",
    "axes",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "huitan.core",
    "huitan.people",
    "huitan.cycles",
    "huitan.evidence",
    "huitan.imports",
    "huitan.plans",
    "huitan.conversations",
    "huitan.disputes",
    "huitan.notifications",
    "huitan.insights",
    "huitan.operations",
    "huitan.web",
]
MIDDLEWARE = [
    "huitan.web.health.Health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "huitan.web.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "huitan.web.middleware.WhoAndWhen",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "huitan.config.urls"
WSGI_APPLICATION = "huitan.config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "huitan.web.environment.Templates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "huitan.web.environment.environment"},
    },
]

_sqlite = HUITAN_HOME / "huitan.sqlite3"
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{_sqlite}", conn_max_age=60, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Rows are nobody else's either where the folder is open to others; the journal files take after this one.
    if not _sqlite.exists():
        with suppress(FileExistsError):
            os.close(os.open(_sqlite, os.O_CREAT | os.O_EXCL, 0o600))
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: a commit is on disk before it is acknowledged, a signature above all.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;",
    }
else:
    # Who may see a row is decided over up to a dozen tables. Beyond eight PostgreSQL takes them in the order they are written,
    # which among a million people is seconds instead of milliseconds.
    _planner = "-c join_collapse_limit=12 -c from_collapse_limit=12 -c geqo_threshold=14 -c max_parallel_workers_per_gather=0"
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options["options"] = f"{_planner} {_options.get('options', '')}".strip()
# Jobs lie in the same database as what they are about: enqueued with the change, or not at all.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "huitan.people.backend.Accounts"]
# What a password must be: huitan.people.passwords.
HUITAN_PASSWORD_LENGTH = int(os.environ.get("HUITAN_PASSWORD_LENGTH") or 10)
HUITAN_PASSWORD_LIST = os.environ.get("HUITAN_PASSWORD_LIST", "")
# Second factors: the rows and cryptography of django-allauth behind pages of our own. A passkey asks for its owner's
# finger, face or code, so that it alone is enough.
HUITAN_SECOND_FACTOR_FOR = os.environ.get("HUITAN_SECOND_FACTOR_FOR", "")
MFA_ADAPTER = "huitan.people.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Logging in with the company's own accounts: nothing is offered unless the environment says so.
HUITAN_LOGIN_BY = os.environ.get("HUITAN_LOGIN_BY") or "email"
SOCIALACCOUNT_PROVIDERS = company_login.providers(os.environ)
SOCIALACCOUNT_ADAPTER = "huitan.web.company_login.Adapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login_name"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "huitan.web.accounts.locked_out"
AXES_USERNAME_FORM_FIELD = "login_name"
AXES_USERNAME_CALLABLE = "huitan.people.backend.name_tried"
AXES_DISABLE_ACCESS_LOG = True
SILENCED_SYSTEM_CHECKS = ["axes.W006"]

HUITAN_URL = (os.environ.get("HUITAN_URL") or "http://127.0.0.1:8000").rstrip("/")
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = "huitan.notifications.outbox.EmlFolder"
DEFAULT_FROM_EMAIL = os.environ.get("HUITAN_MAIL_FROM") or "huitan@localhost"
if os.environ.get("HUITAN_MAIL_URL"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    _mail = urlsplit(os.environ["HUITAN_MAIL_URL"])
    EMAIL_HOST = _mail.hostname or "localhost"
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_USE_TLS = "tls=1" in _mail.query.split("&")
    EMAIL_PORT = _mail.port or (465 if EMAIL_USE_SSL else 25)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")

# config.wsgi asks it who a request comes from.
HUITAN_PROXIES = _listed("HUITAN_PROXIES", "127.0.0.1,::1" if os.environ.get("HUITAN_HTTPS") == "1" else "")
HUITAN_IM_HR = _listed("HUITAN_IM_HR")
HUITAN_IM_SCHEMES = _listed("HUITAN_IM_SCHEMES")
HUITAN_IM_HOSTS = _listed("HUITAN_IM_HOSTS")

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STATIC_ROOT = None  # files are served from the package
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = HUITAN_HOME / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
# Large uploads and exports pass through here: nothing is written outside HUITAN_HOME, not even for a moment.
FILE_UPLOAD_TEMP_DIR = HUITAN_HOME / "tmp"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
tempfile.tempdir = str(FILE_UPLOAD_TEMP_DIR)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# What was said to somebody ends with their session. In a cookie it would wait for whoever uses the browser next.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "huitan.web.errors.form_expired"
if os.environ.get("HUITAN_HTTPS") == "1":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_secrets": {"()": "huitan.web.logs.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["without_secrets"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # What pyHanko stumbles over in a stranger's file is told to the stranger, not to the log.
    "loggers": {
        "axes": {"level": "ERROR"},
        "pyhanko": {"level": "CRITICAL"},
        "pyhanko_certvalidator": {"level": "CRITICAL"},
    },
}
