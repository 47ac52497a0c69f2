"""Devices: shown, ended, and told of when a new one signs in."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.people import make_user
from tuangou.core import devices, events
from tuangou.core.models import Code, Event, Notice, Session

PAGE = "/accounts/devices/"
PASSWORD = "rice-and-beans-7"
PHONE_AGENT = "Mozilla/5.0 (iPhone) MicroMessenger/8.0"


@pytest.fixture
def lan(db):
    return make_user("兰", phone="+8613800138000", password=PASSWORD)


def signed_in(agent: str = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0") -> Client:
    client = Client(headers={"User-Agent": agent})
    form = {"login": "13800138000", "password": PASSWORD, "by": "password"}
    assert client.post("/accounts/login/", form).status_code == 302
    return client


def inside(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def marks(client: Client) -> list[str]:
    page = client.get(PAGE).content.decode()
    return re.findall(r'name="device" value="(\w+)"', page)


def test_this_device_first_and_no_key_on_the_page(lan):
    phone, desk = signed_in(PHONE_AGENT), signed_in()
    page = desk.get(PAGE).content.decode()
    assert page.index("Windows · Firefox") < page.index("iPhone · WeChat")
    assert "这台" in page
    for client in (phone, desk):
        assert client.cookies["session"].value not in page


def test_one_device_is_signed_out(lan):
    phone, desk, other = signed_in(PHONE_AGENT), signed_in(), signed_in(PHONE_AGENT)
    first, second = marks(desk)
    desk.post("/accounts/devices/end/", {"device": second})
    assert (inside(phone), inside(desk), inside(other)) == (False, True, True)
    assert marks(desk) == [first]
    desk.post("/accounts/devices/end/", {"device": second})
    desk.post("/accounts/devices/end/", {"device": ""})
    desk.post("/accounts/devices/end/", {"device": "ü" * 24})
    assert inside(other)


def test_everywhere_else_at_once(lan):
    phone, desk = signed_in(PHONE_AGENT), signed_in()
    desk.post("/accounts/devices/end-others/")
    assert (inside(phone), inside(desk)) == (False, True)
    assert "别处全部退出登录" not in desk.get(PAGE).content.decode()


def test_nobody_ends_the_device_of_another(lan):
    mine = signed_in()
    other = make_user("客", phone="+8613900139000", password=PASSWORD)
    theirs = Client()
    theirs.force_login(other)
    key = mine.cookies["session"].value
    for mark in (devices._mark(key), key):
        theirs.post("/accounts/devices/end/", {"device": mark})
    theirs.post("/accounts/devices/end-others/")
    assert inside(mine)


def test_a_second_device_is_told_of_a_first_is_not(lan):
    signed_in(PHONE_AGENT)
    assert not Event.objects.filter(kind="session.started").exists()
    signed_in()
    events.drain(None)
    notice = Notice.objects.get(user=lan)
    assert notice.context == {"device": "Windows · Firefox"}
    page = signed_in(PHONE_AGENT).get("/notices/").content.decode()
    assert "Windows · Firefox" in page


def test_a_sign_in_by_code_is_told_of_too(lan):
    signed_in()
    client = Client()
    client.post("/accounts/login/", {"login": "13800138000", "by": "code"})
    client.post("/accounts/code/", {"code": Code.objects.get().digits()})
    assert Event.objects.filter(kind="session.started").count() == 1


def test_no_address_in_the_events_that_stay(lan):
    signed_in()
    signed_in()
    assert "127.0.0.1" not in str(list(Event.objects.values_list("data", flat=True)))


@pytest.mark.parametrize("first", [True, False])
def test_a_password_set_or_changed_ends_the_other_sessions(lan, first):
    if first:
        lan.set_unusable_password()
        lan.save(update_fields=["password"])
    desk, phone = Client(), Client()
    desk.force_login(lan)
    phone.force_login(lan)
    new = {"password1": "new-beans-88", "password2": "new-beans-88"}
    if first:
        assert desk.post("/accounts/password/set/", new).status_code == 302
    else:
        assert desk.post("/accounts/password/", new | {"oldpassword": PASSWORD}).status_code == 302
    assert (inside(desk), inside(phone)) == (True, False)
    assert Session.objects.filter(user=lan).count() == 1


def test_a_password_that_was_refused_ends_nothing(lan):
    desk, phone = signed_in(), signed_in(PHONE_AGENT)
    form = {"oldpassword": "wrong", "password1": "new-beans-88", "password2": "new-beans-88"}
    assert desk.post("/accounts/password/", form).status_code == 422
    assert inside(phone)


def test_changes_of_the_password_are_limited(lan):
    desk = signed_in()
    form = {"oldpassword": "wrong", "password1": "new-beans-88", "password2": "new-beans-88"}
    answers = [desk.post("/accounts/password/", form).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_the_page_takes_one_statement_for_any_number(lan, django_assert_num_queries):
    desk = signed_in()
    for n in (1, 3):
        while Session.objects.count() < n:
            signed_in(PHONE_AGENT)
        with django_assert_num_queries(2):  # the session with its person, the devices
            desk.get(PAGE)
