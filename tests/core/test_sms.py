"""Texts to phones: written in the request, sent by a worker, gone from the database afterwards."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
import requests
import responses
from django.db import connection
from django.template.exceptions import TemplateDoesNotExist
from django.utils import timezone

from tests.people import make_user
from tuangou.core import clock, codes, sms, tasks
from tuangou.core.models import Code, Sms

URL, SECRET = "https://sms.example/send", "s" * 40
PHONE = "+8613800138000"


@pytest.fixture
def gateway(settings):
    settings.SMS_BACKEND, settings.SMS_URL = "http", URL
    settings.SMS_SECRET, settings.SMS_SIGNATURE = SECRET, "梧桐里"
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def lan(db):
    return make_user("兰", phone=PHONE)


def asked(phone: str = PHONE, purpose: str = codes.SIGN_IN, language: str = "zh-hans") -> Sms:
    codes.ask(purpose=purpose, phone=phone, address="a", language=language)
    return Sms.objects.latest("pk")


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(core_sms::text, ' ') from core_sms")
        return str(cursor.fetchone()[0])


def test_the_gateway_gets_signed_json(lan, gateway):
    gateway.post(URL, status=202)
    row = asked()
    assert sms.send(row.pk)
    request = gateway.calls[0].request
    body = json.loads(request.body)
    code = Code.objects.get().digits()
    assert body == {
        "id": row.pk,
        "phone": PHONE,
        "text": f"验证码 {code}，10 分钟内有效。别告诉任何人，团长也不会问你要",
        "signature": "梧桐里",
    }
    stamp, signed = request.headers["X-Tuangou-Signature"].removeprefix("t=").split(",v1=")
    assert abs(time.time() - int(stamp)) < 60
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256)
    assert signed == expected.hexdigest()


def test_afterwards_neither_phone_nor_text_is_in_the_row(lan, gateway):
    gateway.post(URL, status=200)
    row = asked()
    digits = Code.objects.get().digits()
    assert digits not in stored(), "nor before"
    sms.send(row.pk)
    row.refresh_from_db()
    assert row.done_at
    assert PHONE not in stored()
    assert not sms.send(row.pk), "once"


def test_a_phone_without_an_account_gets_nothing(db, gateway):
    row = asked("+8613900139000")
    assert not sms.send(row.pk)
    row.refresh_from_db()
    assert (row.phone, row.last_error) == ("", "")
    assert row.done_at


def test_a_new_phone_gets_its_code(db, gateway):
    gateway.post(URL, status=200)
    assert sms.send(asked("+8613900139000", codes.PHONE).pk)


@pytest.mark.parametrize(
    "trouble", [500, 503, 408, 429, 302, requests.ConnectionError(), requests.ReadTimeout()]
)
def test_trouble_is_tried_again_with_growing_pauses(lan, gateway, trouble):
    if isinstance(trouble, int):
        gateway.post(URL, status=trouble, headers={"Location": "https://evil.example/"})
    else:
        gateway.post(URL, body=trouble)
    row, pauses, now = asked(), [], timezone.now()
    for _ in range(3):
        with clock.simulated(now):
            assert not sms.send(row.pk)
        row.refresh_from_db()
        assert row.due_at
        pauses.append((row.due_at - now).total_seconds())
    assert row.done_at is None
    assert row.last_error
    assert pauses == [5, 10, 20]
    gateway.replace(responses.POST, URL, status=200)
    assert sms.send(row.pk)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_the_gateway_will_never_take_is_given_up(lan, gateway, status):
    gateway.post(URL, status=status)
    row = asked()
    assert not sms.send(row.pk)
    row.refresh_from_db()
    assert (row.phone, row.last_error, row.due_at) == ("", f"HTTP {status}", None)


def test_too_late_is_not_sent_and_blanked(lan, gateway):
    row = asked()
    Sms.objects.update(expires_at=timezone.now())
    assert not sms.send(row.pk)
    sms.dispatch_due(lambda ids: None)
    row.refresh_from_db()
    assert (row.phone, row.last_error) == ("", "too late")


def test_the_tick_hands_over_once_and_again_when_it_was_lost(lan):
    row = asked()
    handed: list[int] = []
    assert sms.dispatch_due(handed.extend) == 1
    assert sms.dispatch_due(handed.extend) == 0
    Sms.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    sms.dispatch_due(handed.extend)
    assert handed == [row.pk, row.pk]


def test_the_task_sends_each(lan, gateway):
    gateway.post(URL, status=200)
    first, second = asked(), asked()
    tasks.send_sms(sms_ids=[first.pk, 999_999_999, second.pk])
    assert Sms.objects.filter(done_at=None).count() == 0


def test_the_console_prints_it(lan, settings, capsys):
    settings.SMS_BACKEND = "console"
    row = asked(language="zh-hans")
    sms.send(row.pk)
    assert f"SMS {PHONE}: 验证码 {Code.objects.get().digits()}" in capsys.readouterr().err


def test_off_sends_nothing(lan, settings):
    settings.SMS_BACKEND = "off"
    row = asked()
    assert not sms.send(row.pk)
    row.refresh_from_db()
    assert row.phone == ""


def test_neither_phone_nor_digits_in_the_log(lan, gateway, capsys):
    gateway.post(URL, status=500)
    row = asked()
    sms.send(row.pk)
    gateway.replace(responses.POST, URL, status=200)
    sms.send(row.pk)
    said = "".join(capsys.readouterr())
    assert "13800138000" not in said
    assert Code.objects.get().digits() not in said


def test_done_texts_are_forgotten_after_a_week(lan, gateway):
    gateway.post(URL, status=200)
    sms.send(asked().pk)
    assert sms.tidy() == 0
    Sms.objects.update(done_at=timezone.now() - sms.KEPT - timedelta(hours=1))
    assert sms.tidy() == 1


def test_a_text_must_exist(db):
    with pytest.raises(TemplateDoesNotExist):
        sms.queue("nonsense", phone=PHONE, expires_at=timezone.now(), language="en")


def test_asking_touches_no_network(lan, gateway, client):
    """No route is mocked: any request would fail; the broker is guarded for every test."""
    client.post("/accounts/login/", {"login": "13800138000", "by": "code"})
    assert Sms.objects.count() == 1
    assert len(gateway.calls) == 0
