"""The robot of a group's chat: its limits, its answers, its one host."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses
from django.utils import timezone

from tests.core.out import (
    happen,
    pump,
    states,
)
from tuangou.core import limits, matrix, notices, outgoing
from tuangou.core.models import (
    Outgoing,
    Robot,
)
from tuangou.core.senders import cut

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]
ROBOT_KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


# the robot


@pytest.fixture
def robot() -> Robot:
    return Robot.objects.create(group_id=7, key=ROBOT_KEY, connected_at=timezone.now())


def say(words: str = "到货了", monkeypatch: Any = None, n: int = 1) -> list[Outgoing]:
    monkeypatch.setattr(
        matrix,
        "_group_news",
        {"round.arrived": matrix.GroupNews("round.arrived", "", lambda *_: words)},
    )
    for _ in range(n):
        event = happen("round.arrived", group_id=7)
        notices.notify(event, user_ids=[], kind="core.phone_changed", path="/", context={})
    return list(Outgoing.objects.filter(channel="robot"))


def test_the_groups_chat_hears_it_once(robot, gateway, monkeypatch, settings):
    (row,) = say("到货了\nhttps://t.cn/r/X", monkeypatch)
    notices.tell_chat(row.event)
    assert pump() == 1
    (call,) = gateway.calls
    assert call.request.url == f"{settings.ROBOT_URL}?key={ROBOT_KEY}"
    assert json.loads(call.request.body) == {
        "msgtype": "text",
        "text": {"content": "到货了\nhttps://t.cn/r/X"},
    }
    assert states() == [("robot", "sent", "")]


def test_without_a_robot_nothing_is_written(gateway, monkeypatch):
    assert say("x", monkeypatch) == []


def test_a_chat_hears_less_than_twenty_a_minute(robot, gateway, monkeypatch):
    say("x", monkeypatch, n=25)
    for _ in range(3):
        pump()
    assert len(gateway.calls) == outgoing.ROBOT_MOST
    waiting = Outgoing.objects.filter(state="waiting")
    assert waiting.count() == 15
    assert set(waiting.values_list("attempts", flat=True)) == {0}


def test_twin_without_the_limit_it_hears_all_at_once(robot, gateway, monkeypatch):
    monkeypatch.setattr(limits, "spend", lambda *_, **__: 1)
    say("x", monkeypatch, n=25)
    pump()
    assert len(gateway.calls) == 25


@pytest.mark.parametrize(
    ("answer", "state", "broken"),
    [
        ({"json": {"errcode": 0}}, "sent", False),
        ({"json": {"errcode": 45009}}, "waiting", False),
        ({"json": {"errcode": 93000}}, "failed", True),
        ({"json": {"errcode": 40001}}, "failed", False),
        ({"json": {}}, "waiting", False),
        ({"body": "<html>"}, "waiting", False),
        ({"status": 500}, "waiting", False),
        ({"status": 302, "headers": {"Location": "http://10.0.0.1/"}}, "waiting", False),
        ({"body": requests.ReadTimeout()}, "waiting", False),
    ],
)
def test_what_wecom_answers(robot, gateway, monkeypatch, settings, answer, state, broken):
    gateway.replace(responses.POST, settings.ROBOT_URL, **answer)
    say("x", monkeypatch)
    pump()
    assert Outgoing.objects.get().state == state
    robot.refresh_from_db()
    assert (robot.broken_at is not None) == broken
    assert ROBOT_KEY not in Outgoing.objects.get().last_error
    assert len(gateway.calls) == 1, "no redirect is followed"


def test_when_it_is_over_there_is_nothing_to_say(robot, gateway, monkeypatch):
    say("", monkeypatch)
    pump()
    assert states() == [("robot", "cancelled", "changed")]
    assert len(gateway.calls) == 0


def test_a_broken_robot_is_not_asked_again(robot, gateway, monkeypatch):
    Robot.objects.update(broken_at=timezone.now())
    say("x", monkeypatch)
    pump()
    assert states() == [("robot", "cancelled", "gone")]


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("牛肉", 6, "牛肉"),
        ("牛肉牛肉", 10, "牛肉…"),
        ("牛肉牛肉牛肉\nhttps://t.cn/x", 24, "牛肉…\nhttps://t.cn/x"),
        ("abc", 2048, "abc"),
    ],
)
def test_cut_between_characters_and_the_link_stays(text, most, short):
    assert cut(text, most) == short
    assert len(cut(text, most).encode()) <= most


def test_2048_bytes_of_wecom():
    text = "（31）3栋·张* 7KQ-31\n" * 200 + "https://t.cn/r/7KQ4M2"
    short = cut(text)
    assert len(short.encode()) <= 2048
    assert short.endswith("…\nhttps://t.cn/r/7KQ4M2")
