"""The pages of a delivery: announced, counted, shared out in fen, inspected, decided (O9, O16)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Delivery, DeliveryNotice, DeliveryPhoto, Inspection, Shortfall
from orders.queries.holds import standing_holds
from orders.queries.inspections import checklist
from orders.services import deliveries, inspections
from tests.core.test_images import picture
from tests.factories import offer_of
from tests.orders.goods import not_passed
from tests.orders.stages import Stage, at, line_of, make_stage, ordered_of
from tests.orders.support import check_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """Three orders, 2 + 3 + 1 斤, confirmed; the real clock shows the pick-up."""
    stage = make_stage(timezone.now() - timedelta(hours=45))
    third = stage.flat("8栋", "", "801", "赵六")
    for who, quantity in ((stage.member, 2), (stage.neighbour, 3), (third, 1)):
        stage.order(who, quantity)
    stage.confirm()
    return stage


def sign_in(stage: Stage, member: Any = None) -> Client:
    client = Client()
    user = (member or stage.initiator).user
    assert user is not None
    client.force_login(user)
    return client


def url(stage: Stage, name: str, *args: object) -> str:
    return reverse(f"orders:{name}", args=[stage.group.slug, *(args or (stage.round.pk,))])


def boxes(stage: Stage, count: str, **more: str) -> dict[str, str]:
    pk = offer_of(stage.round).pk
    return {"request_id": str(uuid4()), f"offer_{pk}": count} | more


def seal_of(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


class TestArrival:
    def test_whole_is_written_at_once(self, stage):
        sent = sign_in(stage).post(url(stage, "arrival"), boxes(stage, "6"))
        assert sent.status_code == 302
        assert Delivery.objects.get().inspection_due == "first"
        assert not Shortfall.objects.exists()

    def test_short_is_shown_in_fen_before_anything_is_written(self, stage):
        client = sign_in(stage)
        page = client.post(url(stage, "arrival"), boxes(stage, "4"))
        said = page.content.decode()
        assert page.status_code == 200
        assert not Delivery.objects.exists()
        assert "2单少拿，一共退 ¥76.00" in said
        assert "¥38.00" in said
        recorded = client.post(
            url(stage, "arrival"), boxes(stage, "4", seen=seal_of(said), record="1")
        )
        assert recorded.status_code == 302
        assert sum(c.credited_fen for c in Shortfall.objects.get().lines.all()) == 7600
        check_books()

    def test_what_was_not_looked_at_is_shown_first(self, stage):
        """Another sharing than the one on the page, or a made-up seal: nothing is written."""
        client, pk = sign_in(stage), offer_of(stage.round).pk
        seen = seal_of(client.post(url(stage, "arrival"), boxes(stage, "4")).content.decode())
        for change in ({"seen": "0" * 64}, {"seen": seen, f"sharing_{pk}": "evenly"}):
            page = client.post(url(stage, "arrival"), boxes(stage, "4", record="1", **change))
            assert page.status_code == 200
            assert not Delivery.objects.exists()
        assert "¥19.00" in page.content.decode()

    def test_by_hand(self, stage):
        client, pk = sign_in(stage), offer_of(stage.round).pk
        lines = [line_of(order) for order in stage.round.orders.order_by("number")]
        shares = {f"share_{pk}_{line.pk}": q for line, q in zip(lines, "031", strict=True)}
        hand = shares | {f"sharing_{pk}": "hand"}
        wrong = client.post(url(stage, "arrival"), boxes(stage, "5", **hand))
        assert wrong.status_code == 422
        assert "一共要分 5，现在分了 4" in wrong.content.decode()
        page = client.post(url(stage, "arrival"), boxes(stage, "4", **hand)).content.decode()
        client.post(
            url(stage, "arrival"), boxes(stage, "4", seen=seal_of(page), record="1", **hand)
        )
        for line in lines:
            line.refresh_from_db()
        assert [line.billed_quantity for line in lines] == [0, 3, 1]

    @pytest.mark.parametrize(
        "typed",
        [
            {"offer": "abc"},
            {"offer": "-1"},
            {"offer": "6", "damaged": "7"},
            {"offer": "6", "expires": "2020-01-01", "lot": "L1"},
            {"offer": "6", "sharing": "lottery"},
        ],
        ids=str,
    )
    def test_what_cannot_be_is_said_beside_what_was_typed(self, stage, typed):
        pk = offer_of(stage.round).pk
        sent = {f"{name}_{pk}": value for name, value in typed.items()}
        page = sign_in(stage).post(url(stage, "arrival"), {"request_id": str(uuid4())} | sent)
        assert page.status_code == 422
        assert not Delivery.objects.exists()

    def test_a_count_is_corrected_after_a_look(self, stage):
        client = sign_in(stage)
        client.post(url(stage, "arrival"), boxes(stage, "6"))
        assert "更正" in client.get(url(stage, "arrival")).content.decode()
        page = client.post(url(stage, "arrival"), boxes(stage, "5")).content.decode()
        assert not Shortfall.objects.exists()
        client.post(url(stage, "arrival"), boxes(stage, "5", seen=seal_of(page), record="1"))
        assert Shortfall.objects.get().kind == "correction"
        check_books()

    def test_statements_do_not_grow_with_orders(self, stage, django_assert_max_num_queries):
        client = sign_in(stage)
        client.get(url(stage, "arrival"))
        with django_assert_max_num_queries(16):
            client.post(url(stage, "arrival"), boxes(stage, "4"))


class TestAnnounce:
    def typed(self, stage: Stage, **fields: str) -> dict[str, str]:
        day = stage.group.local(stage.round.pickup_from + timedelta(days=1)).date()
        usual = {"day": str(day), "from_time": "16:00", "until_time": "17:00", "car": "沪A1"}
        return {"request_id": str(uuid4())} | usual | fields

    def test_on_the_merchant_s_behalf(self, stage):
        client = sign_in(stage)
        assert client.post(url(stage, "delivery-announce"), self.typed(stage)).status_code == 302
        made = DeliveryNotice.objects.get()
        assert made.for_merchant
        assert stage.group.local(made.arrives_from).hour == 16
        assert "沪A1" in client.get(url(stage, "delivery")).content.decode()
        member = sign_in(stage, stage.member)
        order = stage.round.orders.get(member=stage.member)
        assert "16:00" in member.get(url(stage, "order", order.pk)).content.decode()
        assert "16:00" in member.get(url(stage, "round")).content.decode()
        assert "沪A1" not in member.get(url(stage, "delivery")).content.decode()

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "gestern", ""])
    def test_a_day_out_of_time(self, stage, day):
        page = sign_in(stage).post(url(stage, "delivery-announce"), self.typed(stage, day=day))
        assert page.status_code == 422
        assert not DeliveryNotice.objects.exists()

    def test_backwards(self, stage):
        page = sign_in(stage).post(
            url(stage, "delivery-announce"), self.typed(stage, until_time="15:00")
        )
        assert page.status_code == 422
        assert "最晚到的时间要在最早之后" in page.content.decode()


def arrived(stage: Stage, found: inspections.Found | None = None) -> None:
    with at(stage.round.pickup_from - timedelta(hours=1)):
        deliveries.record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered=ordered_of(stage.round),
            inspection=found,
            request_id=uuid4(),
        )


class TestInspection:
    def answers(self, stage: Stage, answer: str = "yes", **fields: str) -> dict[str, str]:
        keys = [check.key for check in checklist(["beef"])]
        usual = {"temperature": "3.5", "verdict": "passed" if answer == "yes" else "failed"}
        return {"request_id": str(uuid4())} | {f"check_{k}": answer for k in keys} | usual | fields

    def test_passed(self, stage):
        arrived(stage)
        client = sign_in(stage)
        assert "去验货" in client.get(url(stage, "delivery")).content.decode()
        sent = client.post(url(stage, "inspection"), self.answers(stage))
        assert sent.status_code == 302, sent.content.decode()
        assert standing_holds(stage.round.pk) == []
        member = sign_in(stage, stage.member)
        assert "验货通过" in member.get(url(stage, "round")).content.decode()
        order = stage.round.orders.get(member=stage.member)
        assert "验货通过" in member.get(url(stage, "order", order.pk)).content.decode()

    def test_the_words_for_the_chat_call_nobody_before(self, stage):
        arrived(stage)
        client = sign_in(stage)
        words = client.get(url(stage, "round-manage")).context["text"]
        assert "先不发" in words
        assert "报楼栋房号" not in words
        client.post(url(stage, "inspection"), self.answers(stage))
        words = client.get(url(stage, "round-manage")).context["text"]
        assert "报楼栋房号" in words
        assert "先不发" not in words
        page = client.get(url(stage, "arrival-later")).content.decode()
        assert "都到齐了" in page
        assert "看看分给谁" not in page, "a button that leads to a refusal alone"

    def test_a_line_left_out(self, stage):
        arrived(stage)
        typed = self.answers(stage)
        del typed["check_car"]
        page = sign_in(stage).post(url(stage, "inspection"), typed)
        assert page.status_code == 422
        assert "这一项还没看" in page.content.decode()
        assert not Inspection.objects.exists()

    @pytest.mark.parametrize(("act", "billed"), [("hold-release", 2), ("hold-withdraw", 0)])
    def test_failed_and_decided(self, stage, act, billed):
        arrived(stage, not_passed(stage))
        (hold,) = standing_holds(stage.round.pk)
        client = sign_in(stage)
        bare = client.post(url(stage, act, hold.pk), {"request_id": str(uuid4()), "reason": ""})
        assert bare.status_code == 422
        typed = {"request_id": str(uuid4()), "reason": "商家认了"}
        assert client.post(url(stage, act, hold.pk), typed).status_code == 302
        assert standing_holds(stage.round.pk) == []
        order = stage.round.orders.get(member=stage.member)
        assert line_of(order).billed_quantity == billed
        assert "商家认了" in client.get(url(stage, "delivery")).content.decode()

    def test_a_deputy_sees_and_does_not_decide(self, stage):
        arrived(stage, not_passed(stage))
        page = sign_in(stage, stage.deputy).get(url(stage, "delivery")).content.decode()
        assert "化冻了" in page
        assert "照常发" not in page


class TestPhotos:
    def upload(self, content: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile("a.jpg", content, "image/jpeg")

    def test_kept_and_shown_to_members(self, stage):
        arrived(stage)
        client = sign_in(stage)
        sent = {"request_id": str(uuid4()), "photos": [self.upload(picture().getvalue())]}
        assert client.post(url(stage, "delivery-photos"), sent).status_code == 302
        photo = DeliveryPhoto.objects.get()
        answer = sign_in(stage, stage.member).get(url(stage, "delivery-photo", photo.pk))
        assert answer["Content-Type"] == "image/webp"
        assert answer["Content-Security-Policy"] == "sandbox"

    @pytest.mark.parametrize("photos", [[], [b"<svg onload=alert(1)>"]])
    def test_nothing_or_no_picture(self, stage, photos):
        arrived(stage)
        sent = {"request_id": str(uuid4()), "photos": [self.upload(p) for p in photos]}
        page = sign_in(stage).post(url(stage, "delivery-photos"), sent)
        assert page.status_code == 422
        assert not DeliveryPhoto.objects.exists()
