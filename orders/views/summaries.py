"""The monthly summary, the paper's Table 1: page, parts beneath it, CSV and XLSX (O13)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from openpyxl import Workbook

from groups.access import membership_for
from groups.models import Group
from groups.queries.pages import page_of
from orders.forms.summaries import Span, SpanForm, parse_month
from orders.queries import summaries as queries
from orders.queries.summaries import MonthRow, Table1, Total
from orders.services.summaries import due_at
from orders.views.summary_files import (
    XLSX,
    Value,
    breakable,
    download,
    fill,
    headings,
    merchant_cells,
    merchant_headings,
    month_cells,
    plain,
    total_cells,
)
from tuangou.core.templatetags.times import day
from tuangou.core.templatetags.times import month as month_name


@dataclass(frozen=True, slots=True)
class Choice:
    """A link of the period picker."""

    label: str
    url: str
    current: bool
    count: int | None = None


@login_required
@require_GET
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Table 1 of the last twelve months with figures, or of the span asked for."""
    member = membership_for(request.user, slug)
    group = member.group
    context = page_of(request, member, "home")
    known = queries.months_with_figures(group.pk)
    if known is None:
        return render(request, "orders/summaries/show.html", context)
    form = SpanForm(request.GET, known=known)
    span = form.span
    table = queries.table1(group.pk, first=span.first, last=span.last)
    context |= {
        "form": form,
        "span": span,
        "choices": _choices(form),
        "table": table,
        "state": _state(group, table.rows),
        "headings": [breakable(heading) for heading in headings()],
        "highest": {name: table.highest(name) for name in ("sales_fen", "orders", "rate")},
        "sales": [(row.month, row.sales_fen) for row in table.rows],
        "orders": [(row.month, row.orders) for row in table.rows],
        "rates": [(row.month, row.rate or Decimal(0)) for row in table.rows],
        "rate_note": _("退货金额 ÷ 销售额，%%。合计 %(rate)s")
        % {"rate": _percent(table.total.rate)},
        "merchants": queries.merchants_of(group.pk, first=span.first, last=span.last),
        "distinct": _distinct(table.total),
        "definitions": definitions(table),
        "say": _say(request, group, table, span),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/summaries/show.html", context, status=status)


@login_required
@require_GET
def month(request: HttpRequest, slug: str, month: str) -> HttpResponse:
    """One month: its merchants, its goods, and every version that was published."""
    member = membership_for(request.user, slug)
    group = member.group
    known = queries.months_with_figures(group.pk)
    first = parse_month(month)
    if known is None or first is None or not known[0] <= first <= known[1]:
        raise Http404
    table = queries.table1(group.pk, first=first, last=first)
    context = page_of(request, member, "home") | {
        "row": table.rows[0],
        "state": _state(group, table.rows),
        "span": Span(first, first),
        "merchants": queries.merchants_of(group.pk, first=first, last=first),
        "items": queries.items_of(group.pk, first=first, last=first),
        "versions": queries.versions_of(group.pk, first),
        "earlier": queries.back(first, 1) if first > known[0] else None,
        "later": queries.following(first) if first < known[1] else None,
    }
    return render(request, "orders/summaries/month.html", context)


@login_required
@require_GET
def merchant(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """One merchant in the span: month by month, and what was sold."""
    member = membership_for(request.user, slug)
    group = member.group
    known = queries.months_with_figures(group.pk)
    if known is None:
        raise Http404
    form = SpanForm(request.GET, known=known)
    span = form.span
    found = queries.merchants_of(group.pk, first=span.first, last=span.last)
    row = next((row for row in found if row.id == merchant_id), None)
    if row is None:
        raise Http404
    context = page_of(request, member, "home") | {
        "span": span,
        "headings": [breakable(heading) for heading in headings()],
        "row": row,
        "months": queries.months_of_merchant(
            group.pk, merchant_id, first=span.first, last=span.last
        ),
        "items": queries.items_of(
            group.pk, first=span.first, last=span.last, merchant_id=merchant_id
        ),
    }
    return render(request, "orders/summaries/merchant.html", context)


@login_required
@require_GET
def as_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Table 1 for a spreadsheet: UTF-8 with a mark, so that Excel reads the Chinese."""
    group, span, table = _asked(request, slug)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings())
    for row in table.rows if table else []:
        writer.writerow(plain(value) for value in month_cells(row))
    if table:
        writer.writerow(plain(value) for value in total_cells(table.total))
    body = b"\xef\xbb\xbf" + text.getvalue().encode()
    return download(body, "text/csv; charset=utf-8", group, span, "csv")


@login_required
@require_GET
def as_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """The same with typed cells; merchants and how it is worked out on sheets of their own."""
    group, span, table = _asked(request, slug)
    book = Workbook()
    book.remove(book.worksheets[0])
    rows: list[list[Value]] = [month_cells(row) for row in table.rows] if table else []
    total = [total_cells(table.total)] if table else []
    fill(book.create_sheet(_("每月汇总")), headings(), rows, total)
    if span:
        merchants = queries.merchants_of(group.pk, first=span.first, last=span.last)
        cells = [merchant_cells(row) for row in merchants]
        fill(book.create_sheet(_("各商家")), merchant_headings(), cells)
    notes = book.create_sheet(_("怎么算的"))
    texts = definitions(table) + ([_distinct(table.total)] if table else []) + _sealed(group)
    fill(notes, [_("这些数怎么算的")], [[text] for text in texts])
    notes.column_dimensions["A"].width = 90
    body = io.BytesIO()
    book.save(body)
    return download(body.getvalue(), XLSX, group, span, "xlsx")


def definitions(table: Table1 | None) -> list[str]:
    """How the figures are made, in plain sentences; the page says the same."""
    texts = [
        _("订单算在截单那个月，按群里的时间。只算成团的、没取消的。"),
        _("商家和货品：当月有订单的，各算一次。"),
        _("销售额：阶梯价、称重、缺货之后的实收价，退货之前；收 0 元的单不算。"),
        _("退货率：同意退的金额 ÷ 销售额，两位小数，四舍五入。只反馈、没退没换的不算退货。"),
        _("合计是各月相加，同一家商家、同一样货在几个月里就算几次。"),
        _("退货率的合计按销售额加权，不是各月的平均。"),
        _("未定稿的月份，下月 3 日定稿；之后有改动，出新的一版，写明日期和原因。"),
    ]
    if table and table.total.mean_rate is not None:
        texts.append(_("各月退货率的简单平均：%(rate)s%%。") % {"rate": table.total.mean_rate})
    return texts


def _distinct(total: Total) -> str:
    """Beside the sums: what is different over the whole period."""
    return _("整段时间里不同的商家 %(merchants)s 家，不同的货品 %(items)s 样。") % {
        "merchants": total.merchants_distinct,
        "items": total.items_distinct,
    }


def _sealed(group: Group) -> list[str]:
    """Page and seal of the ledger when the file was made; nothing before its first page."""
    if not group.ledger_seal:
        return []
    head = {"n": group.ledger_pages, "seal": group.ledger_seal}
    return [_("信誉账本第 %(n)s 页，封条 %(seal)s。") % head]


def _asked(request: HttpRequest, slug: str) -> tuple[Group, Span | None, Table1 | None]:
    """The span of a download; 404 for one that is not there, since a file shows no sentence."""
    group = membership_for(request.user, slug).group
    known = queries.months_with_figures(group.pk)
    if known is None:
        return group, None, None
    form = SpanForm(request.GET, known=known)
    if not form.is_valid():
        raise Http404
    span = form.span
    return group, span, queries.table1(group.pk, first=span.first, last=span.last)


def _choices(form: SpanForm) -> list[Choice]:
    """The last twelve months, then each year, newest first."""
    span, known = form.span, form.known
    choices = [Choice(_("最近 12 个月"), "?", span == form.usual)]
    for year in range(known.last.year, known.first.year - 1, -1):
        part = Span(max(known.first, date(year, 1, 1)), min(known.last, date(year, 12, 1)))
        current = part == span != form.usual
        choices.append(Choice(_("%(year)s年") % {"year": year}, f"?{part.query}", current))
    return choices


def _state(group: Group, rows: Sequence[MonthRow]) -> str:
    """Whether the months shown are settled: 已定稿，第 2 版; 5月数据 6月3日 结算后才定稿."""
    open_rows = [row for row in rows if not row.version]
    if not open_rows:
        latest = max(row.version for row in rows)
        if len(rows) == 1 or latest == 1:
            return _("已定稿，第 %(n)s 版") % {"n": latest}
        changed = sum(row.is_restated for row in rows)
        return ngettext("已定稿，%(n)s 个月后来改过", "已定稿，%(n)s 个月后来改过", changed) % {
            "n": changed
        }
    due = day(due_at(group=group, month=open_rows[-1].month), group.time_zone)
    if len(open_rows) == 1:
        return _("%(month)s还没定稿，%(day)s 定稿") % {
            "month": month_name(open_rows[0].month),
            "day": due,
        }
    return ngettext(
        "%(n)s 个月还没定稿，最后一个 %(day)s 定稿",
        "%(n)s 个月还没定稿，最后一个 %(day)s 定稿",
        len(open_rows),
    ) % {"n": len(open_rows), "day": due}


def _say(request: HttpRequest, group: Group, table: Table1, span: Span) -> str:
    """The text for the chat: the period, its three facts, where the whole table is."""
    total, last = table.total, table.rows[-1]
    url = reverse("orders:summary", args=[group.slug])
    facts = {
        "group": group.name,
        "first": month_name(span.first),
        "last": month_name(span.last),
        "orders": f"{total.orders:,}",
        "sales": total.sales_said,
        "rate": _percent(total.rate),
        "merchants": total.merchants_distinct,
        "items": total.items_distinct,
        "last_orders": f"{last.orders:,}",
        "last_sales": last.sales_said,
        "last_rate": _percent(last.rate),
        "url": request.build_absolute_uri(f"{url}?{span.query}"),
    }
    return (
        _(
            "【%(group)s的账本】%(first)s–%(last)s\n"
            "%(orders)s笔订单，%(sales)s元，退货率 %(rate)s\n"
            "%(merchants)s家商家，%(items)s样货\n"
            "%(last)s：%(last_orders)s笔，%(last_sales)s元，退货率 %(last_rate)s\n"
            "每个月的数：%(url)s"
        )
        % facts
    )


def _percent(value: Decimal | None) -> str:
    return "–" if value is None else f"{value}%"
