"""A helper's link opens one list until midnight, and nothing else (O10)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groups.services.memberships import end_deputy
from orders.models import CheckOff, HelperLink, Order
from orders.services.helpers import (
    BadHelperLink,
    EnoughHelperLinks,
    make_helper_link,
    midnight_after,
    revoke_helper_link,
)
from tests.orders.stages import Stage, at, make_stage
from tests.test_permissions import ACTS, GONE, LINKS, READS, SIGN, make_scene
from tuangou.core import events, notices
from tuangou.core.models import Event, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(timezone.now() - timedelta(hours=45))


@pytest.fixture
def orders(stage: Stage) -> list[Order]:
    """7-302 and 9-2乙1, whose names and phones are to stay unseen where they must."""
    found = [
        stage.order(stage.flat("7栋", "", "302", "阿圆"), note="电话 13900001111"),
        stage.order(stage.flat("9栋", "", "2乙1", "马丽")),
    ]
    stage.arrive()
    return found


def link(stage: Stage, building: str = "", who: Any = None) -> tuple[HelperLink, str]:
    return make_helper_link(
        round_id=stage.round.pk,
        actor_id=(who or stage.initiator).pk,
        name="三栋小李",
        building=building,
    )


def hand(client: Client, token: str, order: Order, **fields: Any) -> Any:
    address = reverse("helper-check-off", args=[token, order.pk])
    return client.post(address, {"request_id": str(uuid4())} | fields)


def status(order: Order) -> str:
    order.refresh_from_db()
    return order.status


class TestList:
    def test_the_desk_is_the_whole_round(self, stage, orders, client):
        text = client.get(reverse("helper", args=[link(stage)[1]])).content.decode()
        for seen in ("7-302", "9-2乙1", "阿圆", "马丽", "三栋小李"):
            assert seen in text

    def test_a_building_is_that_building(self, stage, orders, client):
        text = client.get(reverse("helper", args=[link(stage, "7栋")[1]])).content.decode()
        assert "7-302" in text
        assert "9-2乙1" not in text
        assert "马丽" not in text

    def test_no_phones_notes_amounts_or_real_names(self, stage, orders, client):
        orders[0].member.real_name = "欧阳小圆"
        orders[0].member.save(update_fields=["real_name"])
        text = client.get(reverse("helper", args=[link(stage)[1]])).content.decode()
        for hidden in ("13900001111", "¥", "欧阳小圆", "短信", 'name="take_money"'):
            assert hidden not in text

    def test_finding_stays_within_the_building(self, stage, orders, client):
        address = reverse("helper", args=[link(stage, "7栋")[1]])
        assert "7-302" in client.get(address, {"q": "7-302"}).content.decode()
        assert "马丽" not in client.get(address, {"q": "9-2乙1"}).content.decode()
        assert "马丽" not in client.get(address, {"building": "9栋"}).content.decode()


class TestHandOver:
    def test_names_the_helper(self, stage, orders, client):
        made, token = link(stage)
        assert hand(client, token, orders[0]).status_code == 302
        done = CheckOff.objects.get()
        assert (done.helper, done.by, done.handed_over_by) == (made, stage.initiator, "三栋小李")
        desk = Client()
        desk.force_login(stage.deputy.user)
        page = desk.get(reverse("orders:desk", args=[stage.group.slug, stage.round.pk]))
        assert "三栋小李" in desk.get(page.request["PATH_INFO"] + "?show=all").content.decode()

    def test_undone_by_the_helper(self, stage, orders, client):
        _made, token = link(stage)
        hand(client, token, orders[0])
        address = reverse("helper-undo", args=[token, CheckOff.objects.get().pk])
        assert client.post(address, {"request_id": str(uuid4())}).status_code == 302
        assert status(orders[0]) == "placed"

    def test_what_is_not_found_is_said_to_the_officers_once(self, stage, orders, client):
        line = orders[0].lines.get()
        made, token = link(stage)
        page = client.get(reverse("helper", args=[token])).content.decode()
        assert f'name="short_{line.pk}"' in page
        assert "扣不扣钱由团长来定" in page
        key = str(uuid4())
        typed = {"part": "1", f"line_{line.pk}": "0.5", f"short_{line.pk}": "1"}
        for _again in range(2):
            hand(client, token, orders[0], request_id=key, **typed)
        nothing = {f"line_{line.pk}": "0", f"short_{line.pk}": "1", "part": "1"}
        hand(client, token, orders[0], **nothing)
        assert CheckOff.objects.count() == 1
        said = Event.objects.get(kind="order.said_missing")
        assert (said.data["lines"], said.data["helper"]) == ({str(line.pk): "1.5"}, made.pk)
        line.refresh_from_db()
        assert line.billed_quantity == 2, "no money moves by a link"
        events.drain(stage.group.pk)
        told = Notice.objects.filter(kind="orders.said_missing")
        officers = {stage.initiator.user_id, stage.deputy.user_id}
        assert {one.user_id for one in told} == officers
        assert "三栋小李 交货时没找到" in notices.text(told[0].kind, told[0].context)
        desk = Client()
        desk.force_login(stage.deputy.user)
        assert "7-302" in desk.get(told[0].path).content.decode()

    def test_not_found_without_the_net_is_said_when_it_is_back(self, stage, orders, client):
        line = orders[0].lines.get()
        _made, token = link(stage, "7栋")
        tap = {"kind": "hand", "order": orders[0].pk, "short": [line.pk]}
        taps = [tap | {"id": str(uuid4()), "lines": {str(line.pk): q}} for q in ("0.5", "0")]
        for _again in range(2):
            answer = client.post(
                reverse("helper-taps", args=[token]),
                json.dumps({"taps": taps}),
                content_type="application/json",
            )
        results = answer.json()["results"]
        assert [row["result"] for row in results] == ["already", "refused"]
        assert "告诉团长了" in results[1]["said"]
        assert Event.objects.filter(kind="order.said_missing").count() == 1

    def test_takes_no_money_and_credits_nothing(self, stage, orders, client):
        line = orders[0].lines.get()
        _made, token = link(stage)
        typed = {"part": "1", f"line_{line.pk}": "1", f"short_{line.pk}": "1", "take_money": "1"}
        hand(client, token, orders[0], **typed)
        orders[0].refresh_from_db()
        line.refresh_from_db()
        assert (orders[0].status, orders[0].received_fen) == ("partly", 0)
        assert line.billed_quantity == 2

    def test_not_beyond_the_building(self, stage, orders, client):
        _made, token = link(stage, "7栋")
        assert hand(client, token, orders[1]).status_code == 404
        stage.hand_over(orders[1])
        address = reverse("helper-undo", args=[token, CheckOff.objects.get().pk])
        assert client.post(address, {"request_id": str(uuid4())}).status_code == 404
        assert status(orders[1]) == "collected"

    def test_not_beyond_the_round(self, stage, orders, client):
        other = make_stage(timezone.now() - timedelta(hours=45), group=stage.group)
        assert hand(client, link(other)[1], orders[0]).status_code == 404

    def test_what_waited_on_the_device_stays_in_the_building(self, stage, orders, client):
        _made, token = link(stage, "7栋")
        taps = [{"id": str(uuid4()), "kind": "hand", "order": order.pk} for order in orders]
        answer = client.post(
            reverse("helper-taps", args=[token]),
            json.dumps({"taps": taps}),
            content_type="application/json",
        )
        assert [row["result"] for row in answer.json()["results"]] == ["done", "refused"]
        assert [status(order) for order in orders] == ["collected", "placed"]


class TestScan:
    def test_lands_on_the_bag(self, stage, orders, client):
        _made, token = link(stage, "7栋")
        client.get(reverse("helper", args=[token]))
        answer = client.get(reverse("pickup", args=[orders[0].pickup_token]), follow=True)
        assert "阿圆" in answer.content.decode()

    def test_a_bag_of_elsewhere_tells_nothing(self, stage, orders, client):
        _made, token = link(stage, "7栋")
        client.get(reverse("helper", args=[token]))
        answer = client.get(reverse("pickup", args=[orders[1].pickup_token]))
        assert "/accounts/login/" in answer.headers["Location"]


class TestOver:
    def opens(self, token: str) -> int:
        return Client().get(reverse("helper", args=[token])).status_code

    def test_at_midnight_where_the_group_is(self, stage):
        late = datetime(2026, 11, 21, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
        assert midnight_after(stage.group, late) == datetime(2026, 11, 21, 16, tzinfo=UTC)
        assert midnight_after(stage.group, late + timedelta(minutes=1)) == datetime(
            2026, 11, 22, 16, tzinfo=UTC
        )

    def test_past_midnight_nothing_opens(self, stage, orders, client):
        made, token = link(stage)
        assert self.opens(token) == 200
        with at(made.expires_at - timedelta(seconds=1)):
            assert self.opens(token) == 200
        with at(made.expires_at):
            assert self.opens(token) == 404
            assert hand(client, token, orders[0]).status_code == 404

    def test_taken_back_at_once(self, stage, orders, client):
        made, token = link(stage)
        revoke_helper_link(link_id=made.pk, actor_id=stage.deputy.pk)
        revoke_helper_link(link_id=made.pk, actor_id=stage.deputy.pk)
        assert self.opens(token) == 404
        assert hand(client, token, orders[0]).status_code == 404
        assert status(orders[0]) == "placed"

    def test_with_the_office_of_who_made_it(self, stage):
        _made, token = link(stage, who=stage.deputy)
        assert self.opens(token) == 200
        end_deputy(
            group_id=stage.group.pk, actor_id=stage.initiator.pk, membership_id=stage.deputy.pk
        )
        assert self.opens(token) == 404

    def test_only_its_hash_is_kept(self, stage):
        made, token = link(stage)
        assert token not in str(HelperLink.objects.values().get(pk=made.pk))

    def test_guessing_is_counted(self, stage):
        client = Client()
        codes = [client.get(f"/h/{n:022d}/").status_code for n in range(61)]
        assert codes[:60] == [404] * 60
        assert codes[60] == 429


class TestMaking:
    def test_on_the_page_and_only_there(self, stage, orders, client):
        client.force_login(stage.initiator.user)
        address = reverse("orders:helpers", args=[stage.group.slug, stage.round.pk])
        form = {"request_id": str(uuid4()), "name": "小李", "building": "7栋"}
        text = client.post(address, form).content.decode()
        assert "/h/" in text
        assert "data:image/png" in text
        again = client.post(address, form).content.decode()
        assert HelperLink.objects.count() == 1
        assert "/h/" not in again

    @pytest.mark.parametrize("typed", [{"name": ""}, {"name": "x" * 31}, {"building": "99栋"}])
    def test_what_is_wrong_is_said(self, stage, orders, client, typed):
        client.force_login(stage.initiator.user)
        address = reverse("orders:helpers", args=[stage.group.slug, stage.round.pk])
        form = {"request_id": str(uuid4()), "name": "小李"} | typed
        assert client.post(address, form).status_code == 422
        assert not HelperLink.objects.exists()

    def test_a_name_and_not_too_many(self, stage, monkeypatch):
        with pytest.raises(BadHelperLink):
            make_helper_link(round_id=stage.round.pk, actor_id=stage.initiator.pk, name="  ")
        monkeypatch.setattr("orders.services.helpers.HELPER_LINKS_A_ROUND", 1)
        link(stage)
        with pytest.raises(EnoughHelperLinks):
            link(stage)


def test_nothing_else_opens_with_a_link() -> None:
    """Every address, as somebody who has opened a helper's link and is nobody besides."""
    scene = make_scene()
    client = Client()
    assert client.get(scene.path("helper")).status_code == 200
    opened: dict[str, object] = {}
    for table, method in ((READS, "get"), (ACTS, "post")):
        for name, who in table:
            if who[0] not in (SIGN, GONE) or name in LINKS or name == "pickup":
                continue
            answer = getattr(client, method)(scene.path(name), {"request_id": str(uuid4())})
            to_sign_in = "/accounts/login/" in answer.headers.get("Location", "")
            if answer.status_code != 404 and not to_sign_in:
                opened[f"{method} {name}"] = answer.status_code
    assert opened == {}
