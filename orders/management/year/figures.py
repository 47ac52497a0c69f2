"""The monthly figures a year is planned from: read, judged and written in the shape of Table 1."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

HEADER = ("month", "merchants", "items", "transactions", "sales_cny", "return_rate_percent")

MAX_LINES = 5  # to one order
MAX_MERCHANTS = 48  # in one month, with two cut-offs a day
MAX_ITEMS = 240  # in one month
MAX_TRANSACTIONS = 20_000  # in one month
MIN_ORDER_FEN = 500  # on average over the month's orders
MAX_ORDER_FEN = 100_000
MIN_LINE_FEN = 300  # on average over the fewest lines the row needs

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_COUNT = re.compile(r"\d{1,7}")
_SALES = re.compile(r"(\d{1,10})(?:\.(\d{2}))?")
_SHAPES = {
    "sales_cny": "whole yuan or yuan with two decimals",
    "return_rate_percent": "a percentage with at most two decimals",
}
_RATE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?")


class FiguresError(Exception):
    """The file cannot be planned; `problems` holds one sentence for each bad row."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One month of Table 1 (O13). Sales in fen, the return rate in hundredths of a percent."""

    year: int
    month: int
    merchants: int
    items: int
    transactions: int
    sales_fen: int
    rate_bp: int

    @property
    def label(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def is_empty(self) -> bool:
        return self.transactions == 0

    def returned_span_fen(self) -> tuple[int, int]:
        """The least and the most whole fen returned that print as this rate; least > most: none.

        The rate is rounded half up, so returned/sales lies in [rate - 0.005 %, rate + 0.005 %).
        """
        low = -(-(2 * self.rate_bp - 1) * self.sales_fen // 20_000)
        high = -(-(2 * self.rate_bp + 1) * self.sales_fen // 20_000) - 1
        return max(low, 0), min(high, self.sales_fen)


def read(path: Path) -> list[Row]:
    """The rows of a file, oldest month first. Raises FiguresError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FiguresError([f"{path} cannot be read: {error.strerror}."]) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FiguresError([f"{path} is not UTF-8 text."]) from error
    return parse(text)


def parse(text: str) -> list[Row]:
    """The rows of a CSV text, oldest month first. Raises FiguresError naming every bad row."""
    records = [
        (number, [cell.strip() for cell in cells])
        for number, cells in enumerate(csv.reader(text.lstrip("\ufeff").splitlines()), start=1)
        if any(cell.strip() for cell in cells)
    ]
    if not records:
        raise FiguresError([f"The file is empty. Its first line must be {','.join(HEADER)}."])
    if tuple(records[0][1]) != HEADER:
        raise FiguresError([f"The first line must be {','.join(HEADER)}."])
    if len(records) == 1:
        raise FiguresError(["The file has a header and no months."])
    rows: list[Row] = []
    problems: list[str] = []
    for number, cells in records[1:]:
        try:
            rows.append(_row(number, cells))
        except ValueError as error:
            problems.append(str(error))
    rows.sort()
    problems += [
        f"Month {b.label} stands in the file twice."
        for a, b in pairwise(rows)
        if a.label == b.label
    ]
    if problems:
        raise FiguresError(problems)
    check(rows)
    return rows


def check(rows: Sequence[Row]) -> None:
    """Refuse what no year of orders can add up to. Raises FiguresError naming every such row."""
    problems = [
        f"Row {row.label} cannot be met: {why}." for row in rows for why in _impossible(row)[:1]
    ]
    if not problems and all(row.is_empty for row in rows):
        problems = ["Every month of the file is empty, so there is no year to play."]
    if problems:
        raise FiguresError(problems)


def to_csv(rows: Sequence[Row]) -> str:
    """Rows as the file writes them: whole yuan without decimals, rates with two."""
    lines = [",".join(HEADER)]
    for row in rows:
        yuan, fen = divmod(row.sales_fen, 100)
        sales = f"{yuan}.{fen:02d}" if fen else f"{yuan}"
        rate = f"{row.rate_bp // 100}.{row.rate_bp % 100:02d}"
        counts = f"{row.merchants},{row.items},{row.transactions}"
        lines.append(f"{row.label},{counts},{sales},{rate}")
    return "\n".join(lines) + "\n"


def with_empty_months(rows: Sequence[Row]) -> list[Row]:
    """Every month from the first row to the last; the missing ones are empty."""
    known = {(row.year, row.month): row for row in rows}
    first, last = min(known), max(known)
    spans = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    months = [(index // 12, index % 12 + 1) for index in spans]
    return [known.get(month, Row(*month, 0, 0, 0, 0, 0)) for month in months]


def _row(number: int, cells: Sequence[str]) -> Row:
    if len(cells) != len(HEADER):
        raise ValueError(f"Line {number} has {len(cells)} columns instead of {len(HEADER)}.")
    values = dict(zip(HEADER, cells, strict=True))
    where = f"Line {number} ({values['month'] or 'no month'})"
    year, month = _month(where, values["month"])
    counts = [_count(where, name, values[name]) for name in HEADER[1:4]]
    sales = _hundredths(where, "sales_cny", values["sales_cny"], _SALES)
    rate = _hundredths(where, "return_rate_percent", values["return_rate_percent"], _RATE)
    return Row(year, month, counts[0], counts[1], counts[2], sales, rate)


def _month(where: str, cell: str) -> tuple[int, int]:
    found = _MONTH.fullmatch(cell)
    year, month = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (1970 <= year <= 9000 and 1 <= month <= 12):
        raise ValueError(f"{where}: the month must look like 2022-06.")
    return year, month


def _count(where: str, name: str, cell: str) -> int:
    if not (cell.isascii() and _COUNT.fullmatch(cell)):
        raise ValueError(f"{where}: {name} must be a whole number, not “{cell}”.")
    return int(cell)


def _hundredths(where: str, name: str, cell: str, pattern: re.Pattern[str]) -> int:
    found = pattern.fullmatch(cell) if cell.isascii() else None
    if not found:
        raise ValueError(f"{where}: {name} must be {_SHAPES[name]}, not “{cell}”.")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def _impossible(row: Row) -> list[str]:
    """Why no orders add up to this row, the plainest reason first."""
    filled = (row.merchants, row.items, row.transactions, row.sales_fen)
    if not any((*filled, row.rate_bp)):
        return []
    if not all(filled):
        return ["merchants, items, transactions and sales are either all zero or none is"]
    return [why for holds, why in _RULES if not holds(row)]


def _yuan(fen: int) -> str:
    return f"¥{fen // 100}"


_RULES: tuple[tuple[Callable[[Row], bool], str], ...] = (
    (lambda row: row.merchants <= row.items, "it has more merchants than items"),
    (
        lambda row: row.merchants <= row.transactions,
        "it has more merchants than transactions, and an order has one merchant",
    ),
    (
        lambda row: row.items <= MAX_LINES * row.transactions,
        f"it has more items than lines, at {MAX_LINES} lines to an order",
    ),
    (lambda row: row.merchants <= MAX_MERCHANTS, f"it has more than {MAX_MERCHANTS} merchants"),
    (lambda row: row.items <= MAX_ITEMS, f"it has more than {MAX_ITEMS} items"),
    (
        lambda row: row.transactions <= MAX_TRANSACTIONS,
        f"it has more than {MAX_TRANSACTIONS} transactions",
    ),
    (
        lambda row: row.sales_fen >= MIN_ORDER_FEN * row.transactions,
        f"its sales are too small, under {_yuan(MIN_ORDER_FEN)} for a transaction",
    ),
    (
        lambda row: row.sales_fen >= MIN_LINE_FEN * row.items,
        f"its sales are too small for its items, under {_yuan(MIN_LINE_FEN)} for each",
    ),
    (
        lambda row: row.sales_fen <= MAX_ORDER_FEN * row.transactions,
        f"its sales are too large, over {_yuan(MAX_ORDER_FEN)} for a transaction",
    ),
    (lambda row: row.rate_bp <= 10_000, "its return rate is over 100 %"),
    (
        lambda row: row.returned_span_fen()[0] <= row.returned_span_fen()[1],
        "no amount in whole fen gives its return rate on its sales",
    ),
)
