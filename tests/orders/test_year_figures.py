"""The file a year is planned from: every shape it may have, every row it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from orders.management.year import figures
from orders.management.year.figures import FiguresError, Row

TABLE1 = Path(figures.__file__).parent / "data" / "table1.csv"
HEAD = ",".join(figures.HEADER) + "\n"


def test_the_papers_file_comes_back_byte_for_byte():
    assert figures.to_csv(figures.read(TABLE1)).encode() == TABLE1.read_bytes()


def test_byte_order_mark_carriage_returns_and_blank_lines_are_no_matter(tmp_path: Path):
    path = tmp_path / "windows.csv"
    path.write_bytes(b"\xef\xbb\xbf" + TABLE1.read_bytes().replace(b"\n", b"\r\n") + b"\r\n,,,\r\n")
    assert figures.read(path) == figures.read(TABLE1)


def test_rows_come_back_oldest_first_with_their_gaps_filled():
    rows = figures.parse(HEAD + "2023-02,1,1,20,400.05,1.5\n2022-11,1,2,20,500,0\n")
    text = figures.to_csv(figures.with_empty_months(rows))
    assert text == (
        HEAD
        + "2022-11,1,2,20,500,0.00\n2022-12,0,0,0,0,0.00\n"
        + "2023-01,0,0,0,0,0.00\n2023-02,1,1,20,400.05,1.50\n"
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2022-13,1,1,20,400,1", "must look like 2022-06"),
        ("June,1,1,20,400,1", "must look like 2022-06"),
        ("2022-06,1,1,20,400", "has 5 columns instead of 6"),
        ("2022-06,1,1,20,400,1,9", "has 7 columns instead of 6"),
        ("2022-06,-1,1,20,400,1", "merchants must be a whole number"),
        ("2022-06,1,1.5,20,400,1", "items must be a whole number"),
        ("2022-06,1,1,\uff12\uff10,400,1", "transactions must be a whole number"),
        ("2022-06,1,1,20,400.5,1", "sales_cny must be whole yuan or yuan with two decimals"),
        ("2022-06,1,1,20,¥400,1", "sales_cny must be whole yuan"),
        ("2022-06,1,1,20,400,1.234", "at most two decimals"),
        ("2022-06,1,1,20,400,1%", "at most two decimals"),
    ],
)
def test_a_cell_of_the_wrong_shape_is_named(line: str, why: str):
    with pytest.raises(FiguresError, match="Line 2") as refusal:
        figures.parse(HEAD + line + "\n")
    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ("0,1,20,400,1", "all zero or none"),
        ("1,1,20,0,0", "all zero or none"),
        ("0,0,0,0,1.00", "all zero or none"),
        ("3,2,20,400,1", "more merchants than items"),
        ("3,4,2,400,1", "more merchants than transactions"),
        ("1,11,2,400,1", "more items than lines"),
        ("49,60,200,40000,1", "more than 48 merchants"),
        ("1,241,200,40000,1", "more than 240 items"),
        ("1,1,20001,400000,1", "more than 20000 transactions"),
        ("1,1,20,99.99,1", "too small, under ¥5"),
        ("1,60,20,179.99,1", "too small for its items"),
        ("1,1,20,20000.01,1", "too large, over ¥1000"),
        ("1,1,20,400,100.01", "over 100 %"),
        ("1,1,1,20,0.01", "no amount in whole fen"),
    ],
)
def test_a_row_that_no_orders_add_up_to_is_named(cells: str, why: str):
    with pytest.raises(FiguresError, match="Row 2022-06 cannot be met") as refusal:
        figures.parse(HEAD + "2022-05,1,1,20,400,1\n2022-06," + cells + "\n")
    assert len(refusal.value.problems) == 1
    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("cells", "holds"),
    [("1,11,3,400,1", True), ("1,60,20,180,1", True), ("1,1,1,40,0.01", False)],
)
def test_bounds_hold_up_to_their_last_value(cells: str, holds: bool):
    line = HEAD + "2022-06," + cells + "\n"
    if holds:
        assert figures.parse(line)
        return
    with pytest.raises(FiguresError):
        figures.parse(line)


def test_every_bad_row_is_named_at_once():
    with pytest.raises(FiguresError) as refusal:
        figures.parse(HEAD + "2022-05,3,2,20,400,1\n2022-06,1,1,20,400,1\n2022-07,3,2,20,400,1\n")
    assert [problem[:11] for problem in refusal.value.problems] == ["Row 2022-05", "Row 2022-07"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        (HEAD, "no months"),
        ("a,b\n1,2\n", "The first line must be month,merchants"),
        (HEAD + "2022-06,0,0,0,0,0.00\n", "Every month of the file is empty"),
        (HEAD + "2022-06,1,1,20,400,1\n" * 2, "2022-06 stands in the file twice"),
    ],
)
def test_a_file_without_a_year_in_it_is_refused(text: str, why: str):
    with pytest.raises(FiguresError, match=why):
        figures.parse(text)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path):
    with pytest.raises(FiguresError, match="cannot be read"):
        figures.read(tmp_path / "missing.csv")
    path = tmp_path / "binary.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FiguresError, match="not UTF-8"):
        figures.read(path)


@pytest.mark.parametrize("rate_bp", [0, 1, 157, 417, 800, 9_999, 10_000])
@pytest.mark.parametrize("sales_fen", [40_000, 2_400_000, 5_989_501])
def test_the_returned_span_is_just_what_rounds_to_the_rate(rate_bp: int, sales_fen: int):
    row = Row(2022, 6, 1, 1, 20, sales_fen, rate_bp)
    least, most = row.returned_span_fen()

    def rounded(fen: int) -> int:
        return (20_000 * fen + sales_fen) // (2 * sales_fen)

    assert {rounded(least), rounded(most)} == {rate_bp}
    assert least == 0 or rounded(least - 1) == rate_bp - 1
    assert most == sales_fen or rounded(most + 1) == rate_bp + 1
