"""The officers' page of what left the app; and the robot's settings."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses
from django.db import transaction
from django.test import Client
from django.utils import timezone

from groups.services.robots import connect_robot, disconnect_robot, key_of
from tests.core.out import clock_shows, happen, mailbox_for, noon, pump, tell
from tests.factories import announce, make_member, make_round
from tests.markup import problems
from tests.orders.stages import Stage, at, make_stage
from tests.people import make_user
from tuangou.core import clock, events
from tuangou.core.errors import InvalidInput
from tuangou.core.models import Event, Outgoing, Robot

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


@pytest.fixture
def stage(db) -> Stage:
    stage = make_stage(timezone.now())
    for member in (stage.member, stage.neighbour):
        mailbox_for(member.user)
    return stage


def client_of(member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def opened(stage: Stage, *, subject_id: int | None = None) -> list[Outgoing]:
    """The round's opening, told to two neighbours."""
    event = happen("round.opened", group_id=stage.group.pk, subject_id=subject_id or stage.round.pk)
    context: dict[str, Any] = {
        "title": "团",
        "zone": stage.group.time_zone,
        "reason": "断货",
        "fen": 0,
    }
    users = [stage.member.user, stage.neighbour.user]
    return tell(*users, kind="orders.round_cancelled", event=event, **context)


def page(stage: Stage, query: str = "", *, whole: bool = False) -> str:
    where = "told/" if whole else f"rounds/{stage.round.pk}/told/"
    response = client_of(stage.deputy).get(f"/g/{stage.group.slug}/{where}{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_each_is_shown_with_masked_name_way_state_and_why(stage):
    mails = [row for row in opened(stage) if row.channel == "email"]
    done = {"done_at": timezone.now()}
    Outgoing.objects.filter(pk=mails[0].pk).update(
        state="failed", reason="refused", last_error="SMTP [550]", **done
    )
    Outgoing.objects.filter(pk=mails[1].pk).update(state="muted", reason="muted", **done)
    shown = page(stage)
    assert problems(shown) == []
    for words in (
        "3栋·张*",
        "3栋·王*",
        "没发成",
        "对方不收",
        "SMTP [550]",
        "本人选了不收",
        "团取消了",
    ):
        assert words in shown
    for secret in (stage.member.user.phone, "@mail.example", stage.member.household.room + "<"):
        assert secret not in shown


def test_views_count_and_filter(stage):
    rows = opened(stage)
    Outgoing.objects.filter(pk=rows[0].pk).update(state="sent", done_at=timezone.now())
    assert page(stage, "?state=sent").count("<tr><td>") == 1
    assert page(stage, "?state=waiting").count("<tr><td>") == len(rows) - 1
    assert page(stage, "?state=nonsense").count("<tr><td>") == len(rows)
    assert page(stage, "?before=nonsense").count("<tr><td>") == len(rows)
    assert page(stage, f"?before={rows[0].pk}").count("<tr><td>") == 0


def test_another_round_and_another_group_are_not_there(stage):
    opened(stage)
    other = make_stage(timezone.now())
    mailbox_for(other.member.user)
    opened(stage, subject_id=stage.round.pk + 1_000_000)
    opened(other)
    assert page(stage).count("<tr><td>") == 4
    assert page(stage, whole=True).count("<tr><td>") == 8
    assert page(other, whole=True).count("<tr><td>") == 3


def test_orders_money_and_returns_of_a_round_are_its_own(stage):
    order = stage.order(stage.member)
    event = happen("order.placed", group_id=stage.group.pk, subject_id=order.pk)
    tell(stage.member.user, kind="orders.round_failed", event=event, title="团", fen=0)
    assert page(stage).count("<tr><td>") == 1


def test_the_number_of_statements_does_not_grow(stage, django_assert_num_queries):
    client = client_of(stage.deputy)
    address = f"/g/{stage.group.slug}/rounds/{stage.round.pk}/told/"
    opened(stage)
    client.get(address)
    with django_assert_num_queries(7):
        client.get(address)
    for _ in range(10):
        opened(stage)
    with django_assert_num_queries(7):
        client.get(address)


def test_what_failed_is_tried_again_one_or_all(stage):
    rows = opened(stage)
    done = {"state": "failed", "done_at": timezone.now(), "attempts": 8}
    Outgoing.objects.update(**done)
    client = client_of(stage.deputy)
    address = f"/g/{stage.group.slug}/rounds/{stage.round.pk}/told/retry/"
    client.post(address, {"one": rows[0].pk})
    assert Outgoing.objects.filter(state="waiting").count() == 1
    client.post(address)
    assert Outgoing.objects.filter(state="waiting").count() == len(rows)
    assert "没有还来得及再发的" in client.post(address, follow=True).content.decode()


def test_another_groups_failure_is_not_ones_to_try(stage):
    other = make_stage(timezone.now())
    mailbox_for(other.member.user)
    rows = opened(other)
    Outgoing.objects.update(state="failed", done_at=timezone.now())
    client_of(stage.initiator).post(f"/g/{stage.group.slug}/told/retry/", {"one": rows[0].pk})
    client_of(stage.initiator).post(f"/g/{stage.group.slug}/told/retry/")
    assert not Outgoing.objects.filter(state="waiting").exists()


# the robot's settings


def address_of(key: str = KEY) -> str:
    return f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}"


