"""A complaint that food may be unsafe holds it in the bags that are not yet handed out (R2)."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Event as Signal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from groups.models import Membership
from orders.models import CheckOff, Hold, Offer, Order, OrderLine, Round
from orders.models.rounds import RoundQuerySet
from orders.queries import chat
from orders.services import check_offs, holds, inspections, stopped_bags, stops
from orders.services.check_offs import GoodsHeld
from orders.services.helpers import make_helper_link
from orders.services.holds import AlreadyReleased, NotRuled
from orders.services.rounds import complete_round
from tests.factories import make_member, offer_of
from tests.orders.guarded import Guard, check_guards
from tests.orders.stages import Stage, at, make_stage
from tests.orders.support import check_books, refused
from tests.orders.test_deliveries import three_orders
from tests.orders.test_later_arrivals import count, more, take
from tests.orders.test_leftovers import decide
from tests.orders.test_lists import cells_of
from tests.orders.test_taps import hand, send
from tests.threads import together
from tuangou.core import clock, events, notices
from tuangou.core.models import Event, Notice

pytestmark = pytest.mark.django_db
WHY = "有邻居投诉吃了怕出事"
HOUR = timedelta(hours=1)


@pytest.fixture
def stage() -> Stage:
    return two_sorts(make_stage(offers=2))


def two_sorts(stage: Stage) -> Stage:
    """A complaint is about the first."""
    for n, name in ((1, "牛腩"), (2, "牛腱")):
        Offer.objects.filter(pk=offer_of(stage.round, n).pk).update(name=name)
    return stage


def both(stage: Stage, member: Membership | None = None) -> Order:
    each = {offer_of(stage.round, n).pk: Decimal(2) for n in (1, 2)}
    return stage.order(member, quantities=each)


def it(stage: Stage, number: int = 1) -> dict[str, Any]:
    return {"group_id": stage.group.pk, "complaint_no": number, "user_id": None}


def stop(stage: Stage, when: datetime | None = None, number: int = 1, **fields: bool) -> None:
    with at(when or stage.pickup):
        stops.stop_sale(
            **it(stage, number), item_id=offer_of(stage.round).item_id, at=clock.now(), **fields
        )


def lift(stage: Stage, when: datetime | None = None, number: int = 1, **fields: bool) -> bool:
    with at(when or stage.pickup + HOUR):
        return stops.lift_stop(**it(stage, number), at=clock.now(), **fields)


def give(stage: Stage, order: Order, when: datetime | None = None, **fields: Any) -> CheckOff:
    with at(when or stage.pickup + 2 * HOUR):
        return check_offs.check_off(
            order_id=order.pk, actor_id=stage.initiator.pk, request_id=uuid4(), **fields
        )


def undo(stage: Stage, done: CheckOff, when: datetime) -> None:
    with at(when):
        check_offs.undo_check_off(
            check_off_id=done.pk, actor_id=stage.initiator.pk, request_id=uuid4()
        )


def held(stage: Stage) -> list[str]:
    standing = Hold.objects.standing(stage.round.pk).order_by("pk")
    return [f"{hold.what} {hold.kind}" for hold in standing]


def decide_about(stage: Stage, act: Any, when: datetime | None = None) -> Hold:
    with at(when or stage.pickup + HOUR):
        result: Hold = act(
            hold_id=Hold.objects.standing(stage.round.pk).get().pk,
            actor_id=stage.initiator.pk,
            reason="看过了",
            request_id=uuid4(),
        )
    return result


FIRST = ["牛腩 complaint"]


class TestHeld:
    def test_the_rest_of_the_bag_goes(self, stage):
        order = both(stage)
        stage.arrive()
        stop(stage)
        with refused(GoodsHeld, "牛腩先不能交", WHY):
            give(stage, order)
        rest = order.lines.get(offer=offer_of(stage.round, 2))
        give(stage, order, lines={rest.pk: Decimal(2)})
        order.refresh_from_db()
        assert order.status == "partly"

    def test_twin_without_the_hold_it_is_handed_out(self, stage, monkeypatch):
        monkeypatch.setattr(stopped_bags, "hold_bags", lambda **_: None)
        order = both(stage)
        stage.arrive()
        stop(stage)
        give(stage, order)
        order.refresh_from_db()
        assert order.status == "collected"

    def test_of_the_same_goods_in_every_round_of_the_group(self, stage):
        with at(stage.start):
            other = make_stage(group=stage.group, merchant=stage.round.merchant)
        offer = offer_of(other.round)
        offer.item = offer_of(stage.round).item
        offer.save(update_fields=["item"])
        order = other.order()
        other.arrive()
        both(stage)
        stage.arrive()
        stop(stage)
        assert [len(held(stage)), len(held(other))] == [1, 1]
        with pytest.raises(GoodsHeld):
            give(other, order)

    def test_what_was_ordered_before_stays_once_the_round_is_confirmed(self, stage):
        order = both(stage)
        stop(stage, stage.ordering)
        assert held(stage) == [], "nobody has bought it yet"
        stage.arrive()
        assert held(stage) == FIRST
        with pytest.raises(GoodsHeld):
            give(stage, order)

    def test_twin_without_a_look_at_the_cut_off_it_is_handed_out(self, stage, monkeypatch):
        monkeypatch.setattr("orders.services.rounds.hold_if_stopped", lambda **_: None)
        order = both(stage)
        stop(stage, stage.ordering)
        stage.arrive()
        give(stage, order)

    def test_on_its_way_it_stays_when_it_comes(self, stage):
        both(stage)
        stage.confirm()
        stop(stage, stage.round.cut_off_at + HOUR)
        stage.arrive()
        assert held(stage) == FIRST

    def test_two_complaints_hold_it_once_until_both_are_ruled(self, stage):
        order = both(stage)
        stage.arrive()
        stop(stage, number=1)
        stop(stage, number=2)
        assert held(stage) == FIRST
        lift(stage, number=1)
        assert held(stage) == FIRST
        lift(stage, number=2)
        give(stage, order)

    def test_nobody_s_name_stands_on_it(self, stage):
        """Erasing whoever complained has nothing to erase here."""
        both(stage)
        stage.arrive()
        with at(stage.pickup):
            user_id = stage.member.user_id
            where = it(stage) | {"user_id": user_id}
            item_id = offer_of(stage.round).item_id
            stops.stop_sale(**where, item_id=item_id, at=clock.now())
        hold = Hold.objects.get()
        assert (hold.held_by, hold.reason) == (None, WHY)
        assert Event.objects.get(kind="hold.placed").actor_id is None


class TestOfARoundThatIsOver:
    def over(self, stage: Stage) -> tuple[Order, Order]:
        """Completed: one bag was fetched, one waits in the fridge."""
        fetched, waits = both(stage), both(stage, stage.neighbour)
        stage.arrive()
        give(stage, fetched, stage.pickup)
        with at(stage.round.pickup_until):
            it = {"round_id": stage.round.pk, "actor_id": stage.initiator.pk}
            check_offs.record_not_collected(**it)
            complete_round(**it)
        stage.round.refresh_from_db()
        return fetched, waits

    def test_a_bag_that_waits_is_held(self, stage):
        _fetched, waits = self.over(stage)
        stop(stage, stage.round.pickup_until + HOUR)
        with pytest.raises(GoodsHeld):
            give(stage, waits, stage.round.pickup_until + 2 * HOUR)

    def test_one_that_is_gone_is_not(self, stage):
        _fetched, waits = self.over(stage)
        decide(stage, waits, choice="pass", taker_id=stage.member.pk)
        stop(stage, stage.round.pickup_until + 2 * HOUR)
        assert held(stage) == []

    def test_one_that_comes_back_is_held(self, stage):
        """Its hand-over was a mistake: the bag waits again."""
        fetched, waits = self.over(stage)
        give(stage, waits, stage.round.pickup_until + HOUR)
        stop(stage, stage.round.pickup_until + 2 * HOUR)
        assert held(stage) == []
        done = CheckOff.objects.get(order=fetched)
        undo(stage, done, stage.round.pickup_until + 3 * HOUR)
        assert held(stage) == FIRST

    def test_not_after_it_was_decided_about(self, stage):
        fetched, _waits = self.over(stage)
        stop(stage, stage.round.pickup_until + HOUR, found=True)
        decide_about(stage, holds.release, stage.round.pickup_until + 2 * HOUR)
        done = CheckOff.objects.get(order=fetched)
        undo(stage, done, stage.round.pickup_until + 3 * HOUR)
        assert held(stage) == []


def test_what_comes_on_a_later_car_stays_also_where_all_was_fetched():
    stage = make_stage()
    orders = three_orders(stage)
    count(stage, 3)
    for order in orders[:2]:
        take(stage, order)
    stop(stage)
    more(stage, 1)
    with pytest.raises(GoodsHeld):
        take(stage, orders[1], 2 * HOUR)


class TestLetGo:
    def test_when_nothing_was_found_it_is_fetched(self, stage):
        order = both(stage)
        stage.arrive()
        stop(stage)
        assert lift(stage)
        hold = Hold.objects.get()
        assert (hold.released_by, hold.release_reason) == (None, "有裁定了，可以发")
        assert Event.objects.get(kind="hold.released").data["lets_go"] is True
        give(stage, order)

    def test_nobody_is_called_before_it_came(self, stage):
        both(stage)
        stage.confirm()
        stop(stage, stage.round.cut_off_at + HOUR)
        lift(stage, stage.round.cut_off_at + 2 * HOUR)
        assert Event.objects.get(kind="hold.released").data["lets_go"] is False

    def test_nor_where_it_stays_for_another_reason(self, stage):
        order = both(stage)
        stage.arrive()
        stop(stage)
        with at(stage.pickup):
            offer_id = offer_of(stage.round).pk
            holds.hold(round_id=stage.round.pk, offer_id=offer_id, kind="incident", reason="发霉")
        lift(stage)
        assert Event.objects.get(kind="hold.released").data["lets_go"] is False
        assert held(stage) == ["牛腩 incident"]
        with pytest.raises(GoodsHeld):
            give(stage, order)

    def test_stopped_again_by_a_review_it_is_held_again(self, stage):
        both(stage)
        stage.arrive()
        stop(stage)
        lift(stage)
        stop(stage, stage.pickup + 2 * HOUR, found=True)
        assert held(stage) == FIRST


class TestDecided:
    @pytest.fixture
    def order(self, stage: Stage) -> Order:
        order = both(stage)
        stage.arrive()
        stop(stage)
        return order

    def test_nobody_lets_it_go_before_the_ruling(self, stage, order):
        with refused(NotRuled, "有了裁定才能放行"):
            decide_about(stage, holds.release)
        stop(stage, found=True)
        decide_about(stage, holds.release)
        give(stage, order)

    def test_twin_without_the_question_a_word_undoes_the_stop(self, stage, order, monkeypatch):
        monkeypatch.setattr(holds, "waiting_for_ruling", lambda _: frozenset())
        decide_about(stage, holds.release)
        give(stage, order)

    def test_found_of_one_complaint_but_not_yet_of_another(self, stage, order):
        stop(stage, number=2)
        stop(stage, found=True)
        with refused(NotRuled):
            decide_about(stage, holds.release)

    def test_it_may_be_taken_out_and_paid_back_at_any_time(self, stage, order):
        decide_about(stage, inspections.withdraw_goods)
        assert OrderLine.objects.get(order=order, offer=offer_of(stage.round)).billed_quantity == 0
        give(stage, order)
        check_books()
        assert lift(stage, stage.pickup + 3 * HOUR), "the sale goes on; there is nothing to let go"

    def test_found_but_sold_again_what_is_in_the_bags_waits_for_her(self, stage, order):
        """Of one batch alone, say: nobody knows here which bag has of it."""
        stop(stage, found=True)
        assert lift(stage, found=True)
        assert held(stage) == FIRST
        with pytest.raises(GoodsHeld):
            give(stage, order)
        decide_about(stage, holds.release)
        give(stage, order)

    def test_the_review_that_clears_it_lets_that_go_too(self, stage, order):
        lift(stage, found=True)
        assert held(stage) == FIRST
        assert lift(stage, stage.pickup + 2 * HOUR) is False, "it was on sale"
        assert held(stage) == []

    def test_not_what_another_complaint_found_to_be_unsafe(self, stage, order):
        stop(stage, number=2)
        lift(stage, number=2, found=True)
        lift(stage, number=1)
        assert held(stage) == FIRST
        decide_about(stage, holds.release, stage.pickup + 2 * HOUR)
        with pytest.raises(AlreadyReleased), at(stage.pickup + 3 * HOUR):
            holds.release(
                hold_id=Hold.objects.get().pk,
                actor_id=stage.initiator.pk,
                reason="看过了",
                request_id=uuid4(),
            )


class TestTaps:
    """A phone without a net: what it did is told to the server later."""

    @pytest.fixture
    def stage(self) -> Stage:
        return make_stage(timezone.now() - timedelta(hours=45))

    def test_one_from_before_the_complaint_that_comes_after_it_says_why_it_does_not_count(
        self, stage
    ):
        """As for an incident: whoever made it looks whether the bag is gone, and says so."""
        order = stage.order()
        stage.arrive()
        with transaction.atomic():
            stop(stage, clock.now())
        before = (timezone.now() - timedelta(minutes=20)).isoformat()
        tap = hand(order, at=before)
        for _again in range(2):
            (answer,) = send(stage, tap)
            assert answer["result"] == "refused"
            assert WHY in answer["said"]
        assert not CheckOff.objects.exists()

    def test_one_that_counted_before_is_answered_as_before(self, stage):
        order = stage.order()
        stage.arrive()
        tap = hand(order)
        assert send(stage, tap)[0]["result"] == "done"
        with transaction.atomic():
            stop(stage, clock.now())
        assert send(stage, tap)[0]["result"] == "already"


def reader(who: Membership) -> Client:
    assert who.user is not None
    client = Client()
    client.force_login(who.user)
    return client


class TestPages:
    @pytest.fixture
    def stage(self) -> Stage:
        stage = two_sorts(make_stage(timezone.now() - timedelta(hours=45), offers=2))
        both(stage)
        stage.arrive()
        with transaction.atomic():
            stop(stage, clock.now())
        return stage

    def page(self, stage: Stage, name: str, *args: Any, who: Membership | None = None) -> str:
        place = [stage.group.slug, stage.round.pk, *args]
        answer = reader(who or stage.initiator).get(reverse(f"orders:{name}", args=place))
        assert answer.status_code == 200
        return answer.content.decode()

    def test_the_desk_and_from_door_to_door(self, stage):
        for name in ("desk", "doors"):
            text = self.page(stage, name)
            assert f"牛腩 先不能交：{WHY}。袋里其余的可以交。" in text
            assert "交其余的" in text

    def test_a_helper_s_list(self, stage, client):
        with transaction.atomic():
            _link, token = make_helper_link(
                round_id=stage.round.pk, actor_id=stage.initiator.pk, name="小李"
            )
        text = client.get(reverse("helper", args=[token])).content.decode()
        assert f"牛腩 先不能交：{WHY}" in text
        address = reverse("helper-check-off", args=[token, Order.objects.get().pk])
        answer = client.post(address, {"request_id": str(uuid4())}, follow=True)
        assert "牛腩先不能交" in answer.content.decode()
        assert not CheckOff.objects.exists()

    @pytest.mark.parametrize("kind", ["sorting", "building", "doors", "pickup"])
    def test_the_lists_that_are_printed(self, stage, kind):
        text = self.page(stage, "list", kind)
        assert f"牛腩 先不能交：{WHY}。袋里其余的可以交。" in text
        assert "牛腩 2斤（先不能交）" in text
        assert text.count("（先不能交）") == 1
        with transaction.atomic():
            lift(stage, clock.now())
        assert "先不能交" not in self.page(stage, "list", kind)

    def test_their_files(self, stage, monkeypatch):
        drawn: list[str] = []
        lines = "orders.views.papers._lines"
        monkeypatch.setattr(lines, lambda _flow, text, _size, **_: drawn.append(text))
        place = [stage.group.slug, stage.round.pk, "doors"]
        client = reader(stage.initiator)
        client.get(reverse("orders:list-pdf", args=place))
        said = f"牛腩 先不能交：{WHY}。袋里其余的可以交。"
        assert said in drawn
        table = client.get(reverse("orders:list-xlsx", args=place)).content
        assert len(cells_of(table)) == 2
        monkeypatch.undo()
        from_file = _notes_of(table)
        assert said in from_file

    def test_her_order(self, stage):
        address = reverse("orders:order", args=[stage.group.slug, Order.objects.get().pk])
        said = f"牛腩先不发：{WHY}。等有了结果再取。"
        assert said in reader(stage.member).get(address).content.decode()
        with transaction.atomic():
            lift(stage, clock.now())
        assert said not in reader(stage.member).get(address).content.decode()

    def test_what_the_initiator_may_do_about_it(self, stage):
        text = self.page(stage, "delivery")
        assert "有了裁定才能放行" in text
        assert "放行，照常发" not in text
        assert "不发了，退钱" in text
        with transaction.atomic():
            stop(stage, clock.now(), found=True)
        text = self.page(stage, "delivery")
        assert "放行，照常发" in text
        assert "放行，照常发" not in self.page(stage, "delivery", who=stage.member)

    def test_released_too_early_the_page_says_why_not(self, stage):
        hold = Hold.objects.get()
        answer = reader(stage.initiator).post(
            reverse("orders:hold-release", args=[stage.group.slug, hold.pk]),
            {"reason": "没事", "request_id": str(uuid4())},
        )
        assert answer.status_code == 422
        assert "有了裁定才能放行" in answer.content.decode()


def _notes_of(table: bytes) -> str:
    sheet = load_workbook(io.BytesIO(table)).worksheets[0]
    return "\n".join(str(row[0]) for row in sheet.iter_rows(values_only=True))


class TestTold:
    def texts(self, stage: Stage) -> dict[str, dict[int, str]]:
        events.drain(stage.group.pk)
        said: dict[str, dict[int, str]] = {}
        with translation.override("zh-hans"):
            for notice in Notice.objects.filter(group_id=stage.group.pk, kind__contains="goods_"):
                text = notices.text(notice.kind, notice.context)
                said.setdefault(notice.kind, {})[notice.user_id] = text
        return said

    def test_whose_bag_waits_and_when_it_may_be_fetched(self, stage):
        fetched, _waits = both(stage), both(stage, stage.neighbour)
        stage.arrive()
        give(stage, fetched, stage.pickup)
        stop(stage)
        (told,) = self.texts(stage)["orders.goods_held"].items()
        assert told[0] == stage.neighbour.user_id
        assert "牛腩先别取：有邻居投诉吃了怕出事。其余的照常取" in told[1]
        assert len(told[1]) <= 70
        lift(stage)
        assert set(self.texts(stage)["orders.goods_released"]) == {stage.neighbour.user_id}

    def test_the_chat_hears_of_what_is_on_its_way_or_here_only(self, stage):
        both(stage)
        stage.arrive()
        stop(stage)
        said = chat.held(Hold.objects.get().pk, "https://x.test")
        assert f"牛腩先不发：{WHY}。有了结果再说一声。" in said
        Round.objects.filter(pk=stage.round.pk).update(status="completed")
        assert chat.held(Hold.objects.get().pk, "https://x.test") == ""


@pytest.mark.django_db(transaction=True)
def test_what_the_tables_refuse():
    stage = make_stage()
    stage.order()
    stage.arrive()
    stop(stage)
    lift(stage)
    with at(stage.pickup + 2 * HOUR):
        other = holds.hold(round_id=stage.round.pk, kind="incident", reason="发霉")
    check_guards(
        Guard(
            "orders_salestop",
            "sale_stop_found_after_it_began",
            "update orders_salestop set found_at = stopped_at - interval '1 second'",
        ),
        Guard(
            "orders_hold",
            "hold_released_with_reason",
            "update orders_hold set released_at = held_at, release_reason = 'x'"
            f" where id = {other.pk}",
        ),
    )


# Bags handed out while somebody complains


def late(stage: Stage) -> int:
    """Hand-overs after the hold: the log's numbers go by when each held the round."""
    placed = Event.objects.get(group_id=stage.group.pk, kind="hold.placed").pk
    given = Event.objects.filter(group_id=stage.group.pk, kind="order.collected", pk__gt=placed)
    return given.count()


