"""Coming in: by code on a phone, with and without scripts, by a link, and by passkey."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.factories import make_group, make_initiator, make_member, make_user
from tests.journeys.people import Person, Watch
from tuangou.core.models import Code


@pytest.mark.parametrize("scripts", [True, False])
def test_by_code_on_a_phone(person, scripts):
    member = make_member(make_group())
    assert member.user
    assert member.user.phone
    lan = person(scripts=scripts)
    lan.open(f"/g/{member.group.slug}/")
    lan.fill("手机号", member.user.phone.removeprefix("+86"))
    lan.go("发验证码")
    lan.fill("验证码", "123 45")
    lan.go("登录")
    expect(lan.page).to_have_title(re.compile("^错误："))
    lan.fill("验证码", Code.objects.get().digits())
    lan.go("登录")
    expect(lan.page).to_have_url(f"{lan.base}/g/{member.group.slug}/")


def test_by_password_where_one_was_set(person):
    user = make_user(password="rice-and-beans-7")
    lan = person(user, by_form=True)
    expect(lan.page).not_to_have_url(re.compile("/accounts/"))


def test_by_a_link_of_the_initiator(person):
    ziyi = make_initiator(make_group())
    wang = make_member(ziyi.group, "王奶奶", account=False)
    console, phone = person(ziyi.user, desktop=True), person()
    console.open(f"/g/{ziyi.group.slug}/members/{wang.pk}/")
    console.go("给一个登录链接")
    console.go("做一个登录链接")
    words = console.page.locator("textarea").input_value()
    link = re.search(r"/l/[\w-]+/", words)
    assert link
    phone.open(link[0])
    phone.go("登录")
    expect(phone.page).to_have_url(f"{phone.base}/g/{ziyi.group.slug}/")


def test_by_passkey(transactional_db, live_server, browser: Browser, settings):
    """Set up with a key the browser plays, then asked for it before the list of members."""
    initiator = make_initiator(make_group())
    user, slug = initiator.user, initiator.group.slug
    watch = Watch(
        live_server.url.replace("127.0.0.1", "localhost")
    )  # passkeys know no bare numbers
    ziyi = Person.sit_down(browser, watch, user, desktop=True)
    session = ziyi.page.context.new_cdp_session(ziyi.page)
    session.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    settings.SECOND_FACTOR = "required"
    ziyi.open(f"/g/{slug}/members/")
    ziyi.go("加一把通行密钥")
    ziyi.go("加上")
    ziyi.go("抄好了，继续")
    expect(ziyi.page).to_have_url(f"{ziyi.base}/g/{slug}/members/")
    ziyi.open(f"/accounts/2fa/passkeys/proof/?next=/g/{slug}/members/")
    ziyi.go("用指纹、刷脸或锁屏密码")
    expect(ziyi.page).to_have_url(f"{ziyi.base}/g/{slug}/members/")
    ziyi.page.context.close()
    assert watch.complaints == []
