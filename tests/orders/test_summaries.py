"""The monthly summary: counted, kept, published (O13)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from orders.models import (
    MonthItem,
    MonthMerchant,
    OrderLine,
    PublishedSummary,
    Return,
    Round,
    ShortfallKind,
    SummaryMonth,
    Why,
)
from orders.models.summaries import said_of
from orders.queries import summaries as queries
from orders.services import summaries
from orders.services.summaries import check, due_at, months_due, publish_due, publish_month, rebuild
from tests.factories import make_group
from tests.orders import oracle_table1 as oracle
from tests.orders.histories import History, lines_of
from tests.orders.stages import at
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
MID_JUNE = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)
JULY_3 = datetime(2026, 7, 2, 16, 0, tzinfo=UTC)  # 00:00 in Shanghai


def shanghai(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo("Asia/Shanghai"))  # type: ignore[arg-type, misc]


def known(history: History) -> tuple[date, date]:
    ends = queries.months_with_figures(history.group.pk)
    assert ends
    return ends


def table(history: History, first: date | None = None, last: date | None = None) -> queries.Table1:
    ends = known(history)
    return queries.table1(history.group.pk, first=first or ends[0], last=last or ends[1])


def exact(history: History) -> None:
    """Kept = rebuilt = the oracle, cell by cell; published = kept."""
    pk = history.group.pk
    assert check(group_id=pk) == []
    any_figures = queries.months_with_figures(pk)
    rows = [row for row in table(history).rows if row.orders] if any_figures else []
    assert [
        (
            row.key,
            row.merchants,
            row.items,
            row.orders,
            row.sales_fen,
            row.returned_fen,
            str(row.rate),
            row.orders_returned,
            row.lines,
            row.lines_returned,
        )
        for row in rows
    ] == oracle.months(pk)
    if any_figures:
        total = table(history).total
        assert (
            total.merchants_distinct,
            total.items_distinct,
            total.orders,
            total.sales_fen,
            total.returned_fen,
        ) == oracle.whole(pk)
    kept = MonthItem.objects.filter(group=pk).order_by("month", "merchant", "item")
    assert [
        (f"{row.month:%Y-%m}", row.merchant_id, row.item_id, row.sales_fen, row.returned_fen)
        for row in kept
    ] == oracle.items(pk)
    for head in SummaryMonth.objects.filter(group=pk, latest_version__gt=0):
        latest = PublishedSummary.objects.get(
            group=pk, month=head.month, version=head.latest_version
        )
        assert latest.figures == summaries._figures(head)


@pytest.fixture
def history() -> History:
    made = History()
    made.merchant()
    return made


class TestRestate:
    def test_placing_touches_nothing_and_confirming_counts(self, history):
        rnd = history.round(MID_JUNE)
        history.order(rnd, 2, 1)
        assert not MonthMerchant.objects.exists()
        assert not SummaryMonth.objects.exists()
        history.confirm(rnd)
        row = table(history).rows[0]
        assert (row.month, row.merchants, row.items, row.orders, row.lines) == (JUNE, 1, 2, 1, 2)
        assert (row.sales_fen, row.returned_fen, row.rate) == (3 * 3800, 0, Decimal("0.00"))
        exact(history)

    def test_a_cancelled_order_and_a_failed_round_do_not_count(self, history):
        rnd = history.round(MID_JUNE)
        history.cancel(history.order(rnd, 2))
        history.order(rnd, 1, member=1)
        history.confirm(rnd)
        missed = history.round(MID_JUNE, minimum_households=3)
        history.order(missed, 5)
        history.confirm(missed)
        assert missed.status == "closed"
        assert table(history).rows[0].orders == 1
        exact(history)

    def test_the_tier_s_price_counts(self, history):
        rnd = history.round(MID_JUNE, tiers={2: 3000})
        history.order(rnd, 2, 1)
        history.confirm(rnd)
        assert table(history).rows[0].sales_fen == 2 * 3000 + 3800
        exact(history)

    def test_two_rounds_of_a_merchant_in_a_month_are_one_merchant(self, history):
        for day in (1, 8):
            rnd = history.round(MID_JUNE + timedelta(days=day))
            history.order(rnd, 1)
            history.confirm(rnd)
        row = table(history).rows[0]
        assert (row.merchants, row.items, row.orders) == (1, 1, 2)
        exact(history)

    def test_an_accepted_return_moves_amount_order_and_line_by_exactly_that(self, history):
        rnd = history.round(MID_JUNE)
        history.order(rnd, 2, 1)
        history.order(rnd, 1, member=1)
        history.confirm(rnd)
        history.hand_out(rnd)
        before = table(history).rows[0]
        line = lines_of(rnd)[0]
        ret = history.give_back(line, 1234)
        after = table(history).rows[0]
        assert (after.returned_fen, after.orders_returned, after.lines_returned) == (1234, 1, 1)
        assert (after.sales_fen, after.orders) == (before.sales_fen, before.orders)
        assert after.rate == Decimal("8.12")  # 1234 / 15200
        assert (after.order_rate, after.line_rate) == (Decimal("50.00"), Decimal("33.33"))
        history.refund(ret)
        assert table(history).rows[0] == after
        exact(history)

    def test_telling_only_is_no_return(self, history):
        rnd = history.round(MID_JUNE)
        history.order(rnd, 2)
        history.confirm(rnd)
        history.hand_out(rnd)
        history.give_back(lines_of(rnd)[0], 0, tell=True)
        row = table(history).rows[0]
        assert (row.returned_fen, row.orders_returned, row.lines_returned) == (0, 0, 0)
        exact(history)

    def test_asking_and_rejecting_move_nothing(self, history):
        rnd = history.round(MID_JUNE)
        history.order(rnd, 2)
        history.confirm(rnd)
        history.hand_out(rnd)
        before = table(history)
        history.ask(lines_of(rnd)[0])
        assert table(history) == before
        exact(history)

    def test_cancelling_a_counted_round_takes_its_rows_away(self, history):
        other = history.merchant()
        kept = history.round(MID_JUNE, merchant=other)
        history.order(kept, 1)
        history.confirm(kept)
        gone = history.round(MID_JUNE)
        history.order(gone, 1, 1)
        history.confirm(gone)
        assert table(history).rows[0].merchants == 2
        history.call_off(gone)
        row = table(history).rows[0]
        assert (row.merchants, row.items, row.orders) == (1, 1, 1)
        assert MonthMerchant.objects.get().merchant == history.goods[other][0]
        exact(history)

    def test_an_order_billed_nothing_is_not_counted(self, history):
        """Nothing but a short delivery bills less than was ordered; here by hand."""
        rnd = history.round(MID_JUNE)
        history.order(rnd, 1)
        history.order(rnd, 1, 1, member=1)
        history.confirm(rnd)
        first = lines_of(rnd)[0]
        OrderLine.objects.filter(pk=first.pk).update(billed_quantity=0)
        summaries.restate(rnd=rnd, at=MID_JUNE, reason="")
        row = table(history).rows[0]
        assert (row.orders, row.lines, row.sales_fen) == (1, 2, 7600)
        exact(history)

    def test_no_more_statements_for_more_orders(self, history):
        small = history.round(MID_JUNE)
        history.order(small, 1, 1)
        history.confirm(small)
        big = history.round(MID_JUNE + timedelta(days=40))
        for member in (0, 1, 2):
            history.order(big, 1, 2, member=member)
        history.confirm(big)
        counts = []
        for rnd in (small, big):
            MonthMerchant.objects.filter(month=rnd.month).delete()
            with CaptureQueriesContext(connection) as context:
                summaries.restate(rnd=rnd, at=MID_JUNE, reason="")
            counts.append(len([q for q in context if "SAVEPOINT" not in q["sql"]]))
        assert counts == [7, 7]


class TestMonths:
    @pytest.mark.parametrize(
        ("cut_off", "month"),
        [
            pytest.param(shanghai(2026, 6, 30, 23, 59), JUNE, id="last minute of June"),
            pytest.param(shanghai(2026, 7, 1, 0, 0), JULY, id="first minute of July"),
            pytest.param(shanghai(2027, 1, 1, 0, 0), date(2027, 1, 1), id="new year"),
            pytest.param(shanghai(2026, 12, 31, 23, 59), date(2026, 12, 1), id="old year"),
        ],
    )
    def test_a_month_ends_at_midnight_of_the_group(self, history, cut_off, month):
        rnd = history.round(cut_off)
        history.order(rnd, 1)
        history.confirm(rnd)
        assert [row.month for row in table(history).rows] == [month]
        exact(history)

    @pytest.mark.parametrize(
        ("zone", "month"),
        [("America/New_York", JUNE), ("Asia/Shanghai", JULY), ("Pacific/Kiritimati", JULY)],
    )
    def test_the_same_moment_lies_in_another_month_elsewhere(self, zone, month):
        """16:30 UTC on 30 June is 00:30 in Shanghai and 12:30 in New York."""
        history = History(group=make_group(time_zone=zone))
        history.merchant()
        rnd = history.round(datetime(2026, 6, 30, 16, 30, tzinfo=UTC))
        history.order(rnd, 1)
        history.confirm(rnd)
        assert [row.month for row in table(history).rows] == [month]
        exact(history)

    def test_a_gap_is_a_row_of_zeros(self, history):
        for cut_off in (MID_JUNE, MID_JUNE + timedelta(days=61)):
            rnd = history.round(cut_off)
            history.order(rnd, 1)
            history.confirm(rnd)
        rows = table(history).rows
        assert [row.key for row in rows] == ["2026-06", "2026-07", "2026-08"]
        assert (rows[1].merchants, rows[1].items, rows[1].orders, rows[1].sales_fen) == (0, 0, 0, 0)
        assert rows[1].rate is None
        total = table(history).total
        assert (total.merchants, total.merchants_distinct, total.items) == (2, 1, 2)
        assert total.mean_rate == Decimal("0.00")  # of the two months that sold


class TestPublish:
    @pytest.fixture
    def june(self, history: History) -> Round:
        rnd = history.round(MID_JUNE)
        history.order(rnd, 2, 1)
        history.confirm(rnd)
        history.hand_out(rnd)
        return rnd

    def test_on_the_third_at_midnight_not_before(self, history, june):
        pk = history.group.pk
        assert due_at(group=history.group, month=JUNE) == JULY_3
        with at(JULY_3 - timedelta(seconds=1)):
            assert months_due() == []
            assert publish_month(group_id=pk, month=JUNE) is None
        with at(JULY_3):
            assert months_due() == [(pk, JUNE)]
            (summary,) = publish_due()
        assert (summary.month, summary.version, summary.published_at) == (JUNE, 1, JULY_3)
        assert {name: summary.figures[name] for name in ("merchants", "items", "orders")} == {
            "merchants": 1,
            "items": 2,
            "orders": 1,
        }
        event = Event.objects.get(kind="summary.published")
        assert (event.subject_id, event.data) == (summary.pk, {"month": "2026-06", "version": 1})
        row = table(history).rows[0]
        assert (row.version, row.published_at) == (1, JULY_3)
        exact(history)

    def test_again_is_nothing(self, history, june):
        with at(JULY_3):
            assert len(publish_due()) == 1
            assert publish_due() == []
            assert publish_month(group_id=history.group.pk, month=JUNE) is None
        assert PublishedSummary.objects.count() == 1

    def test_an_empty_month_after_the_first_is_published_with_zeros(self, history, june):
        with at(JULY_3 + timedelta(days=62)):  # 3 September
            published = publish_due(group_id=history.group.pk)
        assert [f"{summary.month:%Y-%m}" for summary in published] == [
            "2026-06",
            "2026-07",
            "2026-08",
        ]
        assert published[1].figures["orders"] == 0
        assert published[1].figures["by_merchant"] == []

    def test_a_group_without_figures_publishes_nothing(self, history):
        with at(JULY_3 + timedelta(days=400)):
            assert publish_due() == []

    def test_a_loading_group_waits_for_its_loader(self):
        history = History(group=make_group(status="loading"))
        history.merchant()
        rnd = history.round(MID_JUNE)
        history.order(rnd, 1)
        history.confirm(rnd)
        with at(JULY_3):
            assert publish_due() == []
            assert len(publish_due(group_id=history.group.pk)) == 1

    def test_a_later_return_makes_the_next_version_with_date_and_reason(self, history, june):
        ret = history.ask(lines_of(june)[0])
        with at(JULY_3):
            publish_due()
        when = JULY_3 + timedelta(days=1)
        first = PublishedSummary.objects.get().figures
        history.accept(ret, 100, when)
        one, two = PublishedSummary.objects.order_by("version")
        assert one.figures == first
        assert (two.version, two.published_at) == (2, when)
        assert two.reason.startswith("return ")
        assert two.said.startswith("退货 ")
        assert two.figures["returned_fen"] == 100
        row = table(history).rows[0]
        assert (row.version, row.is_restated, row.reason) == (2, True, two.said)
        newest, oldest = queries.versions_of(history.group.pk, JUNE)
        assert newest.reason == two.said
        assert (newest.number, newest.returned_delta_fen, newest.orders_delta) == (2, 100, 0)
        assert (oldest.number, oldest.figures.returned_fen) == (1, 0)
        exact(history)

    def test_what_moves_no_figure_makes_no_version(self, history, june):
        ret = history.ask(lines_of(june)[0], tell=True)
        with at(JULY_3):
            publish_due()
        history.accept(ret, 0, JULY_3 + timedelta(days=1))
        assert PublishedSummary.objects.get().version == 1

    @pytest.mark.parametrize(
        "change",
        [
            lambda rows: rows.update(reason="anders"),
            lambda rows: rows.update(figures={}),
            lambda rows: rows.delete(),
        ],
    )
    def test_no_version_is_ever_changed(self, history, june, change):
        with at(JULY_3):
            publish_due()
        with pytest.raises(DatabaseError), transaction.atomic():
            change(PublishedSummary.objects.filter(version=1))


class TestRebuild:
    @pytest.fixture
    def counted(self, history: History) -> History:
        for merchant in (0, history.merchant(3)):
            rnd = history.round(MID_JUNE, merchant=merchant)
            history.order(rnd, 2, 1)
            history.confirm(rnd)
        with at(JULY_3):
            publish_due()
        return history

    DAMAGE = [
        pytest.param(lambda: MonthMerchant.objects.update(orders_returned=1), 2, id="merchants"),
        pytest.param(lambda: MonthItem.objects.update(returned_fen=1), 4, id="items"),
        pytest.param(lambda: MonthItem.objects.all().delete(), 4, id="items gone"),
        pytest.param(lambda: MonthMerchant.objects.all().delete(), 2, id="merchants gone"),
        pytest.param(lambda: MonthMerchant.objects.update(month=JULY), 4, id="moved"),
    ]

    @pytest.mark.parametrize(("damage", "rows"), DAMAGE)
    def test_check_names_what_differs_and_rebuild_puts_it_right(self, counted, damage, rows):
        pk = counted.group.pk
        damage()
        found = check(group_id=pk)
        assert len(found) == rows
        assert "kept" in str(found[0])
        assert "2026-0" in str(found[0])
        assert check(group_id=pk) == found  # it wrote nothing
        with at(JULY_3 + timedelta(days=2)):
            assert rebuild(group_id=pk) == found
        exact(counted)

    def test_nothing_to_do_writes_nothing(self, counted):
        assert rebuild(group_id=counted.group.pk) == []
        assert PublishedSummary.objects.get().version == 1

    def test_a_published_month_that_was_wrong_gets_a_version(self, counted):
        MonthItem.objects.update(returned_fen=1)
        rebuild(group_id=counted.group.pk)
        again = PublishedSummary.objects.get(version=2)
        assert (again.reason, again.said) == ("counted", "重新计算")

    @pytest.mark.parametrize(
        ("stored", "chinese", "english"),
        [
            (Why.RETURN.of("7KQ-1"), "退货 7KQ-1", "Return 7KQ-1"),
            (Why.CANCELLED.of("7KQ"), "取消团 7KQ", "Round 7KQ cancelled"),
            (Why.CONFIRMED.of("7KQ"), "成团 7KQ", "Round 7KQ confirmed"),
            (Why.WITHDRAWN.of("7KQ"), "验货没通过，不发 7KQ", ""),
            (Why.COUNTED.of(), "重新计算", "Recomputed"),
            ("退货 7KQ-1", "退货 7KQ-1", "退货 7KQ-1"),
            ("Return 7KQ-1", "Return 7KQ-1", "Return 7KQ-1"),
            ("", "", ""),
        ],
    )
    def test_the_reason_is_in_the_language_of_the_reader(self, stored, chinese, english):
        """An old row, a sentence of its time, stays as it is."""
        version = PublishedSummary(reason=stored)
        assert version.said == chinese
        with translation.override("en"):
            assert version.said == english or not english
            assert "code" not in version.said

    def test_every_reason_has_words(self):
        for why in Why:
            assert said_of(why.of("7KQ")).endswith(" 7KQ")
        assert {kind.value for kind in ShortfallKind} <= set(Why.values)

    def test_of_nothing(self, history):
        assert check(group_id=history.group.pk) == rebuild(group_id=history.group.pk) == []


class TestTable1:
    @pytest.mark.parametrize("months", [1, 3])
    def test_four_statements_whatever_the_span(self, history, months, django_assert_num_queries):
        for n in range(months):
            rnd = history.round(MID_JUNE + timedelta(days=30 * n))
            history.order(rnd, 1)
            history.confirm(rnd)
        first, last = known(history)
        with django_assert_num_queries(4):
            table1 = queries.table1(history.group.pk, first=first, last=last)
        assert len(table1.rows) == months
        with django_assert_num_queries(2):
            queries.merchants_of(history.group.pk, first=first, last=last)
        with django_assert_num_queries(2):
            queries.months_of_merchant(
                history.group.pk, history.goods[0][0].pk, first=first, last=last
            )
        with django_assert_num_queries(1):
            queries.items_of(history.group.pk, first=first, last=last)

    def test_another_group_s_months_are_not_ours(self, history):
        rnd = history.round(MID_JUNE)
        history.order(rnd, 1)
        history.confirm(rnd)
        other = make_group()
        assert queries.months_with_figures(other.pk) is None
        assert queries.table1(other.pk, first=JUNE, last=JUNE).total.orders == 0

    def test_merchants_and_their_goods(self, history):
        second = history.merchant()
        for merchant, cut_off in ((0, 0), (second, 1), (second, 40)):
            rnd = history.round(MID_JUNE + timedelta(days=cut_off), merchant=merchant)
            history.order(rnd, 1, merchant)
            history.confirm(rnd)
        group = history.group.pk
        span: dict[str, Any] = {"first": JUNE, "last": JULY}
        most, least = queries.merchants_of(group, **span)
        assert (most.id, most.months, most.orders, most.items) == (
            history.goods[second][0].pk,
            2,
            2,
            2,
        )
        assert (least.sales_fen, most.sales_fen) == (3800, 4 * 3800)
        months = queries.months_of_merchant(group, most.id, **span)
        assert [(row.key, row.orders, row.sales_fen) for row in months] == [
            ("2026-06", 1, 7600),
            ("2026-07", 1, 7600),
        ]
        goods = queries.items_of(group, merchant_id=most.id, **span)
        assert [(row.units, row.sales_fen) for row in goods] == [(Decimal(2), 7600)] * 2
        assert len(queries.items_of(group, **span)) == 3


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, None),
        (0, 1, "0.00"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 20_000, "0.01"),  # 0.005 goes up
        (124_999_999_999, 10**15, "0.01"),  # just under 0.0125
        (125 * 10**9, 10**15, "0.01"),
        (15 * 10**9, 10**14, "0.02"),  # 0.015 exactly goes up
        (15 * 10**9 - 1, 10**14, "0.01"),
        (10**12 - 1, 10**12, "100.00"),
    ],
)
def test_a_rate_is_rounded_half_up_from_whole_numbers(part, whole, expected):
    assert queries.rate(part, whole) == (None if expected is None else Decimal(expected))


@given(part=st.integers(0, 10**14), whole=st.integers(1, 10**14))
def test_a_rate_is_the_nearest_hundredth(part, whole):
    found = queries.rate(part, whole)
    assert found is not None
    hundredths = int(found * 100)
    assert hundredths == (2 * 10_000 * part + whole) // (2 * whole)


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0"), (2_400_000, "24000"), (2_400_050, "24000.50"), (5, "0.05")]
)
def test_sales_have_decimals_only_where_there_are_fen(fen, text):
    assert queries.sales_cny(fen) == text


QUANTITY = st.sampled_from(["0", "0.5", "1", "2.5", "3"])
ORDER = st.tuples(st.integers(0, 2), QUANTITY, QUANTITY, st.booleans())  # who, what, cancelled?
ROUND = st.fixed_dictionaries(
    {
        "day": st.integers(0, 75),
        "merchant": st.integers(0, 1),
        "price": st.sampled_from([3800, 3333, 999, 1]),
        "tier": st.sampled_from([None, {2: 1}]),
        "orders": st.lists(ORDER, min_size=1, max_size=4),
        "end": st.sampled_from(["confirmed", "called off", "returns", "returns", "returns"]),
        "share": st.lists(st.integers(0, 100), min_size=8, max_size=8),
        "minimum": st.sampled_from([None, None, 2]),
    }
)


def play(history: History, plan: dict[str, Any]) -> None:
    """One round from opening to its last return; the summary is exact after every step."""
    rnd = history.round(
        MID_JUNE + timedelta(days=plan["day"]),
        merchant=plan["merchant"],
        price_fen=plan["price"],
        tiers=plan["tier"] if plan["price"] > 1 else None,
        minimum_households=plan["minimum"],
    )
    for member, one, two, cancelled in plan["orders"]:
        if Decimal(one) or Decimal(two):
            order = history.order(rnd, one, two, member=member)
            if cancelled:
                history.cancel(order)
    history.confirm(rnd)
    exact(history)
    if rnd.is_counted:
        end(history, rnd, plan)


def end(history: History, rnd: Round, plan: dict[str, Any]) -> None:
    if plan["end"] == "called off":
        history.call_off(rnd)
        exact(history)
    if plan["end"] == "returns":
        history.hand_out(rnd)
        for line, share in zip(lines_of(rnd), plan["share"], strict=False):
            if line.billed_fen and share % 3:
                history.give_back(line, line.billed_fen * share // 100)
                exact(history)


@budget(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans=st.lists(ROUND, min_size=1, max_size=3), publish=st.booleans())
def test_any_history_gives_what_plain_sql_gives(plans, publish):
    history = History()
    history.merchant()
    history.merchant()
    for n, plan in enumerate(plans):
        play(history, plan)
        if publish and n == 0:
            with at(MID_JUNE + timedelta(days=200)):
                publish_due(group_id=history.group.pk)
            exact(history)
    assert not Return.objects.filter(group=history.group, status="requested").exists()
