"""Every setting in one file. Values from outside pass `_setting`, which registers name, default and help.

An unknown WARMHANDOFF_ variable, a missing key or a key file others can read stops the start: a wrong
setting found by a person is better than one found by an accident.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Setting:
    name: str
    default: str
    help: str


REGISTERED: dict[str, Setting] = {}


def _setting(name: str, default: str, help: str) -> str:
    REGISTERED[name] = Setting(name, default, help)
    return os.environ.get(name, "") or default


LEAST_KINDS = 20  # different characters: a word repeated has fewer, a random key of ours far more


def _whole(name: str, default: str, bounds: tuple[int, int], help: str) -> int:
    """A setting that is a whole number within its bounds; anything else stops the start."""
    text = _setting(name, default, help)
    if not (text.isascii() and text.isdigit() and bounds[0] <= int(text) <= bounds[1]):
        raise ImproperlyConfigured(f"{name} must be a whole number from {bounds[0]} to {bounds[1]}, not {text!r}.")
    return int(text)


def _read_key(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The key file {path} cannot be read ({error.strerror}). `warmhandoff serve` makes it on the first start; "
            "if it was moved, name its place in WARMHANDOFF_SECRET_KEY_FILE."
        ) from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"The key in {path} is not text: it is not one of ours.") from error
    if mode & 0o077:
        raise ImproperlyConfigured(f"Others can read the key file {path} (mode {mode:o}). Mend it: chmod 600 {path}")
    if len(text) < 50:
        raise ImproperlyConfigured(f"The key in {path} is shorter than 50 characters: it is not one of ours.")
    if len(set(text)) < LEAST_KINDS or text.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            f"The key in {path} can be guessed. Delete the file: `warmhandoff serve` makes a new one, and everyone "
            "signs in again."
        )
    return text


def postgresql_database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("WARMHANDOFF_DATABASE_URL must start with postgresql://")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **options},
    }


def embedded_database(path: Path) -> dict[str, object]:
    """Django's settings of the SQLite database in this file."""
    # IMMEDIATE: a read that turns into a write must not find the database locked. FULL: a committed
    # referral survives a power cut. WAL: readers do not wait for the writer.
    pragmas = (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;"
        "PRAGMA recursive_triggers=ON;"  # else INSERT OR REPLACE deletes a row without its triggers
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas},
        "TEST": {"NAME": os.environ.get("WARMHANDOFF_TEST_SQLITE") or None},
    }


DATA = Path(
    _setting(
        "WARMHANDOFF_DATA", "./var", "Folder of the embedded database and of files. Keys lie beside it, not in it."
    )
).absolute()
KEYS = DATA.with_name(DATA.name + "-keys")
SECRET_KEY_FILE = Path(
    _setting("WARMHANDOFF_SECRET_KEY_FILE", f"{KEYS}/secret.key", "File (0600) with the key that signs sessions.")
)
ENCRYPTION_KEY_FILE = Path(
    _setting("WARMHANDOFF_ENCRYPTION_KEY_FILE", f"{KEYS}/encryption.key",
             "File (0600) with the keys that wrap each practice's data key. Keep it out of every backup set.")
)
AUDIT_ANCHOR_FILE = Path(
    _setting("WARMHANDOFF_AUDIT_ANCHOR_FILE", f"{KEYS}/audit-anchors.jsonl",
             "File (0600) to which the worker appends the signed heads of the audit every hour. Best on another "
             "machine's disk, where whoever administers the database cannot write.")
)
JOURNAL_FILE = Path(
    _setting("WARMHANDOFF_JOURNAL_FILE", f"{KEYS}/journal.jsonl",
             "File (0600) outside the database that keeps revocations and departures, so that a restore cannot undo "
             "them. Ids only. Best on another disk than the database.")
)
BACKUP_FOLDER = _setting(
    "WARMHANDOFF_BACKUP_FOLDER", "",
    "Folder for a backup a day, made by the worker; the newest of 7 days, 4 weeks and 12 months are kept. Unset: none.",
)
DATABASE_URL = _setting("WARMHANDOFF_DATABASE_URL", "", "postgresql://... instead of the embedded SQLite database.")
OWNER_DATABASE_URL = _setting(
    "WARMHANDOFF_OWNER_DATABASE_URL", "", "The owner role for migrations, where the app's own role owns no table."
)
BASE_URL = _setting(
    "WARMHANDOFF_BASE_URL", "http://127.0.0.1:8000",
    "The address people use, with https:// wherever it is not loopback.",
).rstrip("/")
SMTP_URL = _setting(
    "WARMHANDOFF_SMTP_URL", "",
    "smtp://user:password@host:587 to send mail; file:///folder writes each message there (to try things out). "
    "Unset: nothing is mailed, and staff hand links over themselves.",
)
MAIL_FROM = _setting(
    "WARMHANDOFF_MAIL_FROM", "messages@localhost", "The sender's address of all mail; keep it neutral."
)
SMS_URL = _setting(
    "WARMHANDOFF_SMS_URL", "",
    "https:// address of a gateway for text messages that takes JSON; file:///folder writes each text there (to try "
    "things out). Unset: no texts are sent.",
)
SMS_TOKEN = _setting("WARMHANDOFF_SMS_TOKEN", "", "What the gateway for text messages takes as bearer token.")
SMS_BODY = _setting(
    "WARMHANDOFF_SMS_BODY", '{"to": "{to}", "from": "{sender}", "text": "{text}", "id": "{id}"}',
    "The JSON that the gateway takes; {to}, {text}, {sender} and {id} (the same on every try) are filled in.",
)
SMS_SENDER = _setting(
    "WARMHANDOFF_SMS_SENDER", "Messages", "Who a text message says it is from: up to 11 letters, neutral."
)
CLIENT_LINK_HOURS = _whole(
    "WARMHANDOFF_CLIENT_LINK_HOURS", "72", (1, 168), "Hours that a client's link works, if it is not used: 1 to 168."
)
TRUSTED_PROXIES = _whole(
    "WARMHANDOFF_TRUSTED_PROXIES", "0", (0, 16),
    "How many proxies of your own stand before the server. With it, the limit of wrong secrets an address counts by "
    "the address the outermost one saw (X-Forwarded-For). 0: the header is ignored.",
)
PASSWORD_BLOCKLIST = _setting(
    "WARMHANDOFF_PASSWORD_BLOCKLIST", "",
    "A file of SHA-1 hashes of breached passwords, sorted, one a line (HASH or HASH:count, as breach lists come). New "
    "passwords in it are refused. Unset: only common passwords and the practice's own words are.",
)
LOG_LEVEL = _setting("WARMHANDOFF_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.").upper()
CLOCK_OFFSET_SECONDS = int(
    _setting("WARMHANDOFF_CLOCK_OFFSET", "0", "Seconds added to the clock; only for the demo practice's --as-of.")
)
IDLE_MINUTES = _whole(
    "WARMHANDOFF_IDLE_MINUTES", "15", (5, 30),
    "Minutes without a sign of life after which staff are signed out: 5 to 30.",
)
PUBLIC_DIRECTORY = (
    _setting("WARMHANDOFF_PUBLIC_DIRECTORY", "no", "yes: anybody may read the shared listings under /hsds/.") == "yes"
)
METRICS_TOKEN = _setting(
    "WARMHANDOFF_METRICS_TOKEN", "",
    "At least 24 letters that monitoring sends as bearer token to read /metrics. Unset: there is no such page.",
)
WORKER = _setting("WARMHANDOFF_WORKER", "inside", "inside: the worker runs in the server; apart: a process of its own.")