def test_the_initiator_connects_it_hears_hello_and_never_sees_the_key_again(stage, settings):
    client = client_of(stage.initiator)
    where = f"/g/{stage.group.slug}/settings/robot/"
    shown = client.post(where, {"address": f" {address_of()} "}, follow=True).content.decode()
    assert problems(shown) == []
    assert KEY[-4:] in shown
    assert KEY not in shown
    assert KEY not in client.get(f"/g/{stage.group.slug}/settings/").content.decode()
    with responses.RequestsMock() as wecom:
        wecom.post(settings.ROBOT_URL, json={"errcode": 0})
        assert pump() == 1
        assert wecom.calls[0].request.url == address_of()
    client.post(f"{where}end/")
    assert not Robot.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        f"http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key={KEY}",
        f"https://evil.example/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com@10.0.0.1/cgi-bin/webhook/send?key={KEY}",
        f"https://10.0.0.1/cgi-bin/webhook/send?key={KEY}",
        f"https://169.254.169.254/latest/?key={KEY}",
        f"https://[::1]/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/../x?key={KEY}",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}&key={KEY}",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=short",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}%0d%0aHost: x",
        f"file:///etc/passwd?key={KEY}",
        "https://[",
    ],
)
def test_no_address_leads_elsewhere(stage, address):
    response = client_of(stage.initiator).post(
        f"/g/{stage.group.slug}/settings/robot/", {"address": address}
    )
    assert response.status_code == 422
    assert problems(response.content.decode()) == []
    assert not Robot.objects.exists()
    with pytest.raises(InvalidInput):
        key_of(address)


def test_what_happens_to_a_round_is_said_once_in_the_chat(stage, settings):
    group, moment = stage.group, noon()
    with clock_shows(moment):
        connect_robot(group_id=group.pk, actor_id=stage.initiator.pk, address=address_of())
        rnd = make_round(group, title="另一团")
    events.drain(group.pk)  # played past first: it puts the clock back
    with clock_shows(moment), responses.RequestsMock() as wecom:
        wecom.post(settings.ROBOT_URL, json={"errcode": 0})
        pump()
        bodies: list[Any] = [json.loads(call.request.body or "") for call in wecom.calls]
    said = " ".join(body["text"]["content"] for body in bodies)
    assert said.count("接龙") == 1
    assert f"/r/{rnd.code}" in said
    assert Outgoing.objects.filter(channel="robot", state="sent").count() == 2


def test_who_has_no_account_does_not_silence_the_chat(stage):
    """Nobody to tell in the app: the handlers still tell the chat."""
    granny = make_member(stage.group, "李奶奶", account=False)
    with clock_shows(noon()):
        connect_robot(group_id=stage.group.pk, actor_id=stage.initiator.pk, address=address_of())
    stage.order(granny)
    stage.confirm()
    with clock_shows(stage.round.cut_off_at), transaction.atomic():
        events.publish(
            "round.confirmed",
            group_id=stage.group.pk,
            subject_id=stage.round.pk,
            actor_id=None,
            at=clock.now(),
        )
    events.drain(stage.group.pk)
    assert Outgoing.objects.filter(channel="robot", kind="round.confirmed").count() == 1


def test_a_played_past_is_not_said(stage):
    with at(stage.start):
        connect_robot(group_id=stage.group.pk, actor_id=stage.initiator.pk, address=address_of())
        announce(stage.initiator)
        make_round(stage.group, title="另一团")
    events.drain(stage.group.pk)
    assert not Outgoing.objects.filter(event__in=Event.objects.filter(simulated=True)).exists()


def test_disconnecting_takes_back_what_waits(stage):
    connect_robot(group_id=stage.group.pk, actor_id=stage.initiator.pk, address=address_of())
    for _ in range(2):
        disconnect_robot(group_id=stage.group.pk, actor_id=stage.initiator.pk)
    assert Outgoing.objects.get().reason == "gone"
    assert Event.objects.filter(kind="robot.disconnected").count() == 1


def test_only_the_initiator_has_the_address(stage):
    for member in (stage.member, stage.deputy):
        response = client_of(member).post(
            f"/g/{stage.group.slug}/settings/robot/", {"address": address_of()}
        )
        assert response.status_code == 403
    outsider = Client()
    outsider.force_login(make_user())
    assert outsider.get(f"/g/{stage.group.slug}/settings/robot/").status_code == 404
