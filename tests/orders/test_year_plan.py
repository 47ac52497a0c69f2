"""A year planned in memory: exact in every cell, believable, repeatable, and checked."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merchants.models import Category
from merchants.models.credit_codes import credit_code_is_valid
from orders.management.year import checks, figures, months, people, planner
from orders.management.year.figures import FiguresError, Row
from orders.management.year.plan import (
    AmendOrder,
    CancelOrder,
    ClaimPayment,
    CloseRound,
    DecideReturn,
    FailRound,
    PlaceOrder,
    PublishMonth,
    ReceivePayment,
    SaveDraft,
    YearPlan,
)
from orders.management.year.solver import NoSum
from tests.orders.test_year_figures import TABLE1

SHANGHAI = ZoneInfo("Asia/Shanghai")


@cache
def paper() -> YearPlan:
    return planner.plan_year(figures.read(TABLE1), "foodie", 1)


def row(items: int = 12, **more: int) -> Row:
    values = {"merchants": 3, "transactions": 40, "sales_fen": 260_000, "rate_bp": 217} | more
    return Row(
        2022,
        6,
        values["merchants"],
        items,
        values["transactions"],
        values["sales_fen"],
        values["rate_bp"],
    )


@st.composite
def files(draw: st.DrawFn) -> list[Row]:
    """Any file that must always work: ¥20 to ¥200 an order, rates up to 8 %."""
    start = draw(st.integers(2020 * 12, 2024 * 12))
    drawn = []
    for place in draw(st.lists(st.integers(0, 14), min_size=1, max_size=3, unique=True)):
        merchants = draw(st.integers(1, 12))
        transactions = draw(st.integers(20, 120) | st.integers(20, 1_500))
        drawn.append(
            Row(
                (start + place) // 12,
                (start + place) % 12 + 1,
                merchants,
                draw(st.integers(merchants, 60)),
                transactions,
                draw(st.integers(2_000 * transactions, 20_000 * transactions)),
                draw(st.integers(0, 800)),
            )
        )
    return sorted(drawn)


@settings(max_examples=25, deadline=None)
@given(files(), st.integers(0, 2**31))
def test_any_file_is_planned_to_the_fen(rows: list[Row], seed: int):
    plan = planner.plan_year(rows, "drawn", seed)
    assert checks.recount(plan) == figures.with_empty_months(rows)


@pytest.mark.soak
@settings(max_examples=400, deadline=None)
@given(files(), st.integers(0, 2**31))
def test_any_file_is_planned_to_the_fen_at_length(rows: list[Row], seed: int):
    plan = planner.plan_year(rows, "drawn", seed)
    assert checks.recount(plan) == figures.with_empty_months(rows)


@pytest.mark.parametrize(
    "hard",
    [
        Row(2022, 2, 1, 1, 20, 40_003, 337),  # one item, odd fen, a window of four fen
        Row(2022, 2, 12, 60, 20, 40_000, 1),  # three lines an order at under ¥7 each
        Row(2022, 2, 1, 60, 1_500, 30_000_099, 800),  # one shop with sixty items
        Row(2022, 2, 1, 1, 1_500, 3_000_007, 799),
        Row(2022, 2, 2, 2, 2, 7_777, 0),
        Row(2022, 2, 1, 1, 1, 2_001, 10_000),  # the one order, all of it returned
        Row(2022, 2, 1, 5, 1, 9_900, 5_000),  # five lines in the one order there is
        Row(2022, 2, 48, 48, 48, 480_000, 100),
    ],
)
def test_hard_rows_are_met(hard: Row):
    plan = planner.plan_year([hard], "hard", 3)
    assert checks.recount(plan) == [hard]


def test_the_papers_year_comes_back_byte_for_byte():
    assert figures.to_csv(checks.recount(paper())).encode() == TABLE1.read_bytes()


def test_the_same_seed_and_slug_plan_the_same_year_and_others_another():
    rows = [row()]
    one = planner.plan_year(rows, "g", 5)
    assert planner.plan_year(rows, "g", 5) == one
    assert planner.plan_year(rows, "g", 6).orders != one.orders
    assert planner.plan_year(rows, "h", 5).orders != one.orders


def test_phones_and_credit_codes_belong_to_the_slug():
    def known(slug: str, salt: int = 0) -> tuple[set[str | None], set[str]]:
        plan = planner.plan_year([row()], slug, 1, salt=salt)
        phones = [m.phone for m in plan.members if m.phone]
        phones += [m.phone for m in plan.merchants if m.phone]
        assert len(set(phones)) == len(phones)
        return set(phones), {merchant.credit_code for merchant in plan.merchants}

    years = [known("a"), known("b"), known("a", salt=1)]
    for one, other in itertools.combinations(years, 2):
        assert not one[0] & other[0]
        assert not one[1] & other[1]
    phones = list(people.phones("a", 0))
    assert len(set(phones)) == 10_000
    assert all(len(p) == 14 and p[:4] == "+861" and p[4] in "3456789" for p in phones)


def test_the_papers_people_are_believable():
    plan = paper()
    doors = Counter((m.building, m.unit, m.room) for m in plan.members)
    assert len(plan.members) == 439
    assert len({m.building for m in plan.members}) >= 6
    assert set(doors.values()) == {1, 2}
    assert {m.building for m in plan.members} <= set(plan.group.buildings)
    assert [m.role for m in plan.members[:3]] == ["initiator", "deputy", "member"]
    assert 5 <= sum(m.phone is None for m in plan.members) <= 40
    assert len({m.nickname for m in plan.members}) > 400
    for member in plan.members[1:]:
        assert member.invited_by is not None
        assert member.invited_by < member.index


def test_the_papers_merchants_and_goods_are_believable():
    plan = paper()
    assert 35 <= len(plan.merchants) <= 40
    assert len({m.legal_name for m in plan.merchants}) == len(plan.merchants)
    assert all(credit_code_is_valid(m.credit_code) for m in plan.merchants)
    assert all((m.stores == 1) is (m.kind == "single") for m in plan.merchants)
    assert {item.category for item in plan.items} <= set(Category.values)
    assert len({item.category for item in plan.items}) >= 10
    assert len({(i.merchant, i.name, i.spec) for i in plan.items}) == len(plan.items)
    assert any(item.step_milli == 500 and item.sale_unit == "斤" for item in plan.items)


def test_the_papers_prices_look_like_prices_under_the_store_price():
    plan = paper()
    offers = [offer for rnd in plan.rounds for offer in rnd.offers]
    odd = [o for o in offers if o.price_fen % 100 not in (0, 50, 60, 80, 90)]
    assert not odd  # whole yuan of sales need no odd prices
    for offer in offers:
        assert offer.price_fen <= plan.items[offer.item].store_price_fen * 95 // 100
    assert 0.05 < sum(o.capacity_milli is not None for o in offers) / len(offers) < 0.3


def test_the_papers_orders_have_a_believable_shape():
    plan = paper()
    kinds = Counter(type(step) for step in plan.steps)
    assert kinds[PlaceOrder] - kinds[CancelOrder] - _in_failed_rounds(plan) == 7_121
    assert kinds[CancelOrder] > 50
    assert kinds[AmendOrder] > 100
    assert kinds[ClaimPayment] > 1_000
    assert kinds[FailRound] == sum(rnd.fails for rnd in plan.rounds) > 0
    assert kinds[PublishMonth] == 12
    assert sum(len(order.lines) > 1 for order in plan.orders) > 2_000
    by_proxy = [order for order in plan.orders if order.placed_by != order.orderer]
    assert 100 < len(by_proxy) < 900
    assert any(order.channel == "paper" for order in by_proxy)
    last_hour = [
        step
        for step in plan.steps
        if isinstance(step, PlaceOrder)
        and plan.rounds[plan.orders[step.order].round].cut_off_at - step.at < timedelta(hours=1)
    ]
    assert len(last_hour) > 0.12 * len(plan.orders)


def _in_failed_rounds(plan: YearPlan) -> int:
    return sum(plan.rounds[order.round].fails for order in plan.orders)


def test_some_pay_late_and_everyone_pays_once():
    plan = paper()
    received = [step for step in plan.steps if isinstance(step, ReceivePayment)]
    late = [
        step
        for step in received
        if step.at > plan.rounds[plan.orders[step.order].round].pickup_until
    ]
    assert len({step.order for step in received}) == len(received) == 7_121
    assert 50 < len(late) < 500


def test_rounds_stay_in_their_month_and_under_two_merchants_a_day():
    plan = paper()
    days: dict[object, set[int]] = {}
    for rnd in plan.rounds:
        local = rnd.cut_off_at.astimezone(SHANGHAI)
        days.setdefault(local.date(), set()).add(rnd.merchant)
        assert timedelta(hours=12) < rnd.cut_off_at - rnd.opens_at < timedelta(days=4)
        assert timedelta(0) < rnd.pickup_from - rnd.cut_off_at < timedelta(days=3)
    assert max(map(len, days.values())) == 2


def test_a_row_that_no_draw_meets_is_named_before_anything_else(monkeypatch: pytest.MonkeyPatch):
    draws = []

    def never(month: object, rng: object, *, by_price: bool) -> None:
        draws.append(by_price)
        raise NoSum

    monkeypatch.setattr(months, "meet_sales", never)
    with pytest.raises(FiguresError, match="Row 2022-06 cannot be met: 50 draws"):
        planner.plan_year([row()], "g", 1)
    assert len(draws) == 50
    assert draws == sorted(draws)


# Each of these takes one guard's rule away from a good plan: the check must see it.


def _refused(plan: YearPlan, what: str) -> None:
    with pytest.raises(checks.PlanError, match=what):
        checks.check(plan)


@pytest.fixture(scope="module")
def good() -> YearPlan:
    plan = planner.plan_year([row(transactions=400, sales_fen=2_600_000)], "good", 2)
    checks.check(plan)
    return plan


def _without(plan: YearPlan, kind: type) -> YearPlan:
    steps = list(plan.steps)
    steps.remove(next(step for step in steps if type(step) is kind))
    return replace(plan, steps=tuple(steps))


@pytest.mark.parametrize("kind", [PlaceOrder, CancelOrder, DecideReturn, CloseRound])
def test_a_plan_short_of_one_step_does_not_add_up(good: YearPlan, kind: type):
    _refused(_without(good, kind), "The plan counts" if kind is not DecideReturn else ".")


def test_a_plan_without_a_payment_or_a_draft_cannot_be_played(good: YearPlan):
    _refused(_without(good, SaveDraft), "open from draft")
    returned = good.returns[0].order
    steps = [s for s in good.steps if not (isinstance(s, ReceivePayment) and s.order == returned)]
    _refused(replace(good, steps=tuple(steps)), "too much")


def test_an_order_after_the_cut_off_is_seen(good: YearPlan):
    place = next(i for i, s in enumerate(good.steps) if isinstance(s, PlaceOrder))
    step = good.steps[place]
    assert isinstance(step, PlaceOrder)
    late = replace(step, at=good.rounds[good.orders[step.order].round].cut_off_at)
    steps = sorted((late if s is step else s for s in good.steps), key=lambda s: s.at)
    _refused(replace(good, steps=tuple(steps)), "after the cut-off")


def test_two_steps_at_one_moment_are_seen(good: YearPlan):
    steps = list(good.steps)
    steps[1] = replace(steps[1], at=steps[0].at)
    _refused(replace(good, steps=tuple(steps)), "not after the step before")


def test_an_offer_sold_beyond_its_capacity_is_seen(good: YearPlan):
    rnd = good.rounds[0]
    least = replace(rnd.offers[0], capacity_milli=1)
    rounds = (replace(rnd, offers=(least, *rnd.offers[1:])), *good.rounds[1:])
    _refused(replace(good, rounds=rounds), "oversold")


def test_a_price_that_is_not_under_the_store_price_is_seen(good: YearPlan):
    offer = good.rounds[0].offers[0]
    items = list(good.items)
    items[offer.item] = replace(items[offer.item], store_price_fen=offer.price_fen)
    _refused(replace(good, items=tuple(items)), "not under the store price")


def test_a_third_merchant_on_a_day_is_seen(good: YearPlan):
    _refused(replace(good, group=replace(good.group, merchants_per_day=0)), "merchants a day")


def test_a_minimum_that_is_missed_is_seen(good: YearPlan):
    first = replace(good.rounds[0], minimum_households=10_000)
    _refused(replace(good, rounds=(first, *good.rounds[1:])), "minimum")
