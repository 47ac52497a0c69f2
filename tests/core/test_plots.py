"""Plots of monthly figures: any span, any size, and still a true picture."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from tuangou.core.templatetags.plots import _step, plot_bars, plot_line

TABLE_SALES = [24000, 59895, 32130, 58050, 25506, 38360, 33573, 70664, 43623, 71963, 48400, 46463]
TABLE_RATES = [
    "1.57",
    "1.24",
    "1.48",
    "0.64",
    "3.33",
    "3.97",
    "2.81",
    "1.99",
    "4.17",
    "2.20",
    "1.61",
    "1.06",
]


def months(count: int, year: int = 2022, start: int = 6) -> list[date]:
    return [date(year + (start - 1 + n) // 12, (start - 1 + n) % 12 + 1, 1) for n in range(count)]


def rows(values, year: int = 2022, start: int = 6):
    return list(zip(months(len(values), year, start), values, strict=True))


def tree(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)  # noqa: S314 (our own output)


def marks(markup: str) -> list[ElementTree.Element]:
    return tree(markup).findall(".//svg/g")


def per_cent(node: ElementTree.Element, name: str) -> float:
    value = node.attrib[name]
    assert re.fullmatch(r"-?\d+(\.\d+)?%", value), value
    return float(value[:-1])


def one(node: ElementTree.Element, path: str) -> ElementTree.Element:
    found = node.findall(path)
    assert len(found) == 1, path
    return found[0]


def words(markup: str, of_class: str | None = None) -> list[str]:
    return [
        node.text or "" for node in tree(markup).findall(".//text") if node.get("class") == of_class
    ]


def test_the_papers_year_of_sales():
    drawn = plot_bars(rows([yuan * 100 for yuan in TABLE_SALES]), "sales", "每月销售额")
    assert "万元。最高 2023年3月，最低 2022年6月" in drawn
    assert words(drawn, "val") == ["7.2万", "2.4万"]
    assert words(drawn)[:3] == ["2", "4", "6"]
    assert words(drawn)[-2:] == ["2022年", "2023年"]
    assert [g.findtext("title") for g in marks(drawn)][1] == "2022年7月：59,895元"
    assert len([g for g in marks(drawn) if one(g, "rect").get("class") == "top"]) == 1


def test_heights_are_to_scale():
    drawn = plot_bars(rows([yuan * 100 for yuan in TABLE_SALES]), "sales", "每月销售额")
    heights = [per_cent(one(g, "rect"), "height") for g in marks(drawn)]
    for height, yuan in zip(heights, TABLE_SALES, strict=True):
        assert height / heights[0] == pytest.approx(yuan / TABLE_SALES[0], rel=0.002)


def test_lines_of_the_axis_are_to_the_same_scale_as_the_bars():
    drawn = plot_bars(rows([10_000_00, 20_000_00, 30_000_00]), "sales", "每月销售额")
    tops = {per_cent(one(g, "rect"), "y") for g in marks(drawn)}
    assert {
        per_cent(line, "y1") for line in tree(drawn).findall(".//svg/line[@class='grid']")
    } == tops


def test_the_papers_year_of_return_rates():
    drawn = plot_line(
        rows([Decimal(rate) for rate in TABLE_RATES]), "rate", "每月退货率", "%。全年 2.06%"
    )
    assert "%。全年 2.06%" in drawn
    assert words(drawn, "val") == ["4.17%", "0.64%"]
    assert len(tree(drawn).findall(".//svg/line[@class='line']")) == 11
    assert one(tree(drawn), ".//svg/desc").text == "最低 2022年9月：0.64%，最高 2023年2月：4.17%"


@pytest.mark.parametrize("count", [1, 2, 11, 12, 13, 24, 25, 36])
@pytest.mark.parametrize("start", [1, 6, 11, 12])
def test_every_span_names_each_year_once_and_ticks_where_it_turns(count, start):
    drawn = plot_bars(
        rows([n * 100 for n in range(1, count + 1)], 2021, start), "sales", "每月销售额"
    )
    years = sorted({first.year for first in months(count, 2021, start)})
    named = [
        text.removesuffix("年") for text in words(drawn) if len(text) in {4, 5} and text[:2] == "20"
    ]
    assert named == [str(year) for year in years]
    ticks = [
        line
        for line in tree(drawn).findall(".//svg/line[@class='base']")
        if line.get("x1") == line.get("x2")
    ]
    assert len(ticks) == len(years) - 1
    assert len(marks(drawn)) == count
    numbers = [text for text in words(drawn) if re.fullmatch(r"1?\d", text)]
    assert len(numbers) <= 13 + 4


@pytest.mark.parametrize("draw", [plot_bars, plot_line])
@pytest.mark.parametrize("measure", ["sales", "orders", "rate"])
def test_a_year_of_nothing_has_a_base_line_and_no_label(draw, measure):
    drawn = draw(rows([0] * 12), measure, "空的一年")
    assert "每月都是 0" in drawn
    assert not words(drawn, "val")
    assert not tree(drawn).findall(".//svg/line[@class='grid']")
    assert len(marks(drawn)) == 12


@pytest.mark.parametrize("draw", [plot_bars, plot_line])
def test_one_month_stands_in_the_middle_with_one_label(draw):
    drawn = draw(rows([527_100]), "sales", "一个月")
    assert words(drawn, "val") == ["5,271"]
    assert "最高" not in drawn
    assert "2022年" in words(drawn)


def test_no_month_at_all_draws_nothing():
    assert plot_bars([], "sales", "没有") == ""
    assert plot_line([], "rate", "没有") == ""


def test_months_all_alike_carry_one_label():
    drawn = plot_bars(rows([130_00] * 5), "sales", "每月一样")
    assert words(drawn, "val") == ["130"]
    assert "每月一样" in drawn


@pytest.mark.parametrize(
    ("values", "unit", "label"),
    [
        pytest.param([1, 1, 2], "元", "0.02", id="two fen"),
        pytest.param([99_900, 1, 2], "元", "999", id="just under a thousand yuan"),
        pytest.param([10**13, 1, 2], "亿元", "1000亿", id="a hundred thousand million yuan"),
    ],
)
def test_tiny_and_huge_amounts_get_a_unit_that_fits(values, unit, label):
    drawn = plot_bars(rows(values), "sales", "金额")
    assert f"<small>{unit}。" in drawn
    assert words(drawn, "val")[0] == label


def test_orders_are_counted_in_whole_numbers():
    drawn = plot_bars(rows([0, 1, 3, 2]), "orders", "订单")
    assert words(drawn)[:3] == ["1", "2", "3"]
    drawn = plot_bars(rows([0, 1]), "orders", "订单")
    assert words(drawn)[0] == "1"


def test_two_labels_never_lie_on_each_other():
    drawn = plot_bars(rows([2500, 2501, 2499] + [2500] * 9), "orders", "订单")
    assert words(drawn, "val") == ["2,501"]


def test_a_loss_is_drawn_as_nothing_and_not_upside_down():
    drawn = plot_bars(rows([-500, 1000]), "sales", "金额")
    assert per_cent(one(marks(drawn)[0], "rect"), "height") == 0


def test_english_speaks_english():
    with translation.override("en"):
        drawn = plot_bars(rows([yuan * 100 for yuan in TABLE_SALES]), "sales", "Sales")
    assert "<small>¥ thousand" in drawn
    assert words(drawn, "val") == ["72k", "24k"]
    assert not re.search(r"[\u4e00-\u9fff]", "".join(words(drawn)).replace("年", ""))


def test_names_are_escaped_and_ids_are_per_measure():
    drawn = plot_bars(rows([1, 2]), "sales", "<b>&")
    assert "&lt;b&gt;&amp;" in drawn
    svg = one(tree(drawn), ".//svg")
    ids = [node.get("id") for node in svg.iter() if node.get("id")]
    assert svg.attrib["aria-labelledby"].split() == ids == ["plot-sales-t", "plot-sales-d"]


@settings(deadline=None)  # a busy machine draws slowly and still correctly
@given(
    st.lists(st.integers(0, 10**14), min_size=1, max_size=36),
    st.sampled_from(["sales", "orders", "rate"]),
    st.integers(1, 12),
)
def test_whatever_the_figures_everything_lies_inside(values, measure, start):
    for draw in (plot_bars, plot_line):
        drawn = draw(rows(values, 2020, start), measure, "随便")
        for node in tree(drawn).iter():
            for name in ("x", "x1", "x2", "cx", "y", "y1", "y2", "cy", "width", "height"):
                if name in node.attrib:
                    assert -0.01 <= per_cent(node, name) <= 100.01
        grid = tree(drawn).findall(".//svg/line[@class='grid']")
        assert len(grid) <= 5


@settings(deadline=None)
@given(st.floats(1e-3, 1e9))
def test_the_step_gives_three_or_four_lines(most):
    assert 3 <= int(most / _step(most, whole=False) + 1e-9) <= 4
