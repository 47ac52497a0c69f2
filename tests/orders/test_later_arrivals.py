"""A helper counts, an officer shares out; what comes later is added; one batch is stopped (O9)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import (
    Batch,
    Delivery,
    DeliveryLine,
    DeliveryPhoto,
    Hold,
    HoldKind,
    LaterArrival,
    Order,
    Round,
    ShortfallKind,
    ShortfallLine,
)
from orders.queries.console import console
from orders.queries.deliveries import BadArrival, Came, Lot
from orders.queries.desk import desk_row
from orders.queries.inspections import checklist
from orders.queries.later_arrivals import lacking, plan_later, plan_sharing, unshared
from orders.services import check_offs, holds, inspections, rounds
from orders.services.check_offs import GoodsHeld, check_off, undo_check_off
from orders.services.deliveries import NotCorrectable, correct_arrival, record_arrival
from orders.services.helpers import make_helper_link, revoke_helper_link
from orders.services.holds import NotHoldable, NotShared
from orders.services.inspections import Found, record_inspection, withdraw_goods
from orders.services.later_arrivals import (
    NothingFollows,
    NothingToShare,
    record_later,
    share_out,
)
from orders.services.shortfalls import NotShortable, record_missing
from tests.core.test_images import picture
from tests.factories import offer_of
from tests.orders.stages import Stage, at, line_of, make_stage
from tests.orders.support import check_books
from tests.orders.test_deliveries import billed, came, three_orders
from tuangou.core import events, notices
from tuangou.core.models import Event, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def helper_of(stage: Stage, when: Any = None) -> int:
    with at(when or stage.round.pickup_from - timedelta(hours=3)):
        link, _token = make_helper_link(
            round_id=stage.round.pk, actor_id=stage.initiator.pk, name="三栋小李"
        )
    return link.pk


def count(
    stage: Stage,
    quantity: str | int,
    helper: int | None = None,
    *,
    due: bool = False,
    **fields: Any,
) -> Delivery:
    """What came on the first car; `due`: it had to be inspected, as a merchant's first one has."""
    with at(stage.round.pickup_from - timedelta(hours=2)):
        made = record_arrival(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered=came(stage, quantity, **fields),
            inspection=inspections.ALL_WELL,
            helper_id=helper,
            request_id=uuid4(),
        )
    if not due:
        Delivery.objects.update(inspection_due="")
    stage.round.refresh_from_db()
    return made


def more(stage: Stage, quantity: str | int, helper: int | None = None, **fields: Any) -> None:
    with at(stage.pickup + timedelta(hours=1)):
        record_later(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            delivered={offer_of(stage.round).pk: Came(Decimal(quantity), **fields)},
            helper_id=helper,
            request_id=uuid4(),
        )


def share(stage: Stage, **way: Any) -> None:
    ways = {offer_of(stage.round).pk: Came(Decimal(0), **way)} if way else {}
    with at(stage.pickup):
        share_out(
            round_id=stage.round.pk,
            actor_id=stage.initiator.pk,
            ways=ways,
            request_id=uuid4(),
        )


def take(stage: Stage, order: Order, when: timedelta = timedelta(0)) -> None:
    with at(stage.pickup + when):
        check_off(order_id=order.pk, actor_id=stage.initiator.pk, request_id=uuid4())
    order.refresh_from_db()


