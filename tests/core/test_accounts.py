"""Signing in by phone and password."""

import pytest
from django.contrib.auth.hashers import get_hasher
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.people import make_user
from tuangou.core.accounts import normal_phone
from tuangou.core.errors import InvalidInput
from tuangou.core.models import Code, Limit, Session

LOGIN = "/accounts/login/"
PASSWORD = "rice-and-beans-7"


@pytest.fixture
def lan(db):
    return make_user("兰", phone="+8613800138000", password=PASSWORD)


def sign_in(client, login="138 0013 8000", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": login, "password": password, **more})


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "8613800138000",
        "0086 138 0013 8000",
        "（+86）13800138000",
        "１３８００１３８０００",
        " 138\u00a00013\u20128000 ",
    ],
)
def test_phones_are_read_as_people_type_them(typed):
    assert normal_phone(typed) == "+8613800138000"


def test_phones_of_other_countries_need_their_plus():
    assert normal_phone("+852 6123 4567") == "+85261234567"
    assert normal_phone("00 44 20 7946 0958") == "+442079460958"


@pytest.mark.parametrize(
    "typed", ["", "1380013800", "138001380001", "12800138000", "+86 1380013", "abc", "6123 4567"]
)
def test_other_phones_are_refused_with_an_example(typed):
    with pytest.raises(InvalidInput, match="例如 138 0013 8000"):
        normal_phone(typed)


@pytest.mark.django_db
def test_the_page_asks_for_phone_and_password_and_nothing_else(client):
    response = client.get(LOGIN)
    assert response.status_code == 200
    page = response.content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'type="tel"' in page
    assert "placeholder" not in page
    assert " required" not in page


@pytest.mark.parametrize("typed", ["138 0013 8000", "+8613800138000", "１３８００１３８０００"])
def test_signing_in_leads_home_and_keeps_the_device(client, lan, typed):
    response = client.post(
        LOGIN,
        {"login": typed, "password": PASSWORD},
        headers={"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0"},
    )
    assert (response.status_code, response.url) == (302, "/")
    session = Session.objects.get(user=lan)
    assert (session.device, session.ip) == ("iPhone · WeChat", "127.0.0.1")


def test_signing_in_leads_on_to_the_page_asked_for_but_not_off_the_site(client, lan):
    assert sign_in(client, next="/g/x/").url == "/g/x/"
    client.logout()
    assert sign_in(client, next="https://evil.example/").url == "/"


def test_a_wrong_password_and_an_unknown_phone_get_the_same_answer(client, lan):
    def answer(login, password):
        response = sign_in(client, login, password)
        assert response.status_code == 422
        page = response.content.decode()
        assert login in page, "what was typed is kept"
        assert password not in page
        return page.replace(login, "").split("<main", 1)[1].split("csrfmiddlewaretoken")[0]

    assert answer("13800138000", "wrong-1") == answer("13900139000", "wrong-1")
    assert "手机号或密码不对" in sign_in(client, "13800138000", "wrong-1").content.decode()


def test_an_unknown_phone_costs_the_same_work(client, lan, monkeypatch):
    hashed: list[int] = []
    hasher = type(get_hasher())
    encode = hasher.encode

    def counted(self, *given):
        hashed.append(1)
        return encode(self, *given)

    monkeypatch.setattr(hasher, "encode", counted)
    sign_in(client, "13800138000", "wrong-1")
    known = len(hashed)
    sign_in(client, "13900139000", "wrong-1")
    assert len(hashed) == 2 * known > 0


@pytest.mark.parametrize(
    ("login", "password", "sentence"),
    [
        ("1380013", PASSWORD, "手机号要 11 位，例如 138 0013 8000"),
        ("", PASSWORD, "填手机号"),
        ("13800138000", "", "填密码"),
        ("1" * 200, "x", "手机号"),
        ("138001380\x00", "x", "手机号"),
    ],
)
def test_mistakes_get_a_sentence(client, lan, login, password, sentence):
    response = sign_in(client, login, password, by="password")
    assert response.status_code == 422
    assert sentence in response.content.decode() or "空" in response.content.decode()


def test_guessing_is_stopped_per_phone_in_postgresql(client, lan):
    for _ in range(5):
        assert "手机号或密码不对" in sign_in(client, password="guess").content.decode()
    refused = sign_in(client)
    assert refused.status_code == 429, "also with the right password"
    assert int(refused["Retry-After"]) <= 300
    assert "试得太多了" in refused.content.decode()
    assert not Session.objects.filter(user=lan).exists()
    Limit.objects.all().delete()
    assert sign_in(client).status_code == 302


