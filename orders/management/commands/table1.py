"""Table 1 of a group: `manage.py table1 SLUG [--from 2022-06 --to 2023-05] --format csv`."""

from __future__ import annotations

import json
import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from groups.models import Group
from orders.queries.summaries import Figures, Table1, months_with_figures, sales_cny, table1

HEADER = "month,merchants,items,transactions,sales_cny,return_rate_percent"
PAPER = (
    "Month",
    "Number of Merchants",
    "Number of Tuangou Items",
    "Monthly Transaction Numbers",
    "Monthly Sales (CNY)",
    "Return Rate (%)",
)
MOST_MONTHS = 1200


def month(text: str) -> date:
    """2022-06"""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
        raise ArgumentTypeError(f"{text} is no month; write it as 2022-06")
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no month; write it as 2022-06") from error


def percent(value: Decimal | None) -> str:
    return f"{value or Decimal(0):.2f}"


def as_csv(table: Table1) -> str:
    """The form of the file that load_year reads, byte for byte; months only."""
    rows = [
        f"{row.key},{row.merchants},{row.items},{row.orders},"
        f"{sales_cny(row.sales_fen)},{percent(row.rate)}"
        for row in table.rows
    ]
    return "\n".join([HEADER, *rows, ""])


def as_json(table: Table1) -> str:
    """Exact: amounts in fen beside the six columns; rates as text with two decimals."""
    months = [
        {
            "month": row.key,
            **_figures(row),
            "merchants": row.merchants,
            "items": row.items,
            "version": row.version,
            "published_at": row.published_at.isoformat() if row.published_at else None,
        }
        for row in table.rows
    ]
    total = {
        **_figures(table.total),
        "merchants": table.total.merchants,
        "merchants_distinct": table.total.merchants_distinct,
        "items": table.total.items,
        "items_distinct": table.total.items_distinct,
        "mean_return_rate_percent": percent(table.total.mean_rate),
    }
    return json.dumps({"months": months, "total": total}, indent=2) + "\n"


def _figures(row: Figures) -> dict[str, Any]:
    return {
        "transactions": row.orders,
        "transactions_with_a_return": row.orders_returned,
        "lines": row.lines,
        "lines_returned": row.lines_returned,
        "sales_cny": sales_cny(row.sales_fen),
        "sales_fen": row.sales_fen,
        "returned_fen": row.returned_fen,
        "return_rate_percent": percent(row.rate),
        "transactions_returned_percent": percent(row.order_rate),
        "lines_returned_percent": percent(row.line_rate),
    }


def as_text(table: Table1) -> str:
    """For a terminal: the paper's headings, the total, and how it is made."""
    total = table.total
    lines = [
        (
            row.key,
            *(f"{n:,}" for n in (row.merchants, row.items, row.orders)),
            row.sales_exact if table.has_cents else row.sales,
            percent(row.rate),
        )
        for row in table.rows
    ]
    lines.append(
        (
            "Total",
            *(f"{n:,}" for n in (total.merchants, total.items, total.orders)),
            total.sales_exact if table.has_cents else total.sales,
            percent(total.rate),
        )
    )
    widths = [max(len(row[n]) for row in [PAPER, *lines]) for n in range(len(PAPER))]
    rows = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
        for row in [PAPER, *lines]
    ]
    note = (
        "\nTotals are sums of the months; the total return rate is weighted by sales"
        f" (plain mean of the months: {percent(total.mean_rate)}).\n"
        f"Over the whole period {total.merchants_distinct} different merchants"
        f" and {total.items_distinct} different items.\n"
    )
    return "\n".join(rows) + "\n" + note


FORMATS: dict[str, Callable[[Table1], str]] = {"csv": as_csv, "json": as_json, "text": as_text}


class Command(BaseCommand):
    help = "Print the monthly summary (the paper's Table 1) of a group."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument(
            "--from", dest="first", type=month, help="first month; default: first with figures"
        )
        parser.add_argument(
            "--to", dest="last", type=month, help="last month; default: last with figures"
        )
        parser.add_argument("--format", choices=FORMATS, default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        group = Group.objects.with_slug(options["slug"]).first()
        if group is None:
            raise CommandError(f"No living group has the slug {options['slug']}.")
        table = _table(group.pk, options["first"], options["last"])
        self.stdout.write(FORMATS[options["format"]](table), ending="")


def _table(group_id: int, first: date | None, last: date | None) -> Table1:
    """The default ends are the first and the last month with figures; a group without any, and
    without a span asked for, has no rows."""
    known = months_with_figures(group_id)
    first = first or (known[0] if known else last)
    last = last or (known[1] if known else first)
    if first is None or last is None:
        return table1(group_id, first=date.max.replace(day=1), last=date.min)
    if first > last:
        raise CommandError(f"--from {first:%Y-%m} lies after --to {last:%Y-%m}.")
    if (last.year - first.year) * 12 + last.month - first.month >= MOST_MONTHS:
        raise CommandError(f"The span is longer than {MOST_MONTHS} months.")
    return table1(group_id, first=first, last=last)