class TestByHelper:
    def test_a_whole_delivery_is_whole(self, stage):
        orders = three_orders(stage)
        made = count(stage, 6, helper_of(stage))
        assert made.helper is not None
        assert made.helper.name == "三栋小李"
        assert billed(orders) == [2, 3, 1]
        assert not unshared(stage.round)
        assert not Hold.objects.filter(kind=HoldKind.SHARES).exists()

    def test_what_is_short_moves_no_money_and_stays_until_it_is_shared_out(self, stage):
        orders = three_orders(stage)
        count(stage, 4, helper_of(stage), damaged=Decimal("0.5"))
        assert billed(orders) == [2, 3, 1]
        assert not ShortfallLine.objects.exists()
        assert [(o.pk, q) for o, q in unshared(stage.round)] == [
            (offer_of(stage.round).pk, Decimal("3.5"))
        ]
        with pytest.raises(GoodsHeld, match="等团长分"):
            take(stage, orders[0])
        with at(stage.pickup), pytest.raises(NotShortable, match="还没分"):
            record_missing(
                order_id=orders[0].pk,
                missing={offer_of(stage.round).pk: Decimal(1)},
                actor_id=stage.initiator.pk,
            )
        (held,) = Hold.objects.filter(kind=HoldKind.SHARES)
        for act in (holds.release, withdraw_goods):
            with at(stage.pickup), pytest.raises(NotShared):
                act(
                    hold_id=held.pk,
                    actor_id=stage.initiator.pk,
                    reason="算了",
                    request_id=uuid4(),
                )
        with at(stage.pickup):
            tasks = console(stage.group, at=stage.pickup, with_money=True).tasks
        assert "orders:sharing" in [task.url_name for task in tasks]
        before = billed(orders)
        with at(stage.pickup), pytest.raises(BadArrival, match="不等着分"):
            share_out(
                round_id=stage.round.pk,
                actor_id=stage.initiator.pk,
                ways={offer_of(stage.round).pk + 10**6: Came(Decimal(0), sharing="evenly")},
                request_id=uuid4(),
            )
        assert billed(orders) == before
        share(stage, sharing="evenly")
        assert sum(billed(orders)) == Decimal("3.5")
        assert not Hold.objects.standing(stage.round.pk).exists()
        take(stage, orders[0])
        with pytest.raises(NothingToShare):
            share(stage)
        check_books()

    def test_twin_without_the_stop_somebody_takes_what_others_lack(self, stage, monkeypatch):
        orders = three_orders(stage)
        monkeypatch.setattr(holds, "stop", lambda **_all: None)
        count(stage, 3, helper_of(stage))
        take(stage, orders[1])
        with pytest.raises(DatabaseError, match="line_returned_within_collected_within_billed"):
            share(stage, sharing="evenly")

    def over(self, stage: Stage) -> None:
        with at(stage.round.pickup_until):
            who = {"round_id": stage.round.pk, "actor_id": stage.initiator.pk}
            check_offs.record_not_collected(**who)
            rounds.complete_round(**who)

    def test_the_round_is_not_over_before_it_is_shared_out(self, stage):
        orders = three_orders(stage)
        count(stage, 3, helper_of(stage))
        with pytest.raises(rounds.NotAllHandedOut, match="还没分"):
            self.over(stage)
        share(stage)
        self.over(stage)
        assert billed(orders) == [2, 1, 0]

    def test_twin_once_it_is_over_everybody_owes_for_what_never_came(self, stage):
        orders = three_orders(stage)
        count(stage, 3, helper_of(stage))
        Round.objects.filter(pk=stage.round.pk).update(status="completed")
        with pytest.raises(NothingFollows):
            share(stage)
        assert billed(orders) == [2, 3, 1]

    def test_an_officer_may_count_it_anew_instead(self, stage):
        orders = three_orders(stage)
        count(stage, 4, helper_of(stage))
        with at(stage.pickup):
            correct_arrival(
                round_id=stage.round.pk,
                actor_id=stage.initiator.pk,
                delivered=came(stage, 5),
                request_id=uuid4(),
            )
        assert billed(orders) == [2, 3, 0]
        assert not unshared(stage.round)
        assert not Hold.objects.standing(stage.round.pk).exists()


