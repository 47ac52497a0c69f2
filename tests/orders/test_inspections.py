"""Inspection at unloading, and the hand-out held until it is done (O16)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import translation

from merchants.models import Category
from orders.models import Delivery, Hold, Inspection, Order, OrderLine
from orders.models.deliveries import draw
from orders.queries.holds import held, standing_holds
from orders.queries.inspections import CHECKLIST, checklist, draw_of, due_for, needs_temperature
from orders.services import check_offs, deliveries, holds, inspections
from orders.services.check_offs import GoodsHeld
from orders.services.holds import AlreadyReleased, BadReason
from orders.services.inspections import BadInspection, Found, NotInspectable
from tests.factories import make_round, offer_of
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import Stage, accounts_of, at, filled, line_of, make_stage, ordered_of
from tests.orders.support import check_books
from tests.threads import together
from tuangou.core import clock, events, notices
from tuangou.core.models import Event, Notice


@pytest.fixture
def stage(db: None) -> Stage:
    """Two sorts of goods of a merchant that has never delivered here, 2 of each ordered."""
    stage = make_stage(offers=2)
    order_both(stage)
    stage.confirm()
    return stage


def order_both(stage: Stage) -> Order:
    both = {offer_of(stage.round, n).pk: Decimal(2) for n in (1, 2)}
    return stage.order(quantities=both)


def arrive(stage: Stage, found: Found | None = None) -> Delivery:
    with at(stage.round.pickup_from - timedelta(hours=2)):
        delivery = deliveries.record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.deputy.pk,
            delivered=ordered_of(stage.round),
            inspection=found,
            request_id=uuid4(),
        )
    stage.round.refresh_from_db()
    return delivery


def found(stage: Stage, verdict: str = "passed", **fields: Any) -> Found:
    categories = [offer.category for offer in stage.round.offers.all()]
    checks = {check.key: verdict == "passed" for check in checklist(categories)}
    usual = {"checks": checks, "temperature": Decimal("3.5"), "note": "化冻了"}
    return Found(verdict, **filled(usual, fields))


def inspect(stage: Stage, found: Found, **fields: Any) -> Inspection:
    with at(stage.round.pickup_from - timedelta(hours=1)):
        return inspections.record_inspection(
            round_id=stage.round.pk,
            found=found,
            **filled({"actor_id": stage.deputy.pk, "request_id": uuid4()}, fields),
        )


def stopped(stage: Stage) -> set[int | None]:
    return {hold.offer_id for hold in standing_holds(stage.round.pk)}


class TestDue:
    def test_the_first_delivery_always(self, stage):
        assert due_for(stage.round) == "first"
        assert arrive(stage).inspection_due == "first"

    def test_later_by_the_published_rule(self, stage):
        """SHA-256 of the round's code and the merchant's number, modulo five: written out here."""
        arrive(stage, inspections.ALL_WELL)
        with at(stage.start):
            later = [
                make_round(stage.group, merchant=stage.round.merchant, cut_off_in=timedelta(days=n))
                for n in range(2, 12)
            ]
        for rnd in later:
            text = f"{rnd.code}-{rnd.merchant_id}"
            rest = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 5
            assert (draw_of(rnd).text, draw_of(rnd).rest) == (text, rest)
            assert due_for(rnd) == ("drawn" if rest == 0 else "")

    def test_about_one_in_five(self):
        hits = sum(draw(f"{n:06d}", 12) == 0 for n in range(2000))
        assert 340 <= hits <= 460

    def test_another_merchant_is_new_again(self, stage):
        arrive(stage, inspections.ALL_WELL)
        with at(stage.start):
            assert due_for(make_round(stage.group, cut_off_in=timedelta(days=3))) == "first"


class TestChecklist:
    @pytest.mark.parametrize("category", Category.values)
    def test_every_category_has_lines_of_its_own(self, category):
        keys = {check.key for check in checklist([category])}
        assert {"car", "boxes", "labels"} < keys

    def test_cold_goods_are_measured(self):
        assert needs_temperature(["vegetables", "dairy"])
        assert not needs_temperature(["vegetables", "household"])
        assert "stamp" in {c.key for c in checklist(["pork"])}
        assert "stamp" not in {c.key for c in checklist(["seafood"])}
        assert len({c.key for c in CHECKLIST}) == len(CHECKLIST)


class TestHeldUntilDone:
    def test_nobody_gets_anything_before(self, stage):
        arrive(stage)
        assert stopped(stage) == {None}
        assert Event.objects.get(kind="round.arrived").data["held"] is True
        with pytest.raises(GoodsHeld):
            stage.hand_over(Order.objects.get())

    def test_passed_lets_it_go(self, stage):
        arrive(stage)
        made = inspect(stage, found(stage))
        assert (made.verdict, made.temperature, made.by) == ("passed", Decimal("3.5"), stage.deputy)
        assert stopped(stage) == set()
        stage.hand_over(Order.objects.get())

    def test_passed_at_once_never_holds(self, stage):
        arrive(stage, found(stage))
        assert not Hold.objects.exists()
        assert "held" not in Event.objects.get(kind="round.arrived").data

    def test_where_none_is_due_nothing_is_held(self, stage, monkeypatch):
        monkeypatch.setattr(deliveries, "due_for", lambda rnd: "")
        arrive(stage)
        assert stopped(stage) == set()
        inspect(stage, found(stage))  # may be done all the same

    def test_what_is_played_is_written_down_only_where_due(self, stage, monkeypatch):
        monkeypatch.setattr(deliveries, "due_for", lambda rnd: "")
        arrive(stage, inspections.ALL_WELL)
        assert not Inspection.objects.exists()

    def test_once(self, stage):
        arrive(stage)
        key = uuid4()
        assert inspect(stage, found(stage), request_id=key) == inspect(
            stage, found(stage), request_id=key
        )
        with pytest.raises(NotInspectable):
            inspect(stage, found(stage))

    def test_not_before_it_came(self, stage):
        with pytest.raises(NotInspectable):
            inspect(stage, found(stage))

    @pytest.mark.parametrize(
        ("fields", "box"),
        [
            ({"verdict": "so-so"}, "verdict"),
            ({"checks": {"car": True}}, "checks"),
            ({"temperature": None}, "temperature"),
            ({"temperature": Decimal(101)}, "temperature"),
            ({"note": "长" * 151}, "note"),
            ({"verdict": "failed", "note": " "}, "note"),
            ({"verdict": "failed", "failed": frozenset({0})}, "failed"),
        ],
    )
    def test_what_cannot_be(self, stage, fields, box):
        arrive(stage)
        with pytest.raises(BadInspection) as refused:
            inspect(stage, found(stage, **fields))
        assert refused.value.field == box
        assert stopped(stage) == {None}

    def test_a_bad_line_cannot_pass(self, stage):
        arrive(stage)
        good = found(stage)
        with pytest.raises(BadInspection):
            inspect(stage, found(stage, checks={**good.checks, "car": False}))


class TestFailed:
    def test_it_is_said_in_the_language_of_the_reader(self, stage):
        """On pages and in news, whoever wrote it; a finished sentence of an old row stays."""
        arrive(stage)
        with translation.override("en"):
            inspect(stage, found(stage, "failed"))
        (hold,) = standing_holds(stage.round.pk)
        assert (hold.said, hold.in_short) == ("验货没通过：化冻了", "验货没通过")
        events.drain(stage.group.pk)
        for kind in ("orders.goods_held", "orders.shop_goods_held"):
            for notice in Notice.objects.filter(kind=kind):
                assert "验货没通过：化冻了" in notices.text(kind, notice.context)
                with translation.override("en"):
                    assert "Did not pass inspection: 化冻了" in notices.text(kind, notice.context)
        assert Notice.objects.filter(kind="orders.goods_held").exists()
        with translation.override("en"):
            assert hold.said == "Did not pass inspection: 化冻了"
            coded, hold.reason = hold.reason, "验货没通过：化冻了"
            assert hold.said == "验货没通过：化冻了"
        hold.kind, hold.reason = "incident", coded
        assert hold.said == "同一批有问题", "a code of inspections alone"

    def test_everything_stays_until_the_initiator_decides(self, stage):
        arrive(stage)
        inspect(stage, found(stage, "failed"))
        (hold,) = standing_holds(stage.round.pk)
        assert (hold.offer_id, hold.said) == (None, "验货没通过：化冻了")
        with pytest.raises(GoodsHeld):
            stage.hand_over(Order.objects.get())
        with at(stage.pickup):
            holds.release(
                hold_id=hold.pk,
                actor_id=stage.initiator.pk,
                reason="商家换了一车，重新量过",
                request_id=uuid4(),
            )
        stage.hand_over(Order.objects.get())

    def test_only_what_failed_is_stopped(self, stage):
        bad = offer_of(stage.round, 2)
        arrive(stage, found(stage, "failed", failed=frozenset({bad.pk})))
        assert stopped(stage) == {bad.pk}
        assert not held(standing_holds(stage.round.pk)).everything

    def test_withdrawn_goods_are_credited_to_everybody(self, stage):
        bad = offer_of(stage.round, 2)
        arrive(stage, found(stage, "failed", failed=frozenset({bad.pk})))
        (hold,) = standing_holds(stage.round.pk)
        before = accounts_of(stage.round)["member"]
        self.withdraw(stage, hold)
        order = Order.objects.get()
        lines = dict(OrderLine.objects.values_list("offer_id", "billed_quantity"))
        assert lines == {offer_of(stage.round).pk: 2, bad.pk: 0}
        assert accounts_of(stage.round)["member"] == before - 7600
        assert stopped(stage) == set()
        assert line_of(order).billed_quantity == 2
        check_books()

    def test_the_whole_delivery_can_be_withdrawn(self, stage):
        arrive(stage, found(stage, "failed"))
        self.withdraw(stage, standing_holds(stage.round.pk)[0])
        assert accounts_of(stage.round) == {}
        check_books()

    def test_what_was_handed_over_stays_billed(self, stage):
        """An incident stops what is left; who fetched it keeps it, and asks for a return."""
        arrive(stage, inspections.ALL_WELL)
        order = Order.objects.get()
        first = line_of(order)
        with at(stage.pickup):
            check_offs.check_off(
                order_id=order.pk,
                actor_id=stage.deputy.pk,
                lines={first.pk: Decimal("0.5")},
                request_id=uuid4(),
            )
            hold = holds.hold(
                round_id=stage.round.pk,
                offer_id=first.offer_id,
                kind="incident",
                reason="发霉",
            )
        self.withdraw(stage, hold)
        assert line_of(order).billed_quantity == Decimal("0.5")
        check_books()

    def test_with_a_reason_and_once(self, stage):
        arrive(stage, found(stage, "failed"))
        (hold,) = standing_holds(stage.round.pk)
        with pytest.raises(BadReason):
            self.withdraw(stage, hold, reason=" ")
        assert accounts_of(stage.round)
        self.withdraw(stage, hold)
        with pytest.raises(AlreadyReleased):
            self.withdraw(stage, hold)

    def withdraw(self, stage: Stage, hold: Hold, **fields: Any) -> Hold:
        with at(stage.pickup + timedelta(minutes=1)):
            return inspections.withdraw_goods(
                hold_id=hold.pk,
                actor_id=stage.initiator.pk,
                **filled({"reason": "退给商家", "request_id": uuid4()}, fields),
            )


@pytest.mark.django_db(transaction=True)
def test_what_the_table_refuses_and_what_happens_without():
    stage = make_stage()
    stage.order()
    stage.confirm()
    delivery = arrive(stage)
    inspection = inspect(stage, found(stage))
    table = "orders_inspection"
    row = (
        f"insert into {table}"
        " (group_id, delivery_id, verdict, checks, temperature, note, by_id, at)"
        f" values ({stage.group.pk}, {delivery.pk}, %s, '{{}}', %s, '', {stage.deputy.pk}, now())"
    )
    check_guards(
        Guard(table, "one_inspection_per_car", row, ("passed", None)),
        Guard(
            table,
            "append-only",
            f"update {table} set verdict = 'failed' where id = {inspection.pk}",
            off=f"alter table {table} disable trigger user",
        ),
    )
    with at(stage.start):
        later = make_round(stage.group, cut_off_in=timedelta(days=3))
    other = Delivery.objects.create(
        group=stage.group, round=later, recorded_by=stage.deputy, arrived_at=stage.pickup
    )
    wide = row.replace(f", {delivery.pk}, ", f", {other.pk}, ")
    check_guards(
        Guard(table, "inspection_verdict_known", wide, ("whim", None)),
        Guard(table, "inspection_temperature_bounds", wide, ("passed", 101)),
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_inspections_at_once_are_one():
    with transaction.atomic():
        start = clock.now() - timedelta(hours=45)
    stage = make_stage(start)
    stage.order()
    stage.confirm()
    arrive(stage)

    def tap(actor_id: int, verdict: str) -> str:
        inspections.record_inspection(
            round_id=stage.round.pk,
            actor_id=actor_id,
            found=found(stage, verdict),
            request_id=uuid4(),
        )
        return verdict

    both = [partial(tap, stage.initiator.pk, "passed"), partial(tap, stage.deputy.pk, "failed")]
    outcomes = together(both)
    assert sum(isinstance(outcome, NotInspectable) for outcome in outcomes) == 1
    assert Inspection.objects.get().verdict in outcomes
    assert stopped(stage) == (set() if "passed" in outcomes else {None})
