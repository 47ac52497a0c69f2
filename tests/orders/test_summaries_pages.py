"""Table 1 in the browser, and as CSV and XLSX."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from merchants.models import Merchant
from orders.forms.summaries import SpanForm, parse_month
from orders.models import Round
from orders.queries import summaries as queries
from orders.services.summaries import publish_due
from orders.views import summary_files as files
from tests.factories import make_group, make_member, make_merchant, make_user
from tests.markup import problems
from tests.orders.histories import History, account_of, lines_of
from tests.orders.stages import at

pytestmark = pytest.mark.django_db

MID_JUNE = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)
JULY_3 = datetime(2026, 7, 2, 16, 0, tzinfo=UTC)


def play(history: History, cut_off: datetime, *quantities: int, merchant: int = 0) -> Round:
    rnd = history.round(cut_off, merchant=merchant)
    history.order(rnd, *quantities)
    history.confirm(rnd)
    history.hand_out(rnd)
    return rnd


@pytest.fixture
def history() -> History:
    """June with a return and July, one merchant each; June published, then restated."""
    made = History(group=make_group("foodie"))
    made.merchant()
    made.merchant()
    june = play(made, MID_JUNE, 300, 400)
    play(made, MID_JUNE + timedelta(days=30), 1, merchant=1)
    line = lines_of(june)[0]
    ret = made.ask(line)
    with at(JULY_3):
        publish_due()
    made.accept(ret, 12345, JULY_3 + timedelta(hours=1))
    return made


@pytest.fixture
def reader(history: History) -> Client:
    client = Client()
    client.force_login(account_of(history.members[0]))
    return client


def page(
    client: Client, name: str = "summary", *args: object, query: str = "", status: int = 200
) -> Any:
    response = client.get(reverse(f"orders:{name}", args=["foodie", *args]) + query)
    assert response.status_code == status
    return response


def html(client: Client, name: str = "summary", *args: object, **options: Any) -> str:
    text: str = page(client, name, *args, **options).content.decode()
    assert problems(text) == []
    return text


def cells(text: str, number: int = 0) -> list[list[str]]:
    """Rows of the page's n-th table, as words."""
    table = re.findall(r"<table.*?</table>", text, re.S)[number]
    return [
        [
            re.sub(r"<[^>]+>", " ", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.S)
    ]


class TestPage:
    def test_table_1_cell_by_cell(self, reader):
        with time_machine.travel(JULY_3):  # in another year, the year stands before the day
            text = html(reader)
        head, year, june, july, total = cells(text)
        assert [re.sub(r"\s", "", cell) for cell in head] == [
            "月份",
            "商家",
            "货品",
            "订单",
            "销售额（元）",
            "退货率（%）",
        ]
        assert year == ["2026年"]
        assert [re.sub(r"\s+", " ", cell) for cell in june] == [
            "6月 第 2 版",
            "1",
            "2",
            "1",
            "26,600",
            "0.46",
        ]
        assert re.sub(r"\s+", " ", july[0]) == "7月 未定稿"
        assert total == ["合计", "2", "3", "2", "26,638", "0.46"]
        assert "7月还没定稿，8月3日 周一 定稿" in text

    def test_the_further_rates(self, reader):
        *_head, june, _july, total = cells(html(reader), 1)
        assert june == ["6月", "1", "100.00", "1", "50.00"]
        assert total == ["合计", "1", "50.00", "1", "33.33"]

    def test_three_plots_definitions_and_the_paper_s_totals(self, reader):
        text = html(reader)
        assert text.count('<svg role="img"') == 3
        for words in (
            "不同的商家 2 家",
            "截单那个月",
            "按销售额加权",
            "简单平均：0.23%",
            "58、7,119、552,626",
        ):
            assert words in text

    def test_in_english_under_the_paper_s_headings(self, history, reader):
        history.members[0].user.language = "en"
        history.members[0].user.save(update_fields=["language"])
        head = [re.sub(r"\s+", " ", cell) for cell in cells(html(reader))[0]]
        assert head == [
            "Month",
            "Number of Merchants",
            "Number of Tuangou Items",
            "Monthly Transaction Numbers",
            "Monthly Sales (CNY)",
            "Return Rate (%)",
        ]

    def test_fen_show_two_decimals_in_the_whole_column(self, history, reader):
        play_odd(history)
        assert [row[4] for row in cells(html(reader))[2:]] == ["26,633.33", "38.00", "26,671.33"]

    def test_a_text_to_paste(self, reader):
        text = re.search(
            r'<textarea id="say"[^>]*readonly[^>]*>(.*?)</textarea>', html(reader), re.S
        )
        assert text
        assert "2026年6月–2026年7月" in text[1]
        assert "2笔订单，26,638元，退货率 0.46%" in text[1]
        assert "http://testserver/g/foodie/summary/?from=2026-06&amp;to=2026-07" in text[1]

    def test_a_month_alone(self, reader):
        text = html(reader, query="?from=2026-06&to=2026-06")
        assert cells(text)[-1] == ["合计", "1", "2", "1", "26,600", "0.46"]
        assert "已定稿，第 2 版" in text

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("?from=2026-07&to=2026-06", "结束的月份要在开始的月份之后"),
            ("?from=2020-01&to=2026-06", "这个月不在账本里"),
            ("?from=x", "这个月不在账本里"),
            ("?from=", "这个月不在账本里"),
            ("?to=2026-13%00", "这个月不在账本里"),
        ],
    )
    def test_a_span_that_cannot_be_is_a_sentence(self, reader, query, words):
        text = html(reader, query=query, status=422)
        assert len(cells(text)) == 5
        assert words in text
        page(reader, "summary-csv", query=query, status=404)

    def test_nothing_yet(self):
        member = make_member(make_group("foodie"))
        client = Client()
        client.force_login(account_of(member))
        assert "还没有成团的单" in html(client)
        assert page(client, "summary-csv").content.decode().count("\r\n") == 1
        assert page(client, "summary-xlsx").status_code == 200
        for name, arg in (("summary-month", "2026-06"), ("summary-merchant", 1)):
            page(client, name, arg, status=404)

    def test_as_many_statements_for_more_months_and_merchants(self, history, reader):
        counts = []
        for _times in range(2):
            with CaptureQueriesContext(connection) as context:
                page(reader)
            counts.append(len(context))
            history.merchant()
            play(history, MID_JUNE + timedelta(days=70), 1, 1, merchant=2)
            play(history, MID_JUNE + timedelta(days=100), 1, 1, merchant=2)
        assert counts[0] == counts[1] <= 10


