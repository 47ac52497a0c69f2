"""Arrival (O9)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from orders.models import Delivery, DeliveryLine
from orders.services import deliveries
from orders.services.deliveries import DeliveryDiffers, NotConfirmed
from orders.services.orders import cancel_order
from tests.factories import offer_of
from tests.orders.stages import Stage, at, filled, make_stage, ordered_of
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def arrive(stage: Stage, delivered: dict[int, Decimal], **fields: Any) -> Delivery:
    with at(stage.round.pickup_from - timedelta(hours=2)):
        return deliveries.record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered=delivered,
            note="两箱",
            **filled({"request_id": uuid4()}, fields),
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

    def test_a_difference_is_named(self, stage):
        stage.order(quantity=3)
        stage.confirm()
        offer = offer_of(stage.round)
        with pytest.raises(DeliveryDiffers) as refused:
            arrive(stage, {offer.pk: Decimal("2.5")})
        for word in (offer.name, "3斤", "2.5斤"):
            assert word in str(refused.value)
        assert refused.value.field == f"offer_{offer.pk}"
        stage.round.refresh_from_db()
        assert stage.round.status == "confirmed"
        assert not Delivery.objects.exists()

    def test_an_offer_left_out_did_not_come(self, stage):
        stage.order()
        stage.confirm()
        with pytest.raises(DeliveryDiffers, match="0斤"):
            arrive(stage, {})

    def test_more_than_ordered_is_a_difference_too(self):
        stage = make_stage(offers=2)
        stage.order()
        stage.confirm()
        with pytest.raises(DeliveryDiffers):
            arrive(stage, ordered_of(stage.round) | {offer_of(stage.round, 2).pk: Decimal(1)})

    def test_an_offer_of_another_round(self, stage):
        stage.order()
        stage.confirm()
        with pytest.raises(DeliveryDiffers):
            arrive(stage, ordered_of(stage.round) | {0: Decimal(1)})

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
