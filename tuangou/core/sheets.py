"""Workbooks with typed cells: text is always text, never a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60
MONEY = "#,##0.00"

WRAPPED = Alignment(wrap_text=True, vertical="top")

Value = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """`format` is how a number is shown; yuan are Decimals with MONEY."""

    heading: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[str] = ()


def workbook(tables: Iterable[Table]) -> bytes:
    """One sheet per table: the head stays in sight, notes below."""
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(_title(table.name))
        sheet.freeze_panes = "A2"
        for n, column in enumerate(table.columns):
            sheet.column_dimensions[chr(ord("A") + n)].width = _width(table, n, column)
        sheet.append([_cell(sheet, column.heading, bold=True) for column in table.columns])
        for row in table.rows:
            sheet.append(
                [_cell(sheet, value, c.format) for value, c in zip(row, table.columns, strict=True)]
            )
        for note in table.notes:
            sheet.append([_cell(sheet, note)])
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def _title(name: str) -> str:
    """What a sheet may be called: no []:*?/\\ and at most 31 characters."""
    return "".join(" " if sign in "[]:*?/\\'" else sign for sign in name)[:31].strip() or "1"


def _width(table: Table, n: int, column: Column) -> int:
    """Wide enough for the longest of the first rows; a Chinese character is two wide."""
    texts = [column.heading, *(str(row[n] or "") for row in table.rows[:200])]
    longest = max(sum(2 if ord(sign) > 0x2E7F else 1 for sign in text) for text in texts)
    return min(longest + 2, WIDEST)


def _cell(
    sheet: WriteOnlyWorksheet, value: Value, number_format: str = "", *, bold: bool = False
) -> Cell:
    cell = WriteOnlyCell(sheet)
    if isinstance(value, str) and value:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        if len(value) > WIDEST // 2:
            cell.alignment = WRAPPED
    else:
        cell.value = value or None if isinstance(value, str) else value
        if number_format:
            cell.number_format = number_format
    if bold:
        cell.font = Font(bold=True)
    return cell
