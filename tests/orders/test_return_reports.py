"""Returns as numbers: right, and silent where they would point at somebody."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Membership
from orders.models import Order
from orders.queries.return_reports import report_of
from orders.services import returns
from tests.factories import make_member
from tests.orders.stages import Stage, at, make_stage

pytestmark = pytest.mark.django_db


def sold(flats: int) -> tuple[Stage, list[Order]]:
    stage = make_stage()
    orders = [stage.order(make_member(stage.group)) for _ in range(flats)]
    stage.arrive()
    for order in orders:
        stage.hand_over(order)
    return stage, orders


def decided(stage: Stage, order: Order, hours: int, *, fen: int = 1900, reason: str) -> None:
    ret = stage.ask(order, reason=reason)
    with at(ret.requested_at + timedelta(hours=hours)):
        returns.accept_return(
            return_id=ret.pk,
            actor_id=stage.initiator.pk,
            accepted_fen=fen,
            decision="退一半",
            request_id=uuid4(),
        )


def report(stage: Stage, least: int = 1, merchant_id: int | None = None):
    today = stage.group.local(stage.round.cut_off_at).date()
    return report_of(stage.group.pk, today=today, least=least, merchant_id=merchant_id)


def test_sums_rates_reasons_and_the_middle():
    stage, orders = sold(5)
    for order, hours, reason in zip(orders, (2, 4, 30), ("short", "short", "wrong"), strict=False):
        decided(stage, order, hours, reason=reason)
    stage.ask(orders[3], reason="other")
    found = report(stage)
    (line,) = found.merchants
    assert (line.claims.asked, line.claims.granted) == (4, 3)
    assert line.row.rate == Decimal("15.00")  # 3 x 1900 of 5 x 7600
    assert [rate for _month, rate in found.rates] == [Decimal("15.00")]
    (item,) = found.items
    assert (item.claims.asked, item.row.rate) == (4, Decimal("15.00"))
    assert [(row.label, row.asked, row.share) for row in found.reasons] == [
        ("少了", 2, 50),
        ("坏了", 0, 0),
        ("不新鲜", 0, 0),
        ("不对板", 1, 25),
        ("其他", 1, 25),
    ]
    assert found.to_decide == timedelta(hours=4)


def test_two_households_are_too_few_to_be_told_of():
    stage, orders = sold(4)
    for order in orders[:2]:
        decided(stage, order, 2, reason="short")
    seen = report(stage, least=3)
    assert (seen.total.asked, seen.to_decide, seen.late_answers) == (None, None, None)
    assert seen.merchants[0].claims.asked is None
    assert seen.items[0].claims.granted is None
    assert seen.reasons[0].asked is None
    decided(stage, orders[2], 2, reason="short")
    assert report(stage, least=3).total.asked == 3


def test_what_is_hidden_cannot_be_worked_out_from_the_rest():
    """One reason of one household among shown ones: the sum would tell it."""
    stage, orders = sold(8)
    for n, order in enumerate(orders[:7]):
        decided(stage, order, 2, reason=("short", "wrong")[n % 2] if n < 6 else "other")
    seen = report(stage, least=3)
    assert sum(row.asked is None for row in seen.reasons) == 2
    assert seen.total.asked == 7


def test_one_merchant_only():
    stage, orders = sold(3)
    decided(stage, orders[0], 2, reason="short")
    other = make_stage(group=stage.group)
    other.collected()
    assert len(report(stage).merchants) == 2
    mine = report(stage, merchant_id=other.round.merchant_id)
    assert [line.row.id for line in mine.merchants] == [other.round.merchant_id]
    assert mine.total.asked == 0
    assert not mine.items


def test_as_many_statements_for_many_as_for_few():
    counted = []
    for flats in (2, 6):
        stage, orders = sold(flats)
        for order in orders:
            decided(stage, order, 2, reason="short")
        with CaptureQueriesContext(connection) as seen:
            report(stage)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 14


class TestPage:
    def page(self, stage: Stage, member: Membership, query: str = "") -> str:
        client = Client()
        assert member.user is not None
        client.force_login(member.user)
        with at(stage.pickup + timedelta(days=1)):
            path = reverse("orders:return-report", args=[stage.group.slug])
            answer = client.get(path + query)
        assert answer.status_code == 200
        return answer.content.decode()

    def test_members_read_less_than_officers(self):
        stage, orders = sold(3)
        decided(stage, orders[0], 2, reason="short")
        assert "不到 3户" in self.page(stage, stage.neighbour)
        assert "不到 3户的写成" in self.page(stage, stage.neighbour)
        assert "不到 3户" not in self.page(stage, stage.deputy)
        assert "<svg" in self.page(stage, stage.neighbour)

    def test_of_a_merchant_that_sold_nothing_for_a_year_it_says_so(self):
        """Its page leads here all the same: 200 and a sentence, not a page that is not there."""
        stage, _orders = sold(2)
        client = Client()
        assert stage.neighbour.user is not None
        client.force_login(stage.neighbour.user)
        path = reverse("orders:return-report", args=[stage.group.slug])
        with at(stage.pickup + timedelta(days=500)):
            page = client.get(f"{path}?merchant={stage.round.merchant_id}").content.decode()
        assert f"{stage.round.merchant.brand}的退货" in page
        assert "这十二个月没有成过团" in page

    def test_of_a_merchant_that_is_not_here_there_is_none(self):
        stage, _orders = sold(2)
        client = Client()
        assert stage.neighbour.user is not None
        client.force_login(stage.neighbour.user)
        path = reverse("orders:return-report", args=[stage.group.slug])
        with at(stage.pickup):
            assert client.get(f"{path}?merchant=99999999").status_code == 404
            assert client.get(f"{path}?merchant=x").status_code == 200
