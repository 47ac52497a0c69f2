"""Settings: what is wanted where and when (S2), and the page that asks."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from tests.markup import problems
from tests.people import make_user
from tuangou.core import matrix, notices
from tuangou.core.models import NoticeMute, NoticeSetting, Topic
from tuangou.core.preferences import TOPICS, Wishes, keep_wishes, wishes_of
from tuangou.core.wishes import wants

SHANGHAI = ZoneInfo("Asia/Shanghai")
ALL = frozenset(topic for topic, _label in TOPICS)
OPENED, ARRIVED, LOGIN = "tests.opened", "tests.arrived", "tests.login"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def filed(monkeypatch):
    monkeypatch.setattr(notices, "_topics", dict(notices._topics))
    monkeypatch.setattr(
        matrix, "_kinds", {OPENED: matrix.Kind(OPENED, OPENED, email=matrix.DIGEST)}
    )
    notices.file_under(Topic.OPENED, OPENED)
    notices.file_under(Topic.GOODS, ARRIVED)
    notices.file_under(Topic.ACCOUNT, LOGIN)


def moment(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def choose(user, *, sms=ALL, email=ALL, start=time(22), end=time(8), digest=True) -> None:
    keep_wishes(user_id=user.pk, wishes=Wishes(start, end, digest, {"sms": sms, "email": email}))


@pytest.mark.parametrize(
    ("kind", "channel", "at", "goes"),
    [
        pytest.param(ARRIVED, "inapp", moment(23), moment(23), id="the inbox at any hour"),
        pytest.param(ARRIVED, "sms", moment(21, 59), moment(21, 59), id="before the quiet"),
        pytest.param(ARRIVED, "sms", moment(22), moment(8, day=21), id="quiet begins"),
        pytest.param(ARRIVED, "sms", moment(3), moment(8), id="after midnight"),
        pytest.param(ARRIVED, "sms", moment(8), moment(8), id="quiet is over"),
        pytest.param(LOGIN, "sms", moment(3), moment(3), id="the account never waits"),
        pytest.param(OPENED, "sms", moment(12), moment(12), id="only e-mail is gathered"),
        pytest.param(OPENED, "email", moment(12), moment(18), id="gathered till the evening"),
        pytest.param(OPENED, "email", moment(18, 1), moment(18, day=21), id="till tomorrow"),
        pytest.param(ARRIVED, "email", moment(12), moment(12), id="what is urgent is not"),
    ],
)
def test_by_default(kind, channel, at, goes):
    assert wants(make_user().pk, kind, channel, at) == goes


def test_what_is_muted_goes_nowhere_but_into_the_inbox():
    user, other = make_user(), make_user()
    choose(user, sms=ALL - {"goods"})
    assert wants(user.pk, ARRIVED, "sms", moment(12)) is None
    assert wants(user.pk, ARRIVED, "inapp", moment(12)) == moment(12)
    assert wants(user.pk, ARRIVED, "email", moment(12)) == moment(12)
    assert wants(other.pk, ARRIVED, "sms", moment(12)) == moment(12)


def test_quiet_hours_are_hers_and_local_to_the_group():
    user = make_user()
    choose(user, start=time(13), end=time(14, 30), digest=False)
    assert wants(user.pk, ARRIVED, "sms", moment(13)) == moment(14, 30)
    assert wants(user.pk, ARRIVED, "sms", moment(23)) == moment(23)
    assert wants(user.pk, OPENED, "email", moment(12)) == moment(12)
    at = moment(12)  # 13:00 in Tokyo
    assert wants(user.pk, ARRIVED, "sms", at, zone="Asia/Tokyo") == moment(13, 30)


def test_the_same_hour_twice_is_never_quiet():
    user = make_user()
    choose(user, start=time(8), end=time(8))
    assert wants(user.pk, ARRIVED, "sms", moment(8)) == moment(8)


def test_a_digest_that_falls_into_the_quiet_waits_for_its_end():
    user = make_user()
    choose(user, start=time(17), end=time(7))
    assert wants(user.pk, OPENED, "email", moment(12)) == moment(7, day=21)


def test_news_of_the_account_cannot_be_muted_even_by_hand():
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeMute.objects.create(user=make_user(), topic="account", channel="sms")


def test_what_was_chosen_comes_back_and_replaces_what_was():
    user = make_user()
    choose(user, sms=frozenset({"money"}), start=time(21, 30), digest=False)
    choose(user, email=frozenset({"goods"}))
    assert wishes_of(user.pk) == Wishes(
        time(22), time(8), True, {"sms": ALL, "email": frozenset({"goods"})}
    )
    assert NoticeSetting.objects.count() == 1


def test_the_page_keeps_what_is_ticked(client):
    user = make_user()
    client.force_login(user)
    page = client.get("/settings/").content.decode()
    assert problems(page) == []
    assert page.count("checked") >= len(ALL) * 2
    sent = {"quiet_from": "21:30", "quiet_until": "7:00", "sms": ["money", "goods"], "email": []}
    answer = client.post("/settings/", sent, follow=True)
    assert "记住了" in answer.content.decode()
    wishes = wishes_of(user.pk)
    assert wishes.wanted == {"sms": frozenset({"money", "goods"}), "email": frozenset()}
    assert (wishes.quiet_from, wishes.quiet_until, wishes.digest) == (time(21, 30), time(7), False)


@pytest.mark.parametrize("sent", [{"quiet_from": "25:00"}, {"quiet_until": ""}, {"sms": "x"}])
def test_the_page_says_what_is_wrong_and_keeps_nothing(client, sent):
    user = make_user()
    client.force_login(user)
    answer = client.post("/settings/", {"quiet_from": "22:00", "quiet_until": "8:00"} | sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "<title>错误：" in page
    assert problems(page) == []
    assert not NoticeSetting.objects.exists()