def test_guesses_at_one_phone_do_not_lock_out_the_others(client, lan):
    for _ in range(6):
        sign_in(client, "13900139000", "guess")
    assert sign_in(client).status_code == 302


def test_guessing_many_phones_from_one_place_is_stopped(client, lan):
    answers = [sign_in(client, f"139001390{n:02d}", "guess").content.decode() for n in range(22)]
    assert "试得太多了" not in answers[19]
    assert "试得太多了" in answers[-1]


def test_right_answers_are_not_counted_as_guesses(client, lan):
    for _ in range(8):
        assert sign_in(client).status_code == 302
        client.post("/accounts/logout/")


def test_someone_switched_off_does_not_come_in(client, lan):
    lan.is_active = False
    lan.save(update_fields=["is_active"])
    response = sign_in(client)
    assert (response.status_code, response.url) == (302, "/accounts/inactive/")
    assert client.get(response.url).status_code == 200
    assert not Session.objects.filter(user=lan).exists()


def test_signing_out_is_a_button_not_a_link(client, lan):
    sign_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    assert Session.objects.filter(user=lan).exists()
    assert client.post("/accounts/logout/").status_code == 302
    assert not Session.objects.filter(user=lan).exists()


def test_a_new_password_signs_out_the_other_devices(client, lan):
    other = Client()
    sign_in(other)
    sign_in(client)
    form = {"oldpassword": PASSWORD, "password1": "new-beans-88", "password2": "new-beans-88"}
    assert client.get("/accounts/password/").status_code == 200
    assert client.post("/accounts/password/", form).status_code == 302
    assert client.get("/accounts/password/").status_code == 200
    assert other.get("/accounts/password/")["Location"].startswith(LOGIN)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("oldpassword", "wrong"),
        ("password1", "123"),
        ("password2", "different-1"),
        ("password1", ""),
    ],
)
def test_a_new_password_is_refused_with_the_form(client, lan, field, value):
    sign_in(client)
    form = {"oldpassword": PASSWORD, "password1": "new-beans-88", "password2": "new-beans-88"}
    response = client.post("/accounts/password/", form | {field: value})
    assert response.status_code == 422
    lan.refresh_from_db()
    assert lan.check_password(PASSWORD)


def test_asking_again_for_the_password(client, lan):
    sign_in(client)
    assert client.get("/accounts/reauthenticate/").status_code == 200
    assert client.post("/accounts/reauthenticate/", {"password": "x"}).status_code == 422
    response = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/g/x/"})
    assert (response.status_code, response.url) == (302, "/g/x/")


def test_without_a_password_one_is_set_first(client, db):
    user = make_user()
    client.force_login(user)
    assert client.get("/accounts/password/").url == "/accounts/password/set/"
    assert client.get("/accounts/password/set/").status_code == 200
    form = {"password1": "new-beans-88", "password2": "new-beans-88"}
    assert client.post("/accounts/password/set/", form).status_code == 302
    user.refresh_from_db()
    assert user.check_password("new-beans-88")


def test_nobody_signs_up_by_herself(client, db):
    for name in ("account_signup", "account_email", "account_reset_password"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert client.get("/accounts/signup/").status_code == 404


def come_by_code(client):
    client.post(LOGIN, {"login": "13800138000", "by": "code"})
    client.post("/accounts/code/", {"code": Code.objects.latest("pk").digits()})


def test_who_forgot_the_password_comes_by_code_and_sets_another(client, lan):
    come_by_code(client)
    assert client.get("/accounts/password/set/").status_code == 200
    form = {"password1": "new-beans-88", "password2": "new-beans-88"}
    assert client.post("/accounts/password/set/", form).status_code == 302
    lan.refresh_from_db()
    assert lan.check_password("new-beans-88")


def test_without_the_code_the_old_password_is_asked(client, lan):
    sign_in(client)
    assert client.get("/accounts/password/set/").url == "/accounts/password/"
    come_by_code(client := Client())
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 601
    session.save()
    assert client.get("/accounts/password/set/").url == "/accounts/password/"


def test_setting_a_password_asks_to_sign_in(client, db):
    assert client.get("/accounts/password/set/").url.startswith(LOGIN)
