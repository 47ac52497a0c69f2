"""Placing, amending and cancelling (O3–O7): what is written, what is refused, what is left."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from groups.models import Group, Membership
from orders.models import BasketLine, Offer, Order, OrderChange, OrderLine, Posting, Round
from orders.services.orders import (
    BadQuantity,
    NotYourOrder,
    OrderNotOpen,
    RoundNotOpen,
    SoldOut,
    UnknownOffer,
)
from orders.services.rounds import cancel_round, close_round, open_round
from tests.factories import (
    NOON,
    make_group,
    make_initiator,
    make_item,
    make_member,
    make_merchant,
    make_order,
    make_round,
    offer_of,
)
from tests.orders.support import (
    amend,
    balance,
    cancel,
    check_books,
    events_of,
    moment,
    place,
    refused,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(db: None) -> Group:
    group = make_group()
    make_initiator(group)
    return group


@pytest.fixture
def lan(group: Group) -> Membership:
    return make_member(group, "阿兰")


@pytest.fixture(autouse=True)
def books(db: None):
    yield
    check_books()


def test_a_placed_order_is_one_row_with_lines_history_postings_and_event(group, lan):
    rnd = make_round(group, offers=2, price_fen=3800)
    first, second = offer_of(rnd, 1), offer_of(rnd, 2)
    order = place(rnd, lan, {first.pk: Decimal("1.5"), second.pk: Decimal(2)}, note="不要肥的")
    order.refresh_from_db()
    assert (order.group_id, order.round_id, order.member_id) == (group.pk, rnd.pk, lan.pk)
    assert (order.number, order.status, order.channel, order.note) == (
        1,
        "placed",
        "web",
        "不要肥的",
    )
    lines = list(order.lines.order_by("offer_id").values_list("quantity", "billed_fen"))
    assert lines == [(Decimal("1.500"), 5700), (Decimal("2.000"), 7600)]
    assert balance("member", order=order, holder_id=lan.pk) == 13_300
    assert balance("merchant", order=order, holder_id=rnd.merchant_id) == -13_300
    history = OrderChange.objects.get(order=order)
    assert (history.kind, history.actor_id, history.before) == ("placed", lan.pk, {})
    assert history.after == {str(first.pk): "1.5", str(second.pk): "2"}
    (event,) = events_of("order.placed", order.pk)
    assert (event.group_id, event.actor_id, event.happened_at) == (
        group.pk,
        lan.user_id,
        order.placed_at,
    )
    assert event.data["total_fen"] == 13_300
    assert set(Posting.objects.values_list("source_id", flat=True)) == {history.pk}


def test_door_and_name_are_copies(group, lan):
    order = make_order(make_round(group), lan)
    room = lan.household.room
    Membership.objects.filter(pk=lan.pk).update(nickname="改名了")
    lan.household.__class__.objects.filter(pk=lan.household_id).update(room="9999")
    order.refresh_from_db()
    assert (order.nickname, order.building, order.room) == ("阿兰", "3栋", room)
    assert order.door == f"3-{room}"


def test_for_a_neighbour_without_account(group, lan):
    mei = make_member(group, "梅姨", account=False)
    order = make_order(make_round(group), mei, placed_by=lan, channel="paper")
    assert (order.member_id, order.placed_by_id, order.channel) == (mei.pk, lan.pk, "paper")
    assert order.is_by_proxy
    assert balance("member", holder_id=mei.pk) == 7600
    assert events_of("order.placed", order.pk)[0].data["for_neighbour"] is True


def test_several_orders_of_one_member_are_numbered_without_gaps(group, lan):
    rnd = make_round(group, capacity=5)
    assert [make_order(rnd, lan, 2).number, make_order(rnd, lan, 2).number] == [1, 2]
    with refused(SoldOut, "只剩 1斤"):
        make_order(rnd, lan, 2)
    with refused(BadQuantity):
        make_order(rnd, lan, "0.3")
    assert make_order(rnd, lan, 1).number == 3


@pytest.mark.parametrize(
    ("quantity", "price", "billed"),
    [("0.5", 1, 1), ("0.5", 3, 2), ("1.5", 333, 500), ("2.5", 101, 253), ("1", 100, 100)],
)
def test_a_line_is_rounded_half_up_once(group, lan, quantity, price, billed):
    """O6. In the database and in the posting alike; half a fen goes up."""
    order = make_order(make_round(group, price_fen=price), lan, quantity)
    assert order.lines.get().billed_fen == billed
    assert balance("member", order=order) == billed


def test_pickup_tokens_are_long_and_differ(group, lan):
    rnd = make_round(group)
    tokens = {make_order(rnd, lan).pickup_token for _ in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {22}


# When a round takes orders


def opened(group: Group, **spec: object) -> Round:
    """Opened at NOON, cut-off a day later."""
    with moment(NOON):
        return make_round(group, **spec)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param(timedelta(days=1), "已截单", id="at the cut-off"),
        pytest.param(timedelta(days=1, microseconds=1), "已截单", id="just after"),
        pytest.param(timedelta(days=30), "已截单", id="long after"),
        pytest.param(timedelta(microseconds=-1), "还没开", id="before opening"),
    ],
)
def test_outside_its_hours_a_round_takes_no_orders(group, lan, after, words):
    """The closing job has not run: the round still says open."""
    rnd = opened(group)
    with moment(NOON + after), refused(RoundNotOpen, words):
        make_order(rnd, lan)
    assert Round.objects.get(pk=rnd.pk).status == "open"


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=1, microseconds=-1)])
def test_inside_its_hours_it_does(group, lan, after):
    rnd = opened(group)
    with moment(NOON + after):
        assert make_order(rnd, lan).placed_at == NOON + after


def test_a_round_that_opens_later_takes_orders_from_then_on(group, lan):
    rnd = opened(group, opens_at=NOON + timedelta(hours=2))
    assert rnd.status == "open"
    with moment(NOON + timedelta(hours=2, microseconds=-1)), refused(RoundNotOpen, "还没开"):
        make_order(rnd, lan)
    with moment(NOON + timedelta(hours=2)):
        make_order(rnd, lan)


def test_drafts_paused_closed_and_cancelled_rounds_take_no_orders(group, lan):
    draft = make_round(group, opened=False)
    with refused(RoundNotOpen, "还没开"):
        make_order(draft, lan)
    rnd = make_round(group)
    order = make_order(rnd, lan)
    Round.objects.filter(pk=rnd.pk).update(paused_at=order.placed_at)
    for act in (lambda: make_order(rnd, lan), lambda: cancel(order)):
        with refused(RoundNotOpen, "暂停"):
            act()
    Round.objects.filter(pk=rnd.pk).update(paused_at=None)
    close_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    with refused(RoundNotOpen, "已截单"):
        make_order(rnd, lan)
    other = make_round(group, merchant=rnd.merchant)
    cancel_round(round_id=other.pk, actor_id=rnd.initiator_id, reason="商家断货")
    with refused(RoundNotOpen, "已截单"):
        make_order(other, lan)


def test_a_round_of_another_group_does_not_exist_here(group, lan):
    elsewhere = make_group()
    rnd = make_round(elsewhere)
    with refused(RoundNotOpen, "没有这个团"):
        make_order(rnd, lan)
    with refused(RoundNotOpen, "没有这个团"):
        place(Round(pk=987_654), lan, {offer_of(rnd).pk: Decimal(1)})
    assert Round.objects.get(pk=rnd.pk).last_number == 0


def test_only_active_members_of_one_group(group, lan):
    rnd = make_round(group)
    outsider = make_member(make_group())
    pending = make_member(group, status="pending")
    for member, proxy in ((lan, outsider), (outsider, lan), (pending, lan), (lan, pending)):
        with refused(NotYourOrder):
            make_order(rnd, member, placed_by=proxy)


def test_an_offer_of_another_round_is_unknown(group, lan):
    rnd, other = make_round(group), make_round(group)
    with refused(UnknownOffer):
        place(rnd, lan, {offer_of(rnd).pk: Decimal(1), offer_of(other).pk: Decimal(1)})
    with refused(UnknownOffer):
        place(rnd, lan, {987_654: Decimal(1)})


@pytest.mark.parametrize(
    "quantity",
    ["-1", "0.0005", "0.3", "NaN", "sNaN", "Infinity", "-Infinity", "100000", "1E+30"],
)
def test_bad_quantities_are_refused(group, lan, quantity):
    rnd = make_round(group)
    with refused(BadQuantity):
        make_order(rnd, lan, quantity)


def test_nothing_chosen_is_refused(group, lan):
    rnd = make_round(group)
    for nothing in ({}, {offer_of(rnd).pk: Decimal(0)}):
        with refused(BadQuantity, "先选一样"):
            place(rnd, lan, nothing)


def test_a_zero_is_not_chosen(group, lan):
    rnd = make_round(group, offers=2)
    order = place(rnd, lan, {offer_of(rnd, 1).pk: Decimal(0), offer_of(rnd, 2).pk: Decimal("1.0")})
    assert [line.offer_id for line in order.lines.all()] == [offer_of(rnd, 2).pk]


def test_an_amount_beyond_the_book_is_a_sentence(group, lan):
    merchant = make_merchant(group)
    rnd = make_round(group, merchant=merchant, opened=False)
    item = make_item(merchant, store_price_fen=10**8 - 1)
    Offer.objects.filter(round=rnd).update(
        item=item, price_fen=9 * 10**7, store_price_fen=10**8 - 1
    )
    open_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    with refused(BadQuantity, "金额太大"):
        make_order(rnd, lan, 99_999)
    order = make_order(rnd, lan, 11_000)
    with refused(BadQuantity, "金额太大"):
        amend(order, {offer_of(rnd).pk: Decimal(12_000)})


# Stock


def test_sold_out_names_what_is_left(group, lan):
    rnd = make_round(group, capacity=3)
    with refused(SoldOut, "只剩 3斤", field=f"offer_{offer_of(rnd).pk}"):
        make_order(rnd, lan, "3.5")
    make_order(rnd, lan, 3)
    with refused(SoldOut, "抢完了"):
        make_order(rnd, lan, "0.5")
    assert offer_of(rnd).left == 0


def test_one_line_sold_out_sells_nothing(group, lan):
    rnd = make_round(group, offers=2, capacity=3)
    one, two = offer_of(rnd, 1), offer_of(rnd, 2)
    with refused(SoldOut, field=f"offer_{two.pk}"):
        place(rnd, lan, {one.pk: Decimal(3), two.pk: Decimal(4)})
    assert offer_of(rnd, 1).taken == 0


def test_without_capacity_there_is_no_end(group, lan):
    rnd = make_round(group)
    make_order(rnd, lan, 99_999)
    make_order(rnd, lan, 99_999)
    assert offer_of(rnd).taken == 199_998
    assert offer_of(rnd).left is None


# Amending


def test_amending_up_and_down_moves_stock_and_money_by_the_difference(group, lan):
    rnd = make_round(group, capacity=5, price_fen=1000)
    offer = offer_of(rnd)
    order = make_order(rnd, lan, 2)
    amend(order, {offer.pk: Decimal(5)}, note="多切一点", reason="来客人")
    assert offer_of(rnd).taken == 5
    assert balance("member", order=order) == 5000
    amend(order, {offer.pk: Decimal("0.5")})
    assert offer_of(rnd).taken == Decimal("0.5")
    order.refresh_from_db()
    assert (order.note, order.changes, order.number) == ("多切一点", 3, 1)
    kinds = list(order.history.order_by("number").values_list("kind", "before", "after", "reason"))
    key = str(offer.pk)
    assert kinds == [
        ("placed", {}, {key: "2"}, ""),
        ("amended", {key: "2"}, {key: "5"}, "来客人"),
        ("amended", {key: "5"}, {key: "0.5"}, ""),
    ]
    assert [event.data["total_fen"] for event in events_of("order.amended", order.pk)] == [
        5000,
        500,
    ]


def test_amending_swaps_offers(group, lan):
    rnd = make_round(group, offers=3, capacity=5)
    a, b, c = (offer_of(rnd, n).pk for n in (1, 2, 3))
    order = place(rnd, lan, {a: Decimal(2), b: Decimal(1)})
    amend(order, {b: Decimal(1), c: Decimal(4)})
    assert {line.offer_id: line.quantity for line in order.lines.all()} == {
        b: Decimal(1),
        c: Decimal(4),
    }
    taken = dict(Offer.objects.filter(round=rnd).values_list("pk", "taken"))
    assert taken == {a: Decimal(0), b: Decimal(1), c: Decimal(4)}


def test_amending_to_the_same_keeps_everything_but_tells_of_it(group, lan):
    rnd = make_round(group)
    order = make_order(rnd, lan, 2)
    before = Posting.objects.count()
    amend(order, {offer_of(rnd).pk: Decimal(2)}, note="按电梯 2 号")
    order.refresh_from_db()
    assert (order.note, Posting.objects.count()) == ("按电梯 2 号", before)


def test_what_is_left_counts_what_the_order_holds(group, lan):
    rnd = make_round(group, capacity=5)
    order = make_order(rnd, lan, 3)
    make_order(rnd, make_member(group), 1)
    with refused(SoldOut, "只剩 4斤"):
        amend(order, {offer_of(rnd).pk: Decimal(5)})
    amend(order, {offer_of(rnd).pk: Decimal(4)})


def test_bad_amendments_are_refused(group, lan):
    rnd, other = make_round(group, offers=2), make_round(group)
    order = make_order(rnd, lan, 2)
    with refused(BadQuantity, "先选一样"):
        amend(order, {offer_of(rnd).pk: Decimal(0)})
    with refused(BadQuantity, "0.5 的倍数"):
        amend(order, {offer_of(rnd).pk: Decimal("2.2")})
    with refused(UnknownOffer):
        amend(order, {offer_of(other).pk: Decimal(1)})


def test_steps_and_minimum(group, lan):
    """O6. Step and minimum bind each line, also when it is amended."""
    merchant = make_merchant(group)
    rnd = make_round(group, merchant=merchant, opened=True)
    Offer.objects.filter(round=rnd).update(minimum=Decimal(2))
    with refused(BadQuantity, "至少订 2", field=f"offer_{offer_of(rnd).pk}"):
        make_order(rnd, lan, "1.5")
    with refused(BadQuantity, "0.5 的倍数"):
        make_order(rnd, lan, "2.25")
    order = make_order(rnd, lan, "2.5")
    with refused(BadQuantity, "至少订 2"):
        amend(order, {offer_of(rnd).pk: Decimal(1)})


# Cancelling


def test_cancelling_gives_back_stock_and_money(group, lan):
    rnd = make_round(group, offers=2, capacity=3)
    order = place(rnd, lan, {offer_of(rnd, 1).pk: Decimal(2), offer_of(rnd, 2).pk: Decimal("1.5")})
    cancel(order, reason="出差")
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert order.cancelled_at is not None
    assert set(Offer.objects.filter(round=rnd).values_list("taken", flat=True)) == {Decimal(0)}
    assert balance("member") == balance("merchant") == 0
    assert order.history.get(kind="cancelled").reason == "出差"
    assert len(events_of("order.cancelled", order.pk)) == 1
    make_order(rnd, lan, 3)


def test_what_is_cancelled_stays_cancelled(group, lan):
    rnd = make_round(group)
    order = make_order(rnd, lan)
    cancel(order)
    with refused(OrderNotOpen, "已取消"):
        cancel(order)
    with refused(OrderNotOpen, "已取消"):
        amend(order, {offer_of(rnd).pk: Decimal(1)})


def test_a_cancelled_number_is_not_given_again(group, lan):
    rnd = make_round(group)
    cancel(make_order(rnd, lan))
    assert make_order(rnd, lan).number == 2


def test_after_the_cut_off_an_order_is_fixed(group, lan):
    rnd = opened(group)
    with moment(NOON):
        order = make_order(rnd, lan)
    with moment(NOON + timedelta(days=1)):
        with refused(RoundNotOpen, "已截单"):
            cancel(order)
        with refused(RoundNotOpen, "已截单"):
            amend(order, {offer_of(rnd).pk: Decimal(1)})
    with moment(NOON + timedelta(days=1, microseconds=-1)):
        amend(order, {offer_of(rnd).pk: Decimal(1)})
        cancel(order)


def test_whoever_placed_it_may_amend_it_and_is_named(group, lan):
    mei = make_member(group, "梅姨", account=False)
    rnd = make_round(group)
    order = make_order(rnd, mei, placed_by=lan)
    amend(order, {offer_of(rnd).pk: Decimal(1)}, actor_id=lan.pk)
    assert order.history.get(kind="amended").actor_id == lan.pk
    assert events_of("order.amended", order.pk)[0].actor_id == lan.user_id


# What stays as it was ordered


def test_editing_an_item_changes_no_round_and_no_order(group, lan):
    rnd = make_round(group)
    order = make_order(rnd, lan)
    item = offer_of(rnd).item
    item.__class__.objects.filter(pk=item.pk).update(
        store_price_fen=1, name="别的", unit="盒", step=Decimal(3), is_active=False
    )
    offer = offer_of(rnd)
    assert (offer.store_price_fen, offer.unit, offer.step) == (4500, "斤", Decimal("0.5"))
    assert offer.name != "别的"
    amend(order, {offer.pk: Decimal("1.5")})
    assert order.lines.get().billed_fen == 5700
    close_round(round_id=rnd.pk, actor_id=rnd.initiator_id)
    assert balance("member", order=order) == 5700


def test_each_round_keeps_its_own_lines(group, lan):
    """Orders, lines and shares of one round say nothing about another."""
    first, second = make_round(group, household_limit=2), make_round(group, household_limit=2)
    make_order(first, lan, 2)
    make_order(second, lan, 2)
    assert OrderLine.objects.count() == 2
    assert BasketLine.objects.count() == 2
    assert Order.objects.filter(number=1).count() == 2
