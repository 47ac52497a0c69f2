"""Table 1 on paper and in files: its headings, typed cells, sheets (O13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from groups.models import Group
from orders.forms.summaries import Span
from orders.queries.summaries import Figures, MerchantRow, MonthRow, Total

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | int | Decimal | date | None


def headings() -> list[str]:
    """The paper's six columns, the further rates, and how far a month is settled."""
    return [
        pgettext("table 1", "月份"),
        pgettext("table 1", "商家"),
        pgettext("table 1", "货品"),
        pgettext("table 1", "订单"),
        pgettext("table 1", "销售额（元）"),
        pgettext("table 1", "退货率（%）"),
        _("有退货的订单"),
        _("占订单（%）"),
        _("订单里的货"),
        _("退了的货"),
        _("占货（%）"),
        _("定稿"),
    ]


def breakable(heading: str) -> SafeString | str:
    """销售额（元） may break before its unit: six columns fit a phone."""
    head, bracket, unit = heading.partition("（")
    return format_html("{}<wbr>{}", head, bracket + unit) if bracket else heading


def month_cells(row: MonthRow) -> list[Value]:
    state = _("第 %(n)s 版") % {"n": row.version} if row.version else _("未定稿")
    return [row.month, row.merchants, row.items, *_figure_cells(row), state]


def total_cells(total: Total) -> list[Value]:
    return [_("合计"), total.merchants, total.items, *_figure_cells(total), ""]


def _figure_cells(row: Figures) -> list[Value]:
    return [
        row.orders,
        Decimal(row.sales_fen) / 100,
        row.rate,
        row.orders_returned,
        row.order_rate,
        row.lines,
        row.lines_returned,
        row.line_rate,
    ]


def merchant_headings() -> list[str]:
    _months, merchants, items, *rest = headings()
    return [merchants, _("有单的月数"), items, *rest[:-1]]


def merchant_cells(row: MerchantRow) -> list[Value]:
    return [row.brand, row.months, row.items, *_figure_cells(row)]


def plain(value: Value) -> str:
    """A CSV cell; text that a spreadsheet would take for a formula gets an apostrophe."""
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "" if value is None else str(value)


def fill(
    sheet: Worksheet,
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    total: Iterable[Sequence[Value]] = (),
) -> None:
    """A sheet whose head stays in sight; head and total bold; every cell typed."""
    sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    for row in total:
        sheet.append([_cell(sheet, value, bold=True) for value in row])
    for column, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = max(11, 2 * len(heading) + 2)
    sheet.freeze_panes = "B2"


def _cell(sheet: Worksheet, value: Value, *, bold: bool = False) -> Cell:
    """Text is always text, never a formula; characters that no sheet may hold are left out."""
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell = WriteOnlyCell(sheet)
    cell.value = value
    cell.font = Font(bold=bold)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm"
    else:
        cell.number_format = "#,##0.00" if isinstance(value, Decimal) else "#,##0"
    return cell


def download(
    body: bytes, content_type: str, group: Group, span: Span | None, ending: str
) -> HttpResponse:
    months = f"-{span.first:%Y-%m}-{span.last:%Y-%m}" if span else ""
    name = f"table1-{group.slug}{months}.{ending}"
    return HttpResponse(
        body,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
