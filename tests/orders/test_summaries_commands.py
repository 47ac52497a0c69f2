"""Table 1 on the command line, byte for byte; publishing and rebuilding by hand and by beat."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from groups.models import Group
from merchants.models import Item, Merchant
from orders import tasks
from orders.models import MonthItem, MonthMerchant, PublishedSummary, Round
from orders.queries import summaries as queries
from tests.benchmarks import bench_table1, web
from tests.factories import make_group, make_item, make_merchant
from tests.orders import oracle_table1 as oracle
from tests.orders.histories import History, lines_of
from tests.orders.stages import at

pytestmark = pytest.mark.django_db

PAPER = Path(__file__).parents[2] / "orders" / "management" / "year" / "data" / "table1.csv"
HEADER = "month,merchants,items,transactions,sales_cny,return_rate_percent\n"
MID_JUNE = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)
JULY_3 = datetime(2026, 7, 2, 16, 0, tzinfo=UTC)


def run(name: str, *args: str) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def paper() -> Group:
    """The paper's year, written straight into the rollups: 8 merchants take turns."""
    group = make_group("foodie")
    sellers = []
    for n in range(8):
        merchant = make_merchant(group, f"商家{n}")
        sellers.append((merchant, [make_item(merchant, f"货{n}-{k}") for k in range(10)]))
    for row in csv.DictReader(PAPER.read_text().splitlines()):
        fill(group, row, sellers[: int(row["merchants"])])
    return group


def fill(group: Group, row: dict[str, str], sellers: list[tuple[Merchant, list[Item]]]) -> None:
    """The month's cells, parted over its merchants and items as evenly as they go."""
    month = date.fromisoformat(f"{row['month']}-01")
    orders, items = int(row["transactions"]), int(row["items"])
    sales = int(row["sales_cny"]) * 100
    back = round(sales * int(row["return_rate_percent"].replace(".", "")) / 10_000)
    count = len(sellers)
    for n, (merchant, _goods) in enumerate(sellers):
        part = orders // count + (n < orders % count)
        MonthMerchant.objects.create(
            group=group,
            month=month,
            merchant=merchant,
            orders=part,
            orders_returned=part // 20,
            lines=2 * part,
            lines_returned=part // 20,
        )
    chosen = [(merchant, goods[k]) for k in range(10) for merchant, goods in sellers][:items]
    for n, (merchant, item) in enumerate(chosen):
        MonthItem.objects.create(
            group=group,
            month=month,
            merchant=merchant,
            item=item,
            units=10,
            sales_fen=sales // items + (n < sales % items),
            returned_fen=back // items + (n < back % items),
        )


class TestTable1:
    def test_csv_is_the_paper_s_file_byte_for_byte(self, paper):
        assert run("table1", "foodie", "--format", "csv").encode() == PAPER.read_bytes()

    def test_the_paper_s_totals_add_up_here(self, paper):
        known = queries.months_with_figures(paper.pk)
        assert known
        total = queries.table1(paper.pk, first=known[0], last=known[1]).total
        assert (total.merchants, total.items, total.orders) == (61, 234, 7121)
        assert total.sales_said == "552,627"
        assert (str(total.rate), str(total.mean_rate)) == ("2.06", "2.17")
        assert total.merchants_distinct == 8

    def test_a_span_has_every_month(self, paper):
        text = run("table1", "foodie", "--from", "2022-04", "--to", "2022-06", "--format", "csv")
        assert text == (
            HEADER + "2022-04,0,0,0,0,0.00\n2022-05,0,0,0,0,0.00\n2022-06,2,8,240,24000,1.57\n"
        )

    def test_one_end_is_enough(self, paper):
        text = run("table1", "foodie", "--from", "2023-05", "--format", "csv")
        assert text == HEADER + "2023-05,6,25,788,46463,1.06\n"

    def test_sales_have_two_decimals_where_there_are_fen(self, paper):
        row = MonthItem.objects.filter(month=date(2022, 6, 1))[0]
        MonthItem.objects.filter(pk=row.pk).update(sales_fen=row.sales_fen + 5)
        assert "\n2022-06,2,8,240,24000.05,1.57\n" in run("table1", "foodie", "--format", "csv")

    def test_json_is_exact(self, paper):
        found = json.loads(run("table1", "foodie", "--format", "json"))
        assert len(found["months"]) == 12
        june = found["months"][0]
        assert (june["month"], june["sales_fen"], june["return_rate_percent"]) == (
            "2022-06",
            2_400_000,
            "1.57",
        )
        assert june["version"] == 0
        assert found["total"]["transactions"] == 7121
        assert found["total"]["mean_return_rate_percent"] == "2.17"

    def test_text_has_the_paper_s_headings_and_says_how_totals_are_made(self, paper):
        lines = run("table1", "foodie").splitlines()
        for heading in ("Month", "Number of Merchants", "Number of Tuangou Items", "Return Rate"):
            assert heading in lines[0]
        assert lines[13].split() == ["Total", "61", "234", "7,121", "552,627", "2.06"]
        assert len({len(line) for line in lines[:14]}) == 1
        assert "2.17" in lines[15]

    def test_a_group_without_figures_has_no_rows(self):
        make_group("new")
        assert run("table1", "new", "--format", "csv") == HEADER
        assert run("table1", "new", "--from", "2022-06", "--format", "csv") == (
            HEADER + "2022-06,0,0,0,0,0.00\n"
        )
        assert "Total" in run("table1", "new")

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (["nobody"], "No living group"),
            (["foodie", "--from", "2022-13"], "2022-13 is no month"),
            (["foodie", "--from", "0000-01"], "0000-01 is no month"),
            (["foodie", "--to", "june"], "june is no month"),
            (["foodie", "--from", "2023-01", "--to", "2022-12"], "lies after"),
            (["foodie", "--from", "0001-01", "--to", "9999-12"], "longer than"),
            (["foodie", "--format", "xml"], "invalid choice"),
        ],
    )
    def test_what_cannot_be_met_is_a_sentence(self, paper, args, words):
        with pytest.raises(CommandError, match=words):
            run("table1", *args)

    def test_a_void_group_is_not_there(self, paper):
        Group.objects.filter(pk=paper.pk).update(status="void")
        with pytest.raises(CommandError):
            run("table1", "foodie")


