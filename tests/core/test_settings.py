"""Settings: half configured production refuses to start, and says why."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from tuangou import settings
from tuangou.celery import app

PRODUCTION = {
    "TUANGOU_DEV": "",
    "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "tuan.example, www.tuan.example",
    "DATABASE_URL": "postgres://app:a@db/tuangou",
}


def manage(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **PRODUCTION, **changed}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def value_of(name: str, **changed: str) -> str:
    show = f"from django.conf import settings; print(settings.{name})"
    ran = manage("shell", "--no-imports", "-v0", "-c", show, **changed)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_production_passes_every_deployment_check():
    ran = manage("check", "--deploy", "--fail-level", "WARNING")
    assert ran.returncode == 0, ran.stderr
    assert "no issues" in ran.stdout


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": settings.DEV_KEY}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://x/y"}, "postgres://"),
        ({"DEBUG": "maybe"}, "DEBUG must be 1 or 0"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be a whole number"),
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE cannot be read"),
        ({"SMS_BACKEND": "pigeon"}, "SMS_BACKEND must be off, http or console"),
        ({"SMS_BACKEND": "console"}, "SMS_BACKEND=console prints codes"),
        ({"SMS_BACKEND": "console", "TUANGOU_DEMO": "1"}, "SMS_BACKEND=console prints codes"),
        ({"SMS_BACKEND": "http"}, "SMS_URL must be the https:// address"),
        ({"SMS_URL": "http://sms.example/"}, "SMS_URL must be the https:// address"),
        ({"SMS_URL": "https://sms.example/"}, "SMS_SECRET"),
        ({"MAIL_BACKEND": "pigeon"}, "MAIL_BACKEND must be off, smtp or console"),
        ({"MAIL_BACKEND": "console"}, "MAIL_BACKEND=smtp needs MAIL_HOST, =console TUANGOU_DEV=1"),
        ({"MAIL_BACKEND": "smtp"}, "MAIL_BACKEND=smtp needs MAIL_HOST"),
        ({"MAIL_HOST": "mail", "MAIL_SECURITY": "some"}, "MAIL_SECURITY must be starttls, tls"),
        ({"SITE_URL": "http://tuan.example"}, "SITE_URL must be an https:// address"),
        ({"ROBOT_URL": "http://10.0.0.1/"}, "ROBOT_URL must be an https:// address"),
        ({"SECOND_FACTOR": "never"}, "SECOND_FACTOR must be required or offered"),
    ],
)
def test_a_half_configured_installation_does_not_start(changed, sentence):
    ran = manage("check", **changed)
    assert ran.returncode != 0
    assert sentence in ran.stderr


@pytest.mark.parametrize(
    ("changed", "simulated"),
    [({}, "False"), ({"TUANGOU_DEMO": "1"}, "True"), ({"TUANGOU_DEV": "1"}, "True")],
)
def test_simulated_time_is_for_development_and_demos(changed, simulated):
    assert value_of("SIMULATED_TIME", **changed) == simulated


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({}, "required off"),
        ({"TUANGOU_DEMO": "1"}, "offered off"),
        ({"TUANGOU_DEV": "1"}, "offered console"),
        ({"SMS_URL": "https://sms.example/", "SMS_SECRET": "s" * 32}, "required http"),
    ],
)
def test_second_factor_and_texts_by_where_it_runs(changed, shown):
    assert value_of("SECOND_FACTOR, settings.SMS_BACKEND", **changed) == shown


def test_secrets_may_come_from_files(tmp_path):
    key = tmp_path / "key"
    key.write_text("f" * 60 + "\n")
    assert value_of("SECRET_KEY", SECRET_KEY_FILE=str(key)) == "f" * 60


def test_cookies_are_host_bound_and_secure_in_production():
    shown = value_of("SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.DEBUG")
    assert shown == "__Host-session True False"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgres://a%40b:p%2Fw@db.example:5433/tu%20an?sslmode=require",
            ("tu an", "a@b", "p/w", "db.example", "5433"),
        ),
        ("postgresql:///tuangou?host=/run/postgresql", ("tuangou", "", "", "/run/postgresql", "")),
        ("postgres://u@[::1]:5432/x", ("x", "u", "", "::1", "5432")),
    ],
)
def test_database_urls_are_read(url, expected):
    found = settings.database(url, guards={"lock_timeout": "3s"})
    assert tuple(found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == expected
    assert "-c lock_timeout=3s" in found["OPTIONS"]["options"]
    assert ("sslmode" in found["OPTIONS"]) is ("sslmode" in url)


@pytest.mark.parametrize("url", ["", "tuangou", "postgres://host", "http://x/y"])
def test_other_urls_are_refused(url):
    with pytest.raises(ImproperlyConfigured):
        settings.database(url, guards={})


def test_every_periodic_job_stands_in_the_settings_and_exists():
    app.loader.import_default_modules()
    assert settings.CELERY_BEAT_SCHEDULE.keys() >= {
        "core.dispatch_due",
        "orders.close_due_rounds",
        "orders.publish_due_summaries",
    }
    missing = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - app.tasks.keys()
    assert not missing


def test_links_lead_to_the_first_host_unless_told_otherwise():
    assert value_of("SITE_URL") == "https://tuan.example"
    assert value_of("SITE_URL", SITE_URL="https://x.example/") == "https://x.example"
    assert value_of("DEFAULT_FROM_EMAIL") == "tuangou@tuan.example"
    assert value_of("MAIL_BACKEND") == "off"
    assert value_of("MAIL_BACKEND", MAIL_HOST="mail.example") == "smtp"