def play_odd(history: History) -> None:
    rnd = history.round(MID_JUNE, merchant=0, price_fen=3333)
    history.order(rnd, 1)
    history.confirm(rnd)


class TestParts:
    def test_a_month_with_its_versions(self, reader, history):
        text = html(reader, "summary-month", "2026-06")
        assert history.goods[0][0].brand in text
        assert history.goods[1][0].brand not in text
        assert text.index("第 2 版") < text.index("第 1 版")
        assert "退货 " in text
        assert "¥123.45" in text
        assert "/summary/2026-07/" in text
        assert "/summary/2026-05/" not in text

    def test_an_empty_month_between(self, reader, history):
        play(history, MID_JUNE + timedelta(days=92), 1)
        assert "本月还没有成团" in html(reader, "summary-month", "2026-08")
        with at(JULY_3 + timedelta(days=100)):
            publish_due()
        assert "已定稿，第 1 版" in html(reader, "summary-month", "2026-08")

    @pytest.mark.parametrize(
        "month", ["2026-05", "2026-08", "2026-13", "june", "0000-01", "202606", "2026-6"]
    )
    def test_a_month_that_is_not_there(self, reader, month):
        page(reader, "summary-month", month, status=404)

    def test_a_merchant_over_the_span(self, reader, history):
        merchant = history.goods[0][0]
        text = html(reader, "summary-merchant", merchant.pk)
        assert [row[0] for row in cells(text)] == ["月份", "2026年", "6月", "合计"]
        assert cells(text)[-1] == ["合计", "2", "1", "26,600.00", "0.46"]
        page(reader, "summary-merchant", merchant.pk, query="?from=2026-07&to=2026-07", status=404)

    def test_a_merchant_of_another_group_is_not_there(self, reader):
        other = make_merchant(make_group(), "别家")
        page(reader, "summary-merchant", other.pk, status=404)