@pytest.fixture
def june() -> History:
    history = History(group=make_group("wutong"))
    history.merchant()
    rnd = history.round(MID_JUNE)
    history.order(rnd, 2, 1)
    history.order(rnd, 1, member=1)
    history.confirm(rnd)
    history.hand_out(rnd)
    return history


def test_one_more_accepted_return_changes_table1(june):
    before = run("table1", "wutong", "--format", "csv")
    assert before == oracle.csv(june.group.pk) == HEADER + "2026-06,1,2,2,152,0.00\n"
    june.give_back(lines_of(Round.objects.get())[0], 380)
    after = run("table1", "wutong", "--format", "csv")
    assert after == oracle.csv(june.group.pk) == HEADER + "2026-06,1,2,2,152,2.50\n"


class TestPublishSummaries:
    def test_says_what_it_published_once(self, june):
        with at(JULY_3):
            assert run("publish_summaries") == "wutong 2026-06: published as version 1\n"
            assert run("publish_summaries") == ""

    def test_of_one_group(self, june):
        make_group("other")
        with at(JULY_3):
            assert run("publish_summaries", "--group", "other") == ""
            assert "2026-06" in run("publish_summaries", "--group", "wutong")
        with pytest.raises(CommandError, match="nobody"):
            run("publish_summaries", "--group", "nobody")

    def test_the_tick_hands_out_one_task_a_month(self, june, monkeypatch):
        """Beat's task asks what is due; each month's task looks again before it freezes."""
        handed: list[dict[str, Any]] = []
        monkeypatch.setattr(tasks.publish_summary, "delay", lambda **call: handed.append(call))
        with at(JULY_3 - timedelta(seconds=1)):
            tasks.publish_due_summaries()
        assert handed == []
        with at(JULY_3):
            tasks.publish_due_summaries()
            assert handed == [{"group_id": june.group.pk, "month": "2026-06-01"}]
            for _twice in range(2):
                tasks.publish_summary(**handed[0], added_later=1)
        assert PublishedSummary.objects.get().version == 1

    def test_beat_knows_the_tick(self):
        entry = settings.CELERY_BEAT_SCHEDULE["orders.publish_due_summaries"]
        assert entry["task"] == tasks.publish_due_summaries.name


class TestRebuildSummaries:
    def test_all_is_well(self, june):
        assert run("rebuild_summaries", "--check") == "wutong: kept = rebuilt\n"
        assert run("rebuild_summaries") == "wutong: kept = rebuilt\n"

    def test_check_names_the_rows_and_fails_and_rebuild_heals(self, june):
        MonthItem.objects.update(units=99)
        out = StringIO()
        with pytest.raises(CommandError, match="2 kept rows") as caught:
            call_command("rebuild_summaries", "--check", stdout=out)
        assert caught.value.returncode == 1
        assert out.getvalue().count("wutong 2026-06 merchant ") == 2
        assert "units 99.000" in out.getvalue()
        assert MonthItem.objects.filter(units=99).count() == 2
        assert "2 rows put right" in run("rebuild_summaries")
        assert "kept = rebuilt" in run("rebuild_summaries", "--check")

    def test_of_one_group(self, june):
        MonthItem.objects.update(units=99)
        make_group("other")
        assert run("rebuild_summaries", "--group", "other") == "other: kept = rebuilt\n"
        assert MonthItem.objects.filter(units=99).exists()
        with pytest.raises(CommandError, match="nobody"):
            run("rebuild_summaries", "--group", "nobody")


def test_the_bench_of_table_1_comes_to_its_end(monkeypatch):
    """The others start servers; this one has broken off unseen."""
    for name, few in {"SMALL": 24, "LARGE": 48, "REPETITIONS": 1}.items():
        monkeypatch.setattr(bench_table1, name, few)
    for name in ("set_up", "analyze"):
        monkeypatch.setattr(web, name, lambda: None)
    measured = dict(bench_table1.measure())
    assert set(measured) == {"table1_ms_at_7k", "table1_70k_over_7k"}
    assert min(measured.values()) > 0
