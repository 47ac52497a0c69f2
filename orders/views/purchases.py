"""What a round buys of its merchant: page, PDF, spreadsheet, text for the chat (O14).

For the officers and the merchant's staff: no names, no doors, no phones.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from groups.models import Membership
from groups.queries.pages import Inbox, page_of
from groups.queries.settings import percent_text
from orders.access import purchase_for
from orders.models import Round
from orders.queries.purchases import PurchasePage, PurchaseRow, purchase_page, said_of, text_of
from orders.views import papers
from orders.views.lists import download
from tuangou.core import clock
from tuangou.core.pdf import Sheet
from tuangou.core.sheets import MONEY, XLSX, Column, Table, Value, workbook
from tuangou.core.templatetags.money import quantity as short
from tuangou.core.templatetags.money import yuan
from tuangou.core.templatetags.times import span, when


@login_required
@require_GET
def show(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Item, total, price, amount; what changed since the cut-off; the words for the chat."""
    member, rnd = purchase_for(request.user, slug, round_id)
    page = purchase_page(rnd)
    pickup = span(rnd.pickup_from, rnd.pickup_until, rnd.group.time_zone)
    context = _frame(request, member, rnd) | {
        "round": rnd,
        "page": page,
        "state": _state(rnd, page),
        "rate": percent_text(page.commission_bp),
        "wishes": said_of(page.wishes),
        "text": text_of(page, rnd, pickup=pickup, frozen=_state(rnd, page)),
    }
    return render(request, "orders/purchases/show.html", context)


@login_required
@require_GET
def as_pdf(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """One A4 sheet for the merchant's kitchen."""
    _member, rnd = purchase_for(request.user, slug, round_id)
    page = purchase_page(rnd)
    title = _("%(round)s 备货单") % {"round": rnd.title}
    pickup = span(rnd.pickup_from, rnd.pickup_until, rnd.group.time_zone)
    about = f"{rnd.merchant.brand} · {pickup} {rnd.pickup_point.name}"
    rows = [
        (
            f"{r.name} {r.spec}".strip(),
            _with_change(r.quantity, r.unit, r.change_said),
            yuan(r.price_fen),
            yuan(r.amount_fen),
        )
        for r in page.rows
    ]
    sheet = Sheet(foot=_state(rnd, page), title=title)
    papers.statement(sheet, title, about, rows, _totals(page))
    return download(sheet.pdf(), "application/pdf", f"purchase-{rnd.code}.pdf")


@login_required
@require_GET
def as_xlsx(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The same with typed cells; wishes on a sheet of their own."""
    _member, rnd = purchase_for(request.user, slug, round_id)
    page = purchase_page(rnd)
    columns = [Column(_("货品")), Column(_("规格")), Column(_("数量")), Column(_("单位"))]
    columns += [Column(_("单价（元）"), MONEY), Column(_("金额（元）"), MONEY)]
    columns += [Column(_("定稿数量")), Column(_("比定稿"))]
    rows = [_row_cells(row) for row in page.rows]
    wishes: list[list[Value]] = [[wish, n] for wish, n in page.wishes]
    tables = [
        Table(_("备货单"), columns, rows, notes=[*_totals(page), _state(rnd, page)]),
        Table(_("备注"), [Column(_("备注")), Column(_("几单"))], wishes),
    ]
    return download(workbook(tables), XLSX, f"purchase-{rnd.code}.xlsx")


def _row_cells(row: PurchaseRow) -> list[Value]:
    change = None if row.frozen is None else row.change
    what: list[Value] = [row.name, row.spec, row.quantity, row.unit]
    return [*what, _in_yuan(row.price_fen), _in_yuan(row.amount_fen), row.frozen, change]


def _frame(request: HttpRequest, member: Membership | None, rnd: Round) -> dict[str, Any]:
    """A merchant's staff who do not live here get the page without the group's menu."""
    if member is None:
        return {"group": rnd.group, "member": None, "inbox": Inbox(reverse("notices"))}
    return page_of(request, member, "console" if member.is_officer else "merchants")


def _state(rnd: Round, page: PurchasePage) -> str:
    """第 1 版 · 11月20日 20:00 定稿，之后改了 2 次."""
    zone = rnd.group.time_zone
    if page.at is None:
        return _("还没定稿 · %(at)s 的订单") % {"at": when(clock.now(), zone)}
    facts = {"at": when(page.at, zone), "n": page.later}
    if page.later or page.is_changed:
        return _("第 1 版 · %(at)s 定稿 · 之后改了 %(n)s 次") % facts
    return _("第 1 版 · %(at)s 定稿") % facts


def _totals(page: PurchasePage) -> list[str]:
    lines = [
        _("%(n)s单，货款 %(amount)s") % {"n": page.orders, "amount": yuan(page.amount_fen)},
        _("佣金 %(rate)s%%：%(fen)s")
        % {"rate": percent_text(page.commission_bp), "fen": yuan(page.commission_fen)},
        _("应付商家 %(fen)s") % {"fen": yuan(page.due_fen)},
    ]
    if page.wishes:
        lines.append(_("备注：%(wishes)s") % {"wishes": said_of(page.wishes)})
    return lines


def _with_change(quantity: Decimal, unit: str, change: str) -> str:
    total = f"{short(quantity)}{unit}"
    return _("%(total)s（%(change)s）") % {"total": total, "change": change} if change else total


def _in_yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100
