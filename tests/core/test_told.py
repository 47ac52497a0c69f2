"""The link at the end of a message: on, or no more; and the mailbox that mails go to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.core.out import (
    OPENED,
    REFUND,
    clock_shows,
    confirm_token,
    mailbox_for,
    make_reader,
    noon,
    placed,
    pump,
    tell,
)
from tests.markup import problems
from tests.people import make_user
from tuangou.core import personal
from tuangou.core.mailbox import ask
from tuangou.core.models import Mailbox, Notice, NoticeMute, Outgoing, Topic, User
from tuangou.core.wording import id_of, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


def link(user: User, kind: str = "orders.return_refunded", path: str = "/help/") -> str:
    row = tell(user, kind=kind, path=path, **REFUND)[0]
    return f"/n/{token_of(row.pk)}/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# the link


def test_whoever_is_signed_in_as_her_goes_straight_on(lan):
    response = signed_in(lan).get(link(lan))
    assert (response.status_code, response["Location"]) == (302, "/help/")


@pytest.mark.parametrize("who", ["nobody", "another"])
def test_others_see_the_ways_and_nothing_of_her(lan, who):
    client = Client() if who == "nobody" else signed_in(make_user())
    response = client.get(link(lan))
    page = response.content.decode()
    assert response.status_code == 200
    assert problems(page) == []
    for secret in ("牛腩", "¥", lan.nickname, lan.phone, "@"):
        assert secret not in page.split("<main")[1].split("</main>")[0], secret
    assert response["Cache-Control"].count("no-store")
    assert "noindex" in response["X-Robots-Tag"]


def test_one_tap_without_signing_in_stops_one_kind_on_one_way(lan):
    client = Client(enforce_csrf_checks=True)
    address = link(lan)
    page = client.get(address + "?stop=1").content.decode()
    assert 'value="returns"' in page
    response = client.post(address, {"topic": "returns"})
    assert "记住了" in response.content.decode()
    assert list(NoticeMute.objects.values_list("user_id", "topic", "channel")) == [
        (lan.pk, "returns", "email")
    ]
    client.post(address, {"topic": "returns"})
    assert NoticeMute.objects.count() == 1, "twice is once"


def test_a_mail_program_stops_it_by_itself(lan):
    """RFC 8058: a POST with this body, without cookies."""
    client = Client(enforce_csrf_checks=True)
    response = client.post(
        link(lan), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 200
    assert NoticeMute.objects.get().topic == "returns"


def test_looking_changes_nothing(lan):
    Client().get(link(lan) + "?stop=1")
    Client().head(link(lan) + "?stop=1")
    assert not NoticeMute.objects.exists()


def test_the_mail_of_six_stops_every_kind_in_it_or_one(lan):
    start = noon()
    with clock_shows(start):
        tell(lan, kind="orders.asked_after", **OPENED)
        tell(lan, kind="groups.announcement_published", title="停水")
    with clock_shows(start + timedelta(hours=6)):
        assert pump() == 1
    stop = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    address = stop[stop.index("/n/") :].removesuffix("?stop=1")
    page = Client().get(address).content.decode()
    assert 'value="goods"' in page
    assert 'value="news"' in page
    Client().post(address, {"topic": "news"})
    assert NoticeMute.objects.count() == 1
    Client().post(address)
    assert set(NoticeMute.objects.values_list("topic", flat=True)) == {"goods", "news"}


def test_news_of_the_account_cannot_be_stopped(lan):
    address = f"/n/{token_of(tell(lan)[0].pk)}/"
    assert "账号安全的通知停不了" in Client().get(address).content.decode()
    Client().post(address)
    assert not NoticeMute.objects.exists()


def test_another_way_and_another_topic_are_never_touched(lan):
    Client().post(link(lan), {"topic": Topic.MONEY})
    assert not NoticeMute.objects.exists()


def test_links_cannot_be_guessed(lan):
    row = tell(lan)[0]
    token = token_of(row.pk)
    assert id_of(token) == row.pk
    number, _sep, signature = token.partition("-")
    assert len(signature) == 16, "64 bits"
    flipped = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    for wrong in (
        f"{number}-{flipped}",
        f"{number}1-{signature}",
        number,
        "-",
        "x" * 40,
        f"{number}-",
    ):
        assert id_of(wrong) is None
        assert Client().get(f"/n/{wrong}/").status_code == 404
        assert Client().post(f"/n/{wrong}/").status_code == 404


def test_an_erased_person_leaves_no_rows_and_dead_links(lan):
    address = link(lan)
    tell(lan, kind="orders.order_placed", **placed())
    pump()
    personal.erase(user_id=lan.pk)
    for model in (Outgoing, Notice, Mailbox):
        assert not model._base_manager.filter(user_id=lan.pk).exists()
    assert Client().get(address).status_code == 404


# the mailbox


def test_a_mailbox_is_hers_when_the_link_in_the_mail_was_tapped():
    user = make_user()
    client = signed_in(user)
    page = client.post("/settings/mail/", {"address": "lan@mail.example"}, follow=True)
    assert "确认信" in page.content.decode()
    assert tell(user) == [], "nothing goes there before"
    assert pump() == 1
    (message,) = mail.outbox
    assert message.to == ["lan@mail.example"]
    assert "List-Unsubscribe" not in message.extra_headers
    address = next(word for word in message.body.split() if "/m/" in word)
    address = address[address.index("/m/") :]
    anybody = Client(enforce_csrf_checks=False)
    assert problems(anybody.get(address).content.decode()) == []
    assert Mailbox.objects.get().confirmed_at is None, "looking is not tapping"
    assert "邮箱通了" in anybody.post(address).content.decode()
    assert Mailbox.objects.get().confirmed_at
    assert len(tell(user)) == 1


def test_another_address_has_to_be_confirmed_anew_and_the_old_link_is_dead():
    user = make_user()
    mailbox_for(user, "old@mail.example")
    token = confirm_token(user)
    ask(user_id=user.pk, address="new@mail.example")
    assert Mailbox.objects.get().confirmed_at is None
    assert Client().post(f"/m/{token}/").status_code == 404
    assert Client().post("/m/nonsense/").status_code == 404
    with clock_shows(timezone.now()):
        assert Client().post(f"/m/{confirm_token(user)}/").status_code == 200


def test_the_address_can_be_let_go():
    user = make_reader()
    waiting = tell(user)
    page = signed_in(user).post("/settings/mail/", {"forget": "1"}, follow=True).content.decode()
    assert "不再发邮件" in page
    assert not Mailbox.objects.exists()
    pump()
    assert Outgoing.objects.get(pk=waiting[0].pk).reason == "no_address"


@pytest.mark.parametrize("typed", ["", "x", "a@b", "a@b.c\nBcc: x@y.example", "a" * 260 + "@x.cn"])
def test_a_wrong_address_is_a_sentence(typed):
    response = signed_in(make_user()).post("/settings/mail/", {"address": typed})
    assert response.status_code == 422
    assert problems(response.content.decode()) == []
    assert not Mailbox.objects.exists()


def test_five_confirmations_a_day_are_enough():
    client = signed_in(make_user())
    for n in range(5):
        assert client.post("/settings/mail/", {"address": f"u{n}@x.cn"}).status_code == 302
    assert client.post("/settings/mail/", {"address": "u6@x.cn"}).status_code == 422
    assert Outgoing.objects.count() == 5


def test_the_page_is_not_there_without_mail(settings):
    settings.MAIL_BACKEND = "off"
    assert signed_in(make_user()).get("/settings/mail/").status_code == 404
    assert "/settings/mail/" not in signed_in(make_user()).get("/settings/").content.decode()


def test_the_settings_keep_whether_goods_may_be_told_late():
    user = make_user()
    client = signed_in(user)
    fields = {"quiet_from": "22:00", "quiet_until": "08:00", "late": "on", "sms": ["goods"]}
    assert client.post("/settings/", fields).status_code == 302
    page = client.get("/settings/").content.decode()
    assert 'name="late"' in page
    assert "checked" in page.split('name="late"')[1].split(">")[0]