if METRICS_TOKEN and (len(METRICS_TOKEN) < 24 or not METRICS_TOKEN.isascii()):
    raise ImproperlyConfigured("WARMHANDOFF_METRICS_TOKEN must have at least 24 plain letters and numbers.")
if not (0 < len(SMS_SENDER) <= 11 and SMS_SENDER.isascii() and SMS_SENDER.replace(" ", "").isalnum()):
    raise ImproperlyConfigured("WARMHANDOFF_SMS_SENDER must be 1 to 11 plain letters and numbers.")
try:
    json.loads(SMS_BODY)
except ValueError as error:
    raise ImproperlyConfigured(f"WARMHANDOFF_SMS_BODY is not JSON: {error}") from error

_unknown = sorted(
    name for name in os.environ
    if name.startswith("WARMHANDOFF_") and name not in REGISTERED and not name.startswith("WARMHANDOFF_TEST_")
)
if _unknown:
    raise ImproperlyConfigured(f"Unknown settings: {', '.join(_unknown)}. docs/reference/configuration.md lists all.")

SECRET_KEY = _read_key(SECRET_KEY_FILE)
DEBUG = False
_base = urlsplit(BASE_URL)
SECURE = _base.scheme == "https"
ALLOWED_HOSTS = sorted({_base.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"})
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "warmhandoff.core",
    "warmhandoff.accounts",
    "warmhandoff.directory",
    "warmhandoff.clients",
    "warmhandoff.referrals",
    "warmhandoff.network",
    "warmhandoff.web",
    "warmhandoff.api",
]
MIDDLEWARE = [
    "warmhandoff.web.middleware.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "warmhandoff.web.desk.crisis.BeforeAll",
    "warmhandoff.api.door.Door",
    "warmhandoff.web.middleware.Refusals",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",  # the next one asks for it; Door says who it is
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "warmhandoff.web.middleware.Door",
    "warmhandoff.web.devices.Remember",
]
ROOT_URLCONF = "warmhandoff.urls"
WSGI_APPLICATION = "warmhandoff.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "warmhandoff.web.context.desk",
            ]
        },
    }
]

_embedded = embedded_database(DATA / "warmhandoff.sqlite3")
DATABASES = {"default": postgresql_database(DATABASE_URL) if DATABASE_URL else _embedded}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "warmhandoff.accounts.hashing.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "warmhandoff.accounts.passwords.OwnWords"},
    {"NAME": "warmhandoff.accounts.passwords.Breached"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "sign_in"

SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
DEVICE_COOKIE_NAME = "__Host-device" if SECURE else "device"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "warmhandoff.web.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE  # what may be kept never lies unsealed in a temporary file
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [Path(__file__).parent / "web" / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
USE_TZ = True
TIME_ZONE = "UTC"

# The address of static files names their content, so that browsers may keep them for ever and never see old ones.
_static = sorted(p for p in (Path(__file__).parent / "web" / "static").rglob("*") if p.is_file())
STATIC_URL = f"/static/{hashlib.sha256(b''.join(p.read_bytes() for p in _static)).hexdigest()[:12]}/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 31536000
WHITENOISE_IMMUTABLE_FILE_TEST = r"."
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

# A log that cannot be written must not print what it was about in its stead.
logging.raiseExceptions = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Django's own logs name paths of failed requests and quote hosts and origins: only ours speaks.
    "loggers": {name: {"level": "CRITICAL"} for name in ("django.request", "django.security", "django.server")},
}
