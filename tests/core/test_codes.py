"""Signing in by a six-digit code: how it goes, what it gives away, how far guessing gets."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.answers import headers
from tests.people import make_user
from tests.threads import together
from tuangou.core import codes, events, sms
from tuangou.core.errors import TooMany
from tuangou.core.models import Code, Limit, Notice, Session, Sms, User

LOGIN, CODE = "/accounts/login/", "/accounts/code/"
KNOWN, UNKNOWN = "13800138000", "13900139000"


@pytest.fixture
def lan(db):
    return make_user("兰", phone=f"+86{KNOWN}", password="rice-and-beans-7")


def ask(client: Client, phone: str = KNOWN, **more: str):
    return client.post(LOGIN, {"login": phone, "by": "code", **more})


def digits() -> str:
    return Code.objects.latest("pk").digits()


def wrong() -> str:
    return f"{(int(digits()) + 1) % 1_000_000:06d}"


def try_(client: Client, typed: str):
    return client.post(CODE, {"code": typed})


def later(after: timedelta) -> None:
    """The code is older by this much."""
    for code in Code.objects.all():
        Code.objects.filter(pk=code.pk).update(
            sent_at=code.sent_at - after, expires_at=code.expires_at - after
        )


# How it goes


def test_from_the_phone_to_the_page_asked_for(client, lan):
    page = client.get(LOGIN + "?next=/notices/").content.decode()
    assert "发验证码" in page
    assert ask(client, next="/notices/").url == CODE
    page = client.get(CODE).content.decode()
    for part in (
        'autocomplete="one-time-code"',
        'inputmode="numeric"',
        "138****8000",
        "还可以试 5 次",
        "秒后可重发",
        "让团长发登录链接",
    ):
        assert part in page
    answer = try_(client, digits())
    assert (answer.status_code, answer.url) == (302, "/notices/")
    assert Session.objects.filter(user=lan).exists()


@pytest.mark.parametrize("shape", ["{a} {b}", "{a}-{b}", " {a}{b}\n"])
def test_pasted_digits_are_read(client, lan, shape):
    ask(client)
    typed = digits()
    assert try_(client, shape.format(a=typed[:3], b=typed[3:])).status_code == 302


def test_full_width_digits_are_read(client, lan):
    ask(client)
    wide = digits().translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)})
    assert try_(client, wide).status_code == 302


def test_the_session_key_changes_at_sign_in(client, lan):
    """Fixation: a key somebody planted before does not become a signed-in one."""
    ask(client)
    planted = client.cookies["session"].value
    try_(client, digits())
    assert client.cookies["session"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_wrong_digits_count_down_and_end_the_code(client, lan):
    ask(client)
    for left in (4, 3, 2, 1):
        answer = try_(client, wrong())
        assert answer.status_code == 422
        assert f"还可以试 {left} 次" in answer.content.decode()
    assert "次数用完了" in try_(client, wrong()).content.decode()
    assert try_(client, digits()).status_code == 422
    assert not Session.objects.filter(user=lan).exists()


@pytest.mark.parametrize("typed", ["", "abc", "١٢٣٤٥٦", "1" * 39, "12345", "\x00"])
def test_other_things_typed_are_refused_with_a_sentence(client, lan, typed):
    ask(client)
    assert try_(client, typed).status_code == 422


def test_an_old_code_is_over(client, lan):
    ask(client)
    later(codes.LIVES)
    assert "重新要一个" in try_(client, digits()).content.decode()
    assert not Session.objects.filter(user=lan).exists()


def test_a_code_is_worth_nothing_in_another_session(client, lan):
    ask(client)
    other = Client()
    ask(other, UNKNOWN)
    mine = Code.objects.get(phone=f"+86{KNOWN}").digits()
    assert try_(other, mine).status_code == 422
    assert try_(Client(), mine).url == LOGIN


def test_asking_again_at_once_leads_to_the_code_already_sent(client, lan):
    ask(client)
    ask(client)
    assert Sms.objects.count() == Code.objects.count() == 1
    ask(client, UNKNOWN)
    assert Code.objects.count() == 2


def test_sending_again(client, lan):
    ask(client)
    first = digits()
    client.post(CODE, {"do": "resend"})
    assert "再等" in client.get(CODE).content.decode()
    assert Sms.objects.count() == 1
    for n in (2, 3):
        later(codes.RESEND_AFTER)
        client.post(CODE, {"do": "resend"})
        assert Sms.objects.count() == n
    later(codes.RESEND_AFTER)
    client.post(CODE, {"do": "resend"})
    assert Sms.objects.count() == codes.SENDS
    assert try_(client, first).status_code == 302


def test_without_a_sender_the_page_asks_for_the_password(client, lan, settings):
    settings.SMS_BACKEND = "off"
    page = client.get(LOGIN).content.decode()
    assert "发验证码" not in page
    assert 'autocomplete="current-password"' in page
    assert ask(client).status_code == 422
    assert not Code.objects.exists()


def test_someone_switched_off_does_not_come_in(client, lan):
    User.objects.update(is_active=False)
    ask(client)
    assert try_(client, digits()).url == "/accounts/inactive/"
    assert not Session.objects.filter(user=lan).exists()


# What it gives away


def plain(answer) -> tuple[object, ...]:
    body = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", answer.content)
    body = re.sub(rb"\d+ \xe7\xa7\x92|value=\"\d{6}\"", b"", body)  # seconds to go, digits typed
    return answer.status_code, headers(answer), body.replace(b"139****9000", b"138****8000")


def watched(client: Client, act):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = act(client)
    shapes = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in seen.captured_queries]
    return plain(answer), shapes


@pytest.mark.parametrize("step", ["ask", "page", "wrong", "last", "resend"])
def test_known_and_unknown_phones_get_the_same_answer_for_the_same_work(db, lan, step):
    """Bytes, headers and statements: at asking, on the page, at wrong digits, at the last try."""

    def play(phone: str):
        client = Client()
        if step == "ask":
            return watched(client, lambda c: ask(c, phone))
        ask(client, phone)
        if step == "page":
            return watched(client, lambda c: c.get(CODE))
        if step == "resend":
            later(codes.RESEND_AFTER)
            return watched(client, lambda c: c.post(CODE, {"do": "resend"}))
        for _ in range(4 if step == "last" else 0):
            try_(client, wrong())
        return watched(client, lambda c: try_(c, wrong()))

    play("13700137000")  # what is made once: content types, the limits of everybody
    known, unknown = play(KNOWN), play(UNKNOWN)
    assert known[0] == unknown[0]
    assert known[1] == unknown[1]


def test_twin_a_look_at_the_account_is_seen(db, lan, monkeypatch):
    """Sending only where there is an account, decided in the request, shows in the statements."""
    queue = sms.queue

    def only_known(kind: str, *, phone: str, **more):
        if User.objects.filter(phone=phone).exists():
            queue(kind, phone=phone, **more)

    monkeypatch.setattr(sms, "queue", only_known)
    known = watched(Client(), lambda c: ask(c, KNOWN))
    unknown = watched(Client(), lambda c: ask(c, UNKNOWN))
    assert known[1] != unknown[1]


def test_a_wrong_password_is_the_same_for_known_and_unknown(db, lan):
    def play(phone: str):
        form = {"login": phone, "password": "wrong-1", "by": "password"}
        answer, shapes = watched(Client(), lambda c: c.post(LOGIN, form))
        return (*answer[:2], answer[2].replace(phone.encode(), b"")), shapes

    play("13700137000")
    assert play(KNOWN) == play(UNKNOWN)


def test_right_digits_for_a_phone_nobody_has_let_nobody_in(client, lan):
    ask(client, UNKNOWN)
    assert try_(client, digits()).status_code == 422
    assert not Session.objects.filter(user__isnull=False).exists()


# How far guessing gets


def test_codes_are_limited_per_phone_known_or_not(db, lan):
    for phone in (KNOWN, UNKNOWN):
        answers = [ask(Client(), phone).status_code for _ in range(6)]
        assert answers == [302] * 5 + [429]


def test_codes_are_limited_per_address_and_altogether(db, monkeypatch):
    monkeypatch.setattr(codes, "ASKED_BY_ADDRESS", (("code.address.hour", 2, codes.HOUR),))
    answers = [ask(Client(), f"139001390{n:02d}").status_code for n in range(3)]
    assert answers == [302, 302, 429]
    Limit.objects.all().delete()
    monkeypatch.setattr(codes, "ASKED_BY_ADDRESS", ())
    monkeypatch.setattr(codes, "ASKED_BY_ALL", (("code.all.hour", 2, codes.HOUR),))
    answers = [ask(Client(), f"139001391{n:02d}").status_code for n in range(3)]
    assert answers == [302, 302, 429]


def test_wrong_digits_are_limited_altogether_and_right_ones_are_not_counted(
    client, lan, monkeypatch
):
    monkeypatch.setattr(codes, "WRONG_BY_ALL", ("code.wrong.all", 3, codes.DAY))
    for _ in range(4):
        ask(client)
        assert try_(client, digits()).status_code == 302
        client.post("/accounts/logout/")
        later(codes.RESEND_AFTER)
    other = Client()
    ask(other, UNKNOWN)
    assert [try_(other, wrong()).status_code for _ in range(4)] == [422, 422, 422, 429]


def made(phone: str = "+8613800138000") -> Code:
    now = timezone.now()
    return Code.objects.create(
        purpose=codes.SIGN_IN,
        phone=phone,
        nonce=b"0" * 16,
        created_at=now,
        sent_at=now,
        expires_at=now + codes.LIVES,
    )


def use(code: Code, typed: str) -> object:
    return codes.use(code_id=code.pk, purpose=codes.SIGN_IN, typed=typed, address="203.0.113.9")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_code_at_once_is_used_once():
    code = made()
    results = together([lambda: use(code, code.digits())] * 4)
    assert sum(isinstance(one, Code) for one in results) == 1
    assert all(isinstance(one, Code | codes.CodeOver) for one in results), results


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_the_mark_in_one_statement_it_is_used_by_all(monkeypatch):
    monkeypatch.setattr(codes, "_USE", "update core_code set used_at = app_now() where id = %s")
    monkeypatch.setattr(codes, "_COUNT_TRY", codes._COUNT_TRY.replace("used_at is null and", ""))
    code = made()
    results = together([lambda: use(code, code.digits())] * 4)
    assert sum(isinstance(one, Code) for one in results) > 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ten_guesses_at_once_are_five():
    code = made()
    bad = f"{(int(code.digits()) + 1) % 1_000_000:06d}"
    results = together([lambda: use(code, bad)] * 10)
    assert sum(isinstance(one, codes.CodeOver) for one in results) == 10 - codes.TRIES + 1
    code.refresh_from_db()
    assert code.tries == codes.TRIES


@pytest.mark.django_db
def test_the_digits_are_spread_and_not_in_the_row():
    seen = [Code(pk=n, nonce=b"x").digits() for n in range(3000)]
    assert {len(one) for one in seen} == {6}
    assert len(set(seen)) > 2980
    assert 1350 < sum(one < "500000" for one in seen) < 1650
    code = made()
    with connection.cursor() as cursor:
        cursor.execute("select core_code::text from core_code")
        (row,) = cursor.fetchone()
    assert code.digits() not in row


@pytest.mark.django_db
def test_old_codes_are_forgotten(lan, client):
    ask(client)
    assert codes.tidy() == 0
    later(codes.LIVES + timedelta(seconds=1))
    assert codes.tidy() == 1


# A phone on an account


def put(client: Client, number: str) -> None:
    client.post("/accounts/phone/", {"phone": number})
    client.post("/accounts/phone/code/", {"code": digits()})


def test_adding_a_phone_to_an_account_without_one(client, db):
    user = make_user(phone=None)
    client.force_login(user)
    assert "加上我的手机号" in client.get("/accounts/devices/").content.decode()
    assert "加上我的手机号" in client.get("/accounts/phone/").content.decode()
    put(client, "137 0013 7000")
    user.refresh_from_db()
    assert user.phone == "+8613700137000"


def test_changing_a_phone_tells_the_inbox_and_the_old_phone(client, lan):
    client.force_login(lan)
    put(client, "13700137000")
    lan.refresh_from_db()
    assert lan.phone == "+8613700137000"
    assert Sms.objects.get(kind="phone_changed").phone == f"+86{KNOWN}"
    events.drain(None)
    assert Notice.objects.get(user=lan).kind == "core.phone_changed"


def test_a_phone_of_another_account_is_refused_only_after_its_code(client, lan):
    user = make_user(phone=None)
    client.force_login(user)
    assert client.post("/accounts/phone/", {"phone": KNOWN}).url == "/accounts/phone/code/"
    answer = client.post("/accounts/phone/code/", {"code": digits()}, follow=True)
    assert "已有账号" in answer.content.decode()
    user.refresh_from_db()
    assert user.phone is None


def test_a_code_for_signing_in_puts_no_phone_on_an_account(client, lan):
    user = make_user(phone=None)
    client.force_login(user)
    code = made("+8613700137000")
    session = client.session
    session["new_phone"] = {"code": code.pk}
    session.save()
    assert client.post("/accounts/phone/code/", {"code": code.digits()}).status_code == 422
    user.refresh_from_db()
    assert user.phone is None


def test_a_code_for_a_phone_does_not_sign_in(client, lan):
    """A code asked for to put a phone on an account opens no other account."""
    other = make_user(phone=None)
    asker = Client()
    asker.force_login(other)
    asker.post("/accounts/phone/", {"phone": KNOWN})
    code = Code.objects.latest("pk")
    session = client.session
    session["signing_in"] = {"code": code.pk, "next": ""}
    session.save()
    assert try_(client, code.digits()).status_code == 422
    assert not Session.objects.filter(user=lan).exists()


def test_five_phones_a_day(client, lan):
    client.force_login(lan)
    answers = [
        client.post("/accounts/phone/", {"phone": f"137001370{n:02d}"}).status_code
        for n in range(6)
    ]
    assert answers == [302] * 5 + [429]


@pytest.mark.django_db
def test_limits_are_spent_outside_the_work():
    for _ in range(5):
        codes.ask(purpose="sign_in", phone="+8613800138000", address="a", language="zh-hans")
    before = Code.objects.count()
    with pytest.raises(TooMany):
        codes.ask(purpose="sign_in", phone="+8613800138000", address="a", language="zh-hans")
    assert Code.objects.count() == before