def busy() -> tuple[Stage, list[Order]]:
    with transaction.atomic():
        start = clock.now() - timedelta(hours=45)
    stage = make_stage(start)
    orders = [stage.order(make_member(stage.group)) for _ in range(4)]
    stage.arrive()
    return stage, orders


def tapped(stage: Stage, order: Order) -> CheckOff:
    return check_offs.check_off(order_id=order.pk, actor_id=stage.initiator.pk, request_id=uuid4())


def complained(stage: Stage) -> str:
    with transaction.atomic():
        item_id = offer_of(stage.round).item_id
        stops.stop_sale(**it(stage), item_id=item_id, at=clock.now())
    return "stopped"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_handing_out_against_a_complaint_whichever_comes_first():
    """A bag that went was gone before; after the complaint none goes."""
    stage, orders = busy()
    taps = [partial(tapped, stage, order) for order in orders]
    *given, stopped = together([*taps, partial(complained, stage)])
    assert stopped == "stopped"
    assert all(isinstance(answer, CheckOff | GoodsHeld) for answer in given), given
    assert late(stage) == 0
    for order, answer in zip(orders, given, strict=True):
        gone = isinstance(answer, CheckOff)
        assert order.lines.get().collected_quantity == (2 if gone else 0)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_the_round_s_lock_a_bag_goes_after_the_complaint(monkeypatch):
    stage, orders = busy()
    looked, stopped, publish = Signal(), Signal(), check_offs._publish

    def publish_late(*args: Any, **data: Any) -> None:
        looked.set()
        assert stopped.wait(30)
        publish(*args, **data)

    def complain_between() -> str:
        assert looked.wait(30)
        said = complained(stage)
        stopped.set()
        return said

    monkeypatch.setattr(RoundQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(check_offs, "_publish", publish_late)
    given, said = together([partial(tapped, stage, orders[0]), complain_between])
    assert (type(given), said) == (CheckOff, "stopped")
    assert late(stage) == 1
