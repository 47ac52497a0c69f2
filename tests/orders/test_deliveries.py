"""Arrival (O9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from orders.models import Batch, Delivery, DeliveryLine, Order, Shortfall
from orders.models.rounds import RoundQuerySet
from orders.queries.batches import batch_ids_of_line, batches_of, buyers_of_batch, lines_with
from orders.queries.deliveries import Lot, plan_arrival
from orders.services import deliveries, inspections, rounds
from orders.services.check_offs import record_not_collected
from orders.services.deliveries import BadArrival, Came, NotConfirmed, NotCorrectable
from orders.services.orders import cancel_order
from orders.services.shortfalls import record_missing
from tests.factories import offer_of
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import (
    Stage,
    accounts_of,
    at,
    filled,
    line_of,
    make_stage,
    ordered_of,
)
from tests.orders.support import check_books
from tests.threads import together
from tuangou.core import clock
from tuangou.core.models import Event
from tuangou.core.shares import BadShares

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def arrive(stage: Stage, delivered: Mapping[int, Came | Decimal], **fields: Any) -> Delivery:
    with at(stage.round.pickup_from - timedelta(hours=2)):
        return deliveries.record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered=delivered,
            **filled(
                {
                    "note": "两箱",
                    "inspection": inspections.ALL_WELL,
                    "request_id": uuid4(),
                },
                fields,
            ),
        )


class TestArrival:
    def test_whole_delivery(self):
        stage = make_stage(offers=2)
        stage.order(quantity=2)
        stage.order(stage.neighbour, "1.5")
        stage.confirm()
        delivery = arrive(stage, {offer_of(stage.round).pk: Decimal("3.5")})
        stage.round.refresh_from_db()
        assert stage.round.status == "arrived"
        assert delivery.note == "两箱"
        line = DeliveryLine.objects.get(delivery=delivery)
        assert (line.ordered, line.delivered) == (Decimal("3.5"), Decimal("3.5"))
        assert Event.objects.get(kind="round.arrived").subject_id == stage.round.pk

    def test_less_is_shared_out_and_credited(self, stage):
        first, second = stage.order(quantity=2), stage.order(stage.neighbour, 1)
        stage.confirm()
        delivery = arrive(stage, {offer_of(stage.round).pk: Decimal("2.5")})
        assert [line_of(order).billed_quantity for order in (first, second)] == [2, Decimal("0.5")]
        line = delivery.lines.get()
        assert (line.ordered, line.delivered, line.short, line.sharing) == (
            *(Decimal(3), Decimal("2.5"), Decimal("0.5"), "order"),
        )
        assert Shortfall.objects.get().kind == "delivery"
        assert Event.objects.get(kind="round.arrived").data["short"] is True
        assert Event.objects.get(kind="order.short").subject_id == second.pk
        check_books()

    def test_an_offer_left_out_did_not_come(self, stage):
        order = stage.order()
        stage.confirm()
        arrive(stage, {})
        assert line_of(order).billed_fen == 0
        assert accounts_of(stage.round) == {}
        check_books()

    def test_an_order_of_nothing_holds_up_nobody(self, stage):
        stage.order()
        stage.confirm()
        arrive(stage, {})
        with at(stage.round.pickup_until + timedelta(hours=1)):
            assert record_not_collected(round_id=stage.round.pk, actor_id=stage.initiator.pk) == 0
            rounds.complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)

    def test_more_than_ordered_is_written_down_and_billed_to_nobody(self):
        stage = make_stage(offers=2)
        order = stage.order()
        stage.confirm()
        before = accounts_of(stage.round)
        first, second = offer_of(stage.round).pk, offer_of(stage.round, 2).pk
        delivery = arrive(stage, {first: Decimal(3), second: Decimal(1)})
        assert {line.offer_id: line.over for line in delivery.lines.all()} == {first: 1, second: 1}
        assert line_of(order).billed_quantity == 2
        assert accounts_of(stage.round) == before
        assert not Shortfall.objects.exists()

    def test_an_offer_of_another_round(self, stage):
        stage.order()
        stage.confirm()
        with pytest.raises(BadArrival):
            arrive(stage, ordered_of(stage.round) | {0: Decimal(1)})
        assert not Delivery.objects.exists()

    def test_cancelled_orders_are_not_waited_for(self, stage):
        stage.order()
        gone = stage.order(stage.neighbour)
        with at(stage.ordering):
            cancel_order(order_id=gone.pk, actor_id=stage.neighbour.pk, request_id=uuid4())
        stage.confirm()
        assert arrive(stage, {offer_of(stage.round).pk: Decimal(2)}).pk

    def test_only_a_confirmed_round_and_only_once(self, stage):
        stage.order()
        with pytest.raises(NotConfirmed):
            arrive(stage, ordered_of(stage.round))
        stage.confirm()
        arrive(stage, ordered_of(stage.round))
        with pytest.raises(NotConfirmed):
            arrive(stage, ordered_of(stage.round))

    def test_sent_twice_is_one(self, stage):
        stage.order()
        stage.confirm()
        key = uuid4()
        first, second = (arrive(stage, ordered_of(stage.round), request_id=key) for _ in range(2))
        assert first == second


def three_orders(stage: Stage) -> list[Order]:
    """2, 3 and 1 斤 at ¥38.00, in this order of asking; confirmed."""
    third = stage.flat("8栋", "", "801", "赵六")
    people = (stage.member, stage.neighbour, third)
    orders = [stage.order(who, q) for who, q in zip(people, (2, 3, 1), strict=True)]
    stage.confirm()
    return orders


def billed(orders: list[Order]) -> list[Decimal]:
    return [line_of(order).billed_quantity for order in orders]


def came(stage: Stage, quantity: str | int, **fields: Any) -> dict[int, Came | Decimal]:
    return {offer_of(stage.round).pk: Came(Decimal(quantity), **fields)}


class TestSharing:
    def test_evenly(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 3, sharing="evenly"))
        assert billed(orders) == [1, Decimal("1.5"), Decimal("0.5")]
        check_books()

    def test_by_hand(self, stage):
        orders = three_orders(stage)
        lines = [line_of(order).pk for order in orders]
        said = dict(zip(lines, map(Decimal, (0, 3, 1)), strict=True))
        arrive(stage, came(stage, 4, sharing="hand", shares=said))
        assert billed(orders) == [0, 3, 1]
        check_books()

    def test_by_hand_must_add_up(self, stage):
        orders = three_orders(stage)
        said = {line_of(orders[0]).pk: Decimal(2)}
        with pytest.raises(BadShares, match="4"):
            arrive(stage, came(stage, 4, sharing="hand", shares=said))
        with pytest.raises(BadShares) as refused:
            arrive(
                stage, came(stage, 4, sharing="hand", shares={line_of(orders[0]).pk: Decimal(4)})
            )
        assert refused.value.field == f"share_{offer_of(stage.round).pk}_{line_of(orders[0]).pk}"
        assert not Delivery.objects.exists()

    def test_weighing_counts_before_counting(self, stage):
        orders = three_orders(stage)
        delivery = arrive(stage, came(stage, 6, weighed=Decimal("5.862"), sharing="evenly"))
        assert sum(billed(orders)) == Decimal("5.862")
        assert all(b <= q for b, q in zip(billed(orders), (2, 3, 1), strict=True))
        assert delivery.lines.get().weighed == Decimal("5.862")
        check_books()

    def test_heavier_than_ordered_bills_nobody_more(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 6, weighed=Decimal("6.4")))
        assert billed(orders) == [2, 3, 1]

    def test_damaged_goods_are_not_handed_out(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 6, damaged=Decimal("1.5"), note="压坏了"))
        assert billed(orders) == [2, Decimal("2.5"), 0]
        line = DeliveryLine.objects.get()
        assert (line.fit, line.damaged, line.note) == (Decimal("4.5"), Decimal("1.5"), "压坏了")
        check_books()

    @pytest.mark.parametrize(
        ("fields", "box"),
        [
            ({"quantity": "-1"}, "offer"),
            ({"quantity": "0.0001"}, "offer"),
            ({"quantity": "NaN"}, "offer"),
            ({"quantity": 6, "damaged": Decimal(7)}, "damaged"),
            ({"quantity": 6, "damaged": Decimal(-1)}, "damaged"),
            ({"quantity": 6, "weighed": Decimal(-1)}, "weighed"),
            ({"quantity": 6, "sharing": "lottery"}, "sharing"),
            ({"quantity": 6, "note": "长" * 101}, "note"),
        ],
    )
    def test_what_cannot_be(self, stage, fields, box):
        three_orders(stage)
        with pytest.raises(BadArrival) as refused:
            arrive(stage, came(stage, **fields))
        assert refused.value.field == f"{box}_{offer_of(stage.round).pk}"
        assert not Delivery.objects.exists()

    def test_pieces_are_counted_whole_and_not_weighed(self, stage):
        three_orders(stage)
        offer = offer_of(stage.round)
        offer.unit, offer.step = "盒", Decimal(1)
        offer.save(update_fields=["unit", "step"])
        for fields in ({"quantity": "5.5"}, {"quantity": 5, "weighed": Decimal(5)}):
            with pytest.raises(BadArrival):
                arrive(stage, came(stage, **fields))

    def test_the_preview_is_what_is_written(self, stage):
        orders = three_orders(stage)
        plan = plan_arrival(
            stage.round, {offer_of(stage.round).pk: Came(Decimal(4))}, today=date(2026, 1, 1)
        )
        assert not Delivery.objects.exists()
        (short,) = plan.short
        assert [(s.gets, s.credit_fen) for s in short.shares] == [
            (Decimal(gets), fen) for gets, fen in ((2, 0), (2, 3800), (0, 3800))
        ]
        assert (plan.credit_fen, plan.households) == (7600, 2)
        arrive(stage, came(stage, 4))
        assert billed(orders) == [share.gets for share in short.shares]
        assert sum(c.credited_fen for c in Shortfall.objects.get().lines.all()) == plan.credit_fen


class TestCorrection:
    def correct(self, stage: Stage, delivered: Mapping[int, Came | Decimal]) -> Delivery:
        with at(stage.round.pickup_from - timedelta(hours=1)):
            return deliveries.correct_arrival(
                round_id=stage.round.pk,
                actor_id=stage.deputy.pk,
                delivered=delivered,
                note="又数了一遍",
                request_id=uuid4(),
            )

    def test_up_and_down_to_the_fen(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 4))
        for quantity, expected in ((6, [2, 3, 1]), (5, [2, 3, 0]), (0, [0, 0, 0]), (6, [2, 3, 1])):
            delivery = self.correct(stage, came(stage, quantity))
            assert billed(orders) == expected
            check_books()
        assert delivery.note == "又数了一遍"
        assert delivery.corrected_at is not None
        assert Shortfall.objects.filter(kind="correction").count() == 4

    def test_not_when_a_bag_is_out(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 6))
        stage.hand_over(orders[0])
        with pytest.raises(NotCorrectable):
            self.correct(stage, came(stage, 5))

    def test_not_when_something_was_missed_on_the_spot(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 6))
        with at(stage.pickup):
            record_missing(
                order_id=orders[0].pk,
                missing={offer_of(stage.round).pk: Decimal(1)},
                actor_id=stage.deputy.pk,
            )
        with pytest.raises(NotCorrectable):
            self.correct(stage, came(stage, 6))

    def test_only_what_arrived(self, stage):
        three_orders(stage)
        with pytest.raises(NotCorrectable):
            self.correct(stage, came(stage, 6))


class TestBatches:
    def test_one_batch_is_everybody(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 6, lots=(Lot("L1", None, date(2020, 1, 1)),)))
        (batch,) = batches_of([offer_of(stage.round).pk])[offer_of(stage.round).pk]
        assert (batch.lot, batch.produced_on) == ("L1", date(2020, 1, 1))
        assert batch.quantity == 6
        buyers = buyers_of_batch(batch.id)
        assert [(b.order_id, b.quantity) for b in buyers] == [
            (order.pk, Decimal(q)) for order, q in zip(orders, (2, 3, 1), strict=True)
        ]

    def test_several_go_out_in_the_order_of_asking(self, stage):
        orders = three_orders(stage)
        lots = (Lot("L1", Decimal("2.5")), Lot("L2", Decimal("1.5")))
        arrive(stage, came(stage, 4, lots=lots))
        one, two = Batch.objects.order_by("pk")
        assert [(b.order_id, b.quantity) for b in buyers_of_batch(one.pk)] == [
            (orders[0].pk, 2),
            (orders[1].pk, Decimal("0.5")),
        ]
        assert [(b.order_id, b.quantity) for b in buyers_of_batch(two.pk)] == [
            (orders[1].pk, Decimal("1.5"))
        ]
        lines = [line_of(order) for order in orders]
        assert batch_ids_of_line(lines[1].pk) == [one.pk, two.pk]
        assert set(lines_with(lines[0])) == {lines[0], lines[1]}

    def test_without_batches_it_is_the_offer(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 5))
        lines = [line_of(order) for order in orders]
        assert set(lines_with(lines[0])) == set(lines[:2])

    @pytest.mark.parametrize(
        "lots",
        [
            (Lot("L1", None, None, date(2020, 1, 1)),),  # expired
            (Lot("L1", None, date(2199, 1, 1)),),
            (Lot("", None),),
            (Lot("长" * 41),),
            (Lot("L1", Decimal(2)),),
            (Lot("L1", Decimal(2)), Lot("L2", None)),
            (Lot("L1", Decimal(3)), Lot("L1", Decimal(3))),
            (Lot("L1", Decimal(7)), Lot("L2", Decimal(-1))),
            (Lot("L1", None, date(2020, 2, 1), date(2020, 1, 1)),),
        ],
        ids=lambda lots: " ".join(map(str, lots))[:60],
    )
    def test_what_cannot_be(self, stage, lots):
        three_orders(stage)
        with pytest.raises(BadArrival) as refused:
            arrive(stage, came(stage, 6, lots=lots))
        assert refused.value.field == f"lot_{offer_of(stage.round).pk}"
        assert not Delivery.objects.exists()

    def test_good_until_today_is_not_expired(self, stage):
        three_orders(stage)
        today = stage.group.local(stage.round.pickup_from).date()
        arrive(stage, came(stage, 6, lots=(Lot("L1", None, None, today),)))
        assert Batch.objects.get().expires_on == today

    def test_a_correction_writes_them_anew(self, stage):
        orders = three_orders(stage)
        arrive(stage, came(stage, 6, lots=(Lot("L1"),)))
        TestCorrection().correct(stage, came(stage, 2, lots=(Lot("L2"),)))
        batch = Batch.objects.get()
        assert (batch.lot, [b.order_id for b in buyers_of_batch(batch.pk)]) == (
            "L2",
            [orders[0].pk],
        )


@pytest.mark.django_db(transaction=True)
def test_what_the_tables_refuse_and_what_happens_without():
    stage = make_stage()
    orders = three_orders(stage)
    arrive(stage, came(stage, 6, lots=(Lot("L1", Decimal(3)), Lot("L2", Decimal(3)))))
    one, two = Batch.objects.order_by("pk")
    line = DeliveryLine.objects.get()
    of_line = f"update orders_deliveryline set %s where id = {line.pk}"
    of_batch = f"update orders_batch set %s where id = {two.pk}"
    part = two.parts.order_by("pk").first()
    assert part is not None
    of_part = f"update orders_batchpart set %s where id = {part.pk}"
    lines, batches, parts = "orders_deliveryline", "orders_batch", "orders_batchpart"
    moved = f"batch_id = {one.pk}, line_id = {line_of(orders[0]).pk}"
    check_guards(
        Guard(lines, "delivery_damaged_within_what_came", of_line % "damaged = 7"),
        Guard(lines, "delivery_damaged_within_what_came", of_line % "damaged = 6, weighed = 5"),
        Guard(lines, "delivery_damaged_within_what_came", of_line % "damaged = -1"),
        Guard(lines, "delivery_sharing_known", of_line % "sharing = 'lots'"),
        Guard(
            "orders_delivery",
            "delivery_due_known",
            "update orders_delivery set inspection_due = 'whim'",
        ),
        Guard(batches, "batch_lot_unique", of_batch % "lot = 'L1'"),
        Guard(batches, "batch_quantity_positive", of_batch % "quantity = 0"),
        Guard(
            batches,
            "batch_expires_after_production",
            of_batch % "produced_on = '2026-02-01', expires_on = '2026-01-01'",
        ),
        Guard(parts, "batch_once_per_line", of_part % moved),
        Guard(parts, "batch_part_positive", of_part % "quantity = 0"),
        Guard(parts, "batch_part_withdrawn_of_it", of_part % "withdrawn = quantity + 1"),
        Guard(parts, "batch_part_withdrawn_of_it", of_part % "withdrawn = -1"),
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def both(self, stage: Stage) -> list[object]:
        """Initiator and deputy record what came at the same moment, each with her own count."""

        def tap(actor_id: int, quantity: int) -> str:
            deliveries.record_arrival(
                round_id=stage.round.pk,
                actor_id=actor_id,
                delivered=came(stage, quantity),
                request_id=uuid4(),
            )
            return "arrived"

        taps = [partial(tap, stage.initiator.pk, 4), partial(tap, stage.deputy.pk, 5)]
        return together(taps)

    def ready(self) -> Stage:
        with transaction.atomic():
            start = clock.now() - timedelta(hours=45)
        stage = make_stage(start)
        three_orders(stage)
        return stage

    def test_two_officers_record_one_arrival(self):
        stage = self.ready()
        outcomes = self.both(stage)
        assert outcomes.count("arrived") == 1
        assert sum(isinstance(outcome, NotConfirmed) for outcome in outcomes) == 1
        assert Shortfall.objects.count() == 1
        check_books()

    def test_twin_without_the_round_s_lock_the_table_refuses_the_second(self, monkeypatch):
        stage = self.ready()
        looked = Barrier(2, timeout=30)
        plan = plan_arrival

        def plan_then_wait(*args: Any, **fields: Any) -> Any:
            found = plan(*args, **fields)
            looked.wait()
            return found

        monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
        monkeypatch.setattr(deliveries, "plan_arrival", plan_then_wait)
        outcomes = self.both(stage)
        assert outcomes.count("arrived") == 1
        assert sum("one_delivery_per_round" in str(outcome) for outcome in outcomes) == 1