class TestAccess:
    NAMES = [
        ("summary", ()),
        ("summary-csv", ()),
        ("summary-xlsx", ()),
        ("summary-month", ("2026-06",)),
        ("summary-merchant", (1,)),
    ]

    @pytest.mark.parametrize(("name", "args"), NAMES)
    def test_members_only(self, history, name, args):
        client = Client()
        url = reverse(f"orders:{name}", args=["foodie", *args])
        assert client.get(url).status_code == 302
        client.force_login(make_user())
        assert client.get(url).status_code == 404

    @pytest.mark.parametrize(("name", "args"), NAMES)
    def test_only_to_be_read(self, reader, name, args):
        url = reverse(f"orders:{name}", args=["foodie", *args])
        assert reader.post(url).status_code == 405


class TestCsv:
    def test_for_excel_with_mark_total_and_further_rates(self, reader):
        response = page(reader, "summary-csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert 'filename="table1-foodie-2026-06-2026-07.csv"' in response["Content-Disposition"]
        assert response.content.startswith(b"\xef\xbb\xbf")
        head, june, july, total = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
        assert head[:6] == ["月份", "商家", "货品", "订单", "销售额（元）", "退货率（%）"]
        assert june == [
            *("2026-06", "1", "2", "1", "26600.00", "0.46"),
            *("1", "100.00", "2", "1", "50.00", "第 2 版"),
        ]
        assert july[-1] == "未定稿"
        assert total[:6] == ["合计", "2", "3", "2", "26638.00", "0.46"]

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
    def test_text_is_never_a_formula(self, start):
        assert files.plain(f"{start}cmd") == f"'{start}cmd"
        assert files.plain("牛腩=1") == "牛腩=1"


class TestXlsx:
    def test_cells_are_typed(self, reader):
        response = page(reader, "summary-xlsx")
        assert response["Content-Type"] == files.XLSX
        book = load_workbook(io.BytesIO(response.content))
        assert book.sheetnames == ["每月汇总", "各商家", "怎么算的"]
        sheet = book["每月汇总"]
        values = [cell.value for cell in sheet[2]]
        assert values[0] == datetime(2026, 6, 1)  # noqa: DTZ001 (a sheet knows no zones)
        assert values[1:6] == [1, 2, 1, 26600, 0.46]
        assert [cell.data_type for cell in sheet[2]][:6] == ["d", "n", "n", "n", "n", "n"]
        assert [cell.value for cell in sheet[4]][:5] == ["合计", 2, 3, 2, 26638]
        assert sheet["E2"].number_format == "#,##0.00"
        assert any("按销售额加权" in str(row[0].value) for row in book["怎么算的"].iter_rows())

    @pytest.mark.parametrize("brand", ["=HYPERLINK(1)", "+1", "-1", "@a", "牛\x0b肉"])
    def test_a_brand_is_text_whatever_it_looks_like(self, history, reader, brand):
        Merchant.objects.filter(pk=history.goods[0][0].pk).update(brand=brand)
        book = load_workbook(io.BytesIO(page(reader, "summary-xlsx").content))
        cell = book["各商家"]["A2"]
        assert (cell.value, cell.data_type) == (brand.replace("\x0b", ""), "s")


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-06", date(2026, 6, 1)),
        ("0001-12", date(1, 12, 1)),
        ("0000-01", None),
        ("2026-00", None),
        ("２０２６-06", None),
        ("2026-06-01", None),
        ("", None),
    ],
)
def test_a_month_is_read_strictly(text, month):
    assert parse_month(text) == month


def test_the_picker_shows_twelve_months_unless_asked_and_three_years_at_most():
    form = SpanForm({}, known=(date(2020, 1, 1), date(2026, 6, 1)))
    assert form.span.query == "from=2025-07&to=2026-06"
    asked = {"from": "2023-07", "to": "2026-06"}
    assert SpanForm(asked, known=form_known()).span.query == "from=2023-07&to=2026-06"
    long = SpanForm({"from": "2023-06", "to": "2026-06"}, known=form_known())
    assert "36 个月" in str(long.errors)
    assert long.span == long.usual


def form_known() -> tuple[date, date]:
    return date(2020, 1, 1), date(2026, 6, 1)


def test_rates_are_decimals_never_floats(history):
    value = files.month_cells(
        queries.table1(history.group.pk, first=date(2026, 6, 1), last=date(2026, 6, 1)).rows[0]
    )
    assert not [cell for cell in value if isinstance(cell, float)]
    assert Decimal("0.46") in value