class TestByLink:
    """What a link opens, in a browser."""

    @pytest.fixture
    def here(self) -> tuple[Stage, list[Order], str, int]:
        stage = make_stage(timezone.now() - timedelta(hours=45))
        orders = three_orders(stage)
        link, token = make_helper_link(
            round_id=stage.round.pk, actor_id=stage.initiator.pk, name="小李"
        )
        return stage, orders, token, link.pk

    def test_counts_and_photographs_and_sees_no_money(self, here, client, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        stage, orders, token, link_id = here
        offer = offer_of(stage.round)
        page = client.get(reverse("helper-arrival", args=[token])).content.decode()
        assert f'name="offer_{offer.pk}"' in page
        assert "¥" not in page
        assert "赵六" not in page
        sent: dict[str, Any] = {f"offer_{offer.pk}": "4", "request_id": str(uuid4()), "note": ""}
        assert client.post(reverse("helper-arrival", args=[token]), sent).status_code == 302
        assert Delivery.objects.get().helper_id == link_id
        assert billed(orders) == [2, 3, 1]
        photo = picture()
        photo.name = "a.jpg"
        sent = {"photos": photo, "request_id": str(uuid4()), "offer": ""}
        assert client.post(reverse("helper-photos", args=[token]), sent).status_code == 302
        assert DeliveryPhoto.objects.get().helper_id == link_id
        sent = {f"offer_{offer.pk}": "2", "request_id": str(uuid4())}
        assert client.post(reverse("helper-arrival", args=[token]), sent).status_code == 302
        assert LaterArrival.objects.get().helper_id == link_id
        assert DeliveryLine.objects.get().unshared == 6
        told = Event.objects.get(kind="round.arrived")
        assert told.data["unshared"]

    def test_one_building_counts_nothing_for_the_others(self, here, client):
        stage, _orders, desk, _link_id = here
        _link, token = make_helper_link(
            round_id=stage.round.pk, actor_id=stage.initiator.pk, name="小李", building="3栋"
        )
        for name in ("helper-arrival", "helper-photos"):
            assert client.get(reverse(name, args=[token])).status_code == 404
            assert client.post(reverse(name, args=[token])).status_code == 404
        assert "/arrival/" not in client.get(reverse("helper", args=[token])).content.decode()
        assert "/arrival/" in client.get(reverse("helper", args=[desk])).content.decode()
        assert not Delivery.objects.exists()

    def test_nothing_once_it_is_over(self, here, client):
        stage, _orders, token, link_id = here
        revoke_helper_link(link_id=link_id, actor_id=stage.initiator.pk)
        for name in ("helper-arrival", "helper-photos"):
            assert client.get(reverse(name, args=[token])).status_code == 404
            assert client.post(reverse(name, args=[token])).status_code == 404
        assert not Delivery.objects.exists()

    def test_the_officer_sees_it_in_fen_and_shares_it_out(self, here):
        stage, orders, token, _link_id = here
        offer = offer_of(stage.round)
        sent = {f"offer_{offer.pk}": "4", "request_id": str(uuid4()), "note": ""}
        Client().post(reverse("helper-arrival", args=[token]), sent)
        client = Client()
        client.force_login(stage.initiator.user)
        path = reverse("orders:sharing", args=[stage.group.slug, stage.round.pk])
        page = client.get(path)
        assert "¥76.00" in page.content.decode()
        sent = {
            "request_id": str(uuid4()),
            "seen": page.context["seal"],
            f"sharing_{offer.pk}": "order",
        }
        assert client.post(path, sent).status_code == 200  # looked at again, nothing written
        assert billed(orders) == [2, 3, 1]
        assert client.post(path, sent | {"record": "1"}).status_code == 302
        assert billed(orders) == [2, 2, 0]
        delivery = reverse("orders:delivery", args=[stage.group.slug, stage.round.pk])
        assert "小李 数的" in client.get(delivery).content.decode()
        later = reverse("orders:arrival-later", args=[stage.group.slug, stage.round.pk])
        sent = {"request_id": str(uuid4()), f"offer_{offer.pk}": "2"}
        page = client.post(later, sent)
        assert "补记 ¥76.00" in page.content.decode()
        assert not LaterArrival.objects.exists()
        sent |= {"record": "1", "seen": page.context["seal"], f"sharing_{offer.pk}": "order"}
        assert client.post(later, sent).status_code == 302
        assert billed(orders) == [2, 3, 1]


class TestLater:
    def test_adds_up_and_opens_bags_that_are_out(self, stage):
        orders = three_orders(stage)
        count(stage, 3)
        assert billed(orders) == [2, 1, 0]
        take(stage, orders[1])
        assert orders[1].status == "collected"
        assert [q for _offer, q in lacking(stage.round)] == [3]
        more(stage, 1)
        assert billed(orders) == [2, 2, 0]
        orders[1].refresh_from_db()
        assert orders[1].status == "partly"
        more(stage, 5)  # two are asked for, three are too many
        assert billed(orders) == [2, 3, 1]
        line = DeliveryLine.objects.get()
        assert [line.delivered, line.over] == [9, 3]
        assert [row.car for row in LaterArrival.objects.order_by("pk")] == [2, 3]
        assert {cut.shortfall.kind for cut in ShortfallLine.objects.all()} == {
            ShortfallKind.DELIVERY,
            ShortfallKind.LATER,
        }
        take(stage, orders[1], timedelta(hours=2))
        assert orders[1].status == "collected"
        assert line_of(orders[1]).collected_quantity == 3
        with pytest.raises(BadArrival, match="不缺了"):
            more(stage, 1)
        check_books()

    def test_undoing_the_first_bag_leaves_what_was_fetched_later(self, stage):
        orders = three_orders(stage)
        count(stage, 3)
        take(stage, orders[1])
        first = orders[1].check_offs.get()
        more(stage, 3)
        take(stage, orders[1], timedelta(hours=2))
        with at(stage.pickup + timedelta(hours=3)):
            undo_check_off(check_off_id=first.pk, actor_id=stage.initiator.pk, request_id=uuid4())
        assert line_of(orders[1]).collected_quantity == 2
        orders[1].refresh_from_db()
        assert orders[1].status == "partly"

    def test_by_a_helper_it_waits_and_the_preview_is_what_is_written(self, stage):
        orders = three_orders(stage)
        count(stage, 3)
        more(stage, 2, helper_of(stage))
        assert billed(orders) == [2, 1, 0]
        assert not Hold.objects.standing(stage.round.pk).exists()
        planned = plan_sharing(stage.round, {}).billed()
        share(stage)
        lines = {line_of(order).pk: line_of(order).billed_quantity for order in orders}
        assert lines == lines | planned
        assert billed(orders) == [2, 3, 0]

    def test_by_a_helper_it_is_all_that_waits_where_the_first_car_was_whole(self, stage):
        orders = three_orders(stage)
        count(stage, 6)
        with at(stage.pickup):
            record_missing(
                order_id=orders[0].pk,
                missing={offer_of(stage.round).pk: Decimal(1)},
                actor_id=stage.initiator.pk,
            )
        take(stage, orders[1])
        more(stage, 1, helper_of(stage))
        assert billed(orders) == [1, 3, 1]
        share(stage)
        assert billed(orders) == [2, 3, 1]
        kinds = ShortfallLine.objects.order_by("pk").values_list("shortfall__kind", flat=True)
        assert list(kinds) == [ShortfallKind.SPOT, ShortfallKind.LATER]
        check_books()

    def test_what_waits_is_promised_to_nobody_before(self, stage):
        orders = three_orders(stage)
        count(stage, 3)
        more(stage, 1, helper_of(stage))
        another = {offer_of(stage.round).pk: Came(Decimal(1))}
        assert not plan_later(stage.round, another, today=date(2026, 11, 21)).billed()
        more(stage, 1)
        assert billed(orders) == [2, 1, 0]
        assert [q for _offer, q in unshared(stage.round)] == [2]

    def test_before_anything_came_or_after_the_round(self, stage):
        three_orders(stage)
        with pytest.raises(NothingFollows, match="已成团"):
            more(stage, 1)
        count(stage, 3)
        Round.objects.filter(pk=stage.round.pk).update(status="completed")
        with pytest.raises(NothingFollows):
            more(stage, 1)

    def test_is_never_changed_and_the_first_car_neither(self, stage):
        three_orders(stage)
        count(stage, 3)
        more(stage, 1)
        with (
            pytest.raises(DatabaseError, match=r"append-only|permission denied"),
            transaction.atomic(),
        ):
            LaterArrival.objects.update(delivered=9)
        with at(stage.pickup), pytest.raises(NotCorrectable, match="后来又到过一车"):
            correct_arrival(
                round_id=stage.round.pk,
                actor_id=stage.initiator.pk,
                delivered=came(stage, 6),
                request_id=uuid4(),
            )

    def test_goods_that_are_inspected_are_so_on_every_car(self, stage):
        orders = three_orders(stage)
        count(stage, 3, due=True)
        more(stage, 3, lots=(Lot("L9"),))
        (held,) = Hold.objects.standing(stage.round.pk)
        assert held.batch is not None
        assert (held.kind, held.batch.lot) == (HoldKind.INSPECTION, "L9")
        take(stage, orders[0])  # none of it is of that batch
        with pytest.raises(GoodsHeld):
            take(stage, orders[2])
        # while it is stopped nobody is called to fetch it
        events.drain(stage.group.pk)
        texts = [
            notices.text(one.kind, one.context)
            for one in Notice.objects.filter(kind="orders.order_later")
        ]
        assert len(texts) == 2
        assert all("先别来取" in text for text in texts)

    def test_of_another_car_that_need_not_be_inspected_it_says_come(self, stage):
        three_orders(stage)
        count(stage, 3)
        more(stage, 3)
        events.drain(stage.group.pk)
        texts = [
            notices.text(one.kind, one.context)
            for one in Notice.objects.filter(kind="orders.order_later")
        ]
        assert len(texts) == 2
        assert all(text.endswith("来取") and "先别" not in text for text in texts)

    def test_a_plan_of_nothing(self, stage):
        three_orders(stage)
        count(stage, 3)
        with pytest.raises(BadArrival, match="什么都没到"):
            plan_later(
                stage.round, {offer_of(stage.round).pk: Came(Decimal(0))}, today=date(2026, 11, 21)
            )


class TestOneBatch:
    """Two lots of one offer: 2.5 (all of the first, a bit of the second order) and 3.5."""

    @pytest.fixture
    def lots(self, stage: Stage) -> tuple[list[Order], list[Batch]]:
        orders = three_orders(stage)
        count(stage, 6, lots=(Lot("L1", Decimal(2)), Lot("L2", Decimal(4))))
        return orders, list(Batch.objects.order_by("pk"))

    def stop(self, stage: Stage, batch: Batch) -> Hold:
        with at(stage.pickup):
            return holds.hold(
                round_id=stage.round.pk,
                offer_id=offer_of(stage.round).pk,
                batch_id=batch.pk,
                kind=HoldKind.INCIDENT,
                reason="发酸",
            )

    def test_the_other_one_goes_on(self, stage, lots):
        orders, (_first, second) = lots
        self.stop(stage, second)
        take(stage, orders[0])
        with pytest.raises(GoodsHeld, match="同一批"):
            take(stage, orders[1])
        gone, stays = (desk_row(stage.round, order.pk) for order in orders[:2])
        assert gone is not None
        assert stays is not None
        assert [item.held for item in stays.items] == [True]
        assert not gone.held

    def test_twin_a_stop_of_the_offer_keeps_both(self, stage, lots):
        with at(stage.pickup):
            holds.hold(
                round_id=stage.round.pk,
                offer_id=offer_of(stage.round).pk,
                kind=HoldKind.INCIDENT,
                reason="发酸",
            )
        with pytest.raises(GoodsHeld):
            take(stage, lots[0][0])

    def test_is_withdrawn_alone(self, stage, lots):
        orders, (_first, second) = lots
        held = self.stop(stage, second)
        with at(stage.pickup):
            withdraw_goods(
                hold_id=held.pk, actor_id=stage.initiator.pk, reason="退给商家", request_id=uuid4()
            )
        assert billed(orders) == [2, 0, 0]
        check_books()

    @pytest.fixture
    def mixed(self, stage: Stage) -> list[Order]:
        """The second order has 1 of each lot and waits for one more; then a car with 1 of L2."""
        orders = three_orders(stage)
        count(stage, 4, lots=(Lot("L1", Decimal(3)), Lot("L2", Decimal(1))))
        return orders

    def withdraw(self, stage: Stage, batch: Batch | None = None) -> None:
        with at(stage.pickup + timedelta(hours=2)):
            held = holds.hold(
                round_id=stage.round.pk,
                offer_id=offer_of(stage.round).pk,
                batch_id=batch.pk if batch else None,
                kind=HoldKind.INCIDENT,
                reason="发酸",
            )
            withdraw_goods(
                hold_id=held.pk, actor_id=stage.initiator.pk, reason="退给商家", request_id=uuid4()
            )

    def test_withdrawn_again_after_a_second_car_it_counts_once(self, stage, mixed):
        second = Batch.objects.get(lot="L2")
        self.withdraw(stage, second)
        assert billed(mixed) == [2, 1, 0]
        more(stage, 2, lots=(Lot("L2", Decimal(2)),))
        assert billed(mixed) == [2, 3, 0]
        self.withdraw(stage, second)
        assert billed(mixed) == [2, 1, 0], "the piece of the other lot stays"
        check_books()

    def test_so_it_does_after_all_of_the_goods_were_withdrawn(self, stage, mixed):
        self.withdraw(stage)
        assert billed(mixed) == [0, 0, 0]
        more(stage, 4, lots=(Lot("L1", Decimal(3)), Lot("L2", Decimal(1))))
        assert billed(mixed) == [2, 2, 0]
        self.withdraw(stage, Batch.objects.get(lot="L1"))
        assert billed(mixed) == [0, 1, 0]
        check_books()

    def test_is_of_its_offer(self, stage, lots):
        with at(stage.pickup), pytest.raises(NotHoldable, match="批次"):
            holds.hold(
                round_id=stage.round.pk,
                batch_id=lots[1][0].pk,
                kind=HoldKind.INCIDENT,
                reason="发酸",
            )
        held = self.stop(stage, lots[1][0])
        with (
            pytest.raises(DatabaseError, match="the batch of a hold is of its offer"),
            transaction.atomic(),
        ):
            Hold.objects.filter(pk=held.pk).update(offer=None)

    def test_an_inspection_names_it(self, stage):
        stage = make_stage()
        orders = three_orders(stage)
        with at(stage.round.pickup_from - timedelta(hours=2)):
            record_arrival(
                round_id=stage.round.pk,
                actor_id=stage.initiator.pk,
                delivered=came(stage, 6, lots=(Lot("L1", Decimal(2)), Lot("L2", Decimal(4)))),
                request_id=uuid4(),
            )
            bad = Batch.objects.get(lot="L2")
            due = checklist([offer_of(stage.round).category])
            record_inspection(
                round_id=stage.round.pk,
                actor_id=stage.initiator.pk,
                found=Found(
                    "failed",
                    {check.key: False for check in due},
                    Decimal(9),
                    "发酸",
                    failed_batches=frozenset({bad.pk}),
                ),
                request_id=uuid4(),
            )
        stage.round.refresh_from_db()
        take(stage, orders[0])
        with pytest.raises(GoodsHeld):
            take(stage, orders[1])
