"""A settlement on paper and as a spreadsheet: statement, supplements, what went over (O12)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from groups.models import Group
from groups.queries.settings import percent_text
from orders.models import Round
from orders.queries import settlement_pages as pages
from orders.queries.settlement_callers import drawn_for
from orders.queries.settlements import Totals
from orders.views import papers
from orders.views.lists import download
from tuangou.core.pdf import Sheet
from tuangou.core.sheets import MONEY, XLSX, Column, Table, Value, workbook
from tuangou.core.templatetags.money import quantity as short
from tuangou.core.templatetags.money import yuan
from tuangou.core.templatetags.times import day, when


@login_required
@require_GET
def as_pdf(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """A4 for both sides to file."""
    caller, settlement = drawn_for(request.user, slug, round_id)
    rnd, page = caller.round, pages.settlement_page(caller.round, settlement)
    title = _("结算单 %(number)s") % {"number": page.number}
    rows = [
        (
            f"{row.name} {row.spec}".strip(),
            _quantities(row),
            yuan(row.line.price_fen),
            yuan(row.line.sales_fen - row.line.returned_fen),
        )
        for row in page.lines
    ]
    sheet = Sheet(foot=_foot(page), title=title)
    about = f"{rnd.group.name} · {rnd.merchant.brand} · {rnd.title}"
    papers.statement(sheet, title, about, rows, _words(rnd, page))
    return download(sheet.pdf(), "application/pdf", f"{page.number}.pdf")


@login_required
@require_GET
def as_xlsx(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The same with typed cells: goods, parts, money; no formulas."""
    caller, settlement = drawn_for(request.user, slug, round_id)
    rnd, page = caller.round, pages.settlement_page(caller.round, settlement)
    tables = [_goods(page, _words(rnd, page)), _parts(page, rnd.group), _paid(page)]
    return download(workbook(tables), XLSX, f"{page.number}.xlsx")


def _goods(page: pages.SettlementPage, notes: Sequence[str]) -> Table:
    columns = [Column(_("货品")), Column(_("规格")), Column(_("单位"))]
    columns += [Column(_("单价（元）"), MONEY), Column(_("订")), Column(_("少")), Column(_("退货"))]
    columns += [Column(_("销售额（元）"), MONEY), Column(_("退货（元）"), MONEY)]
    rows: list[list[Value]] = [
        [
            row.name,
            row.spec,
            row.unit,
            _in_yuan(row.line.price_fen),
            row.line.quantity,
            row.line.short_quantity,
            row.line.returned_quantity,
            _in_yuan(row.line.sales_fen),
            _in_yuan(row.line.returned_fen),
        ]
        for row in page.lines
    ]
    return Table(_("货品"), columns, rows, notes=notes)


def _parts(page: pages.SettlementPage, group: Group) -> Table:
    columns = [Column(_("编号")), Column(_("日期")), Column(_("原因"))]
    names = (_("销售额（元）"), _("退货（元）"), _("佣金（元）"), _("该给商家（元）"))
    columns += [Column(name, MONEY) for name in (*names, _("团长付商家（元）"))]
    rows: list[list[Value]] = [
        [
            part.number,
            group.local(part.at).date().isoformat(),
            part.reason,
            *(_in_yuan(fen) for fen in _figures(part.totals)),
        ]
        for part in page.parts
    ]
    rows.append([_("合计"), "", "", *(_in_yuan(fen) for fen in _figures(page.totals))])
    return Table(_("结算单和补充单"), columns, rows)


def _figures(totals: Totals) -> tuple[int, ...]:
    sums = (totals.sales_fen, totals.returned_fen, totals.commission_fen)
    return (*sums, totals.due_fen, totals.transfer_fen)


def _paid(page: pages.SettlementPage) -> Table:
    columns = [Column(_("日期")), Column(_("团长付商家（元）"), MONEY), Column(_("备注"))]
    rows: list[list[Value]] = [
        [
            paid.paid_on.isoformat(),
            _in_yuan(paid.fen if paid.to_merchant else -paid.fen),
            _("撤销") if paid.takes_back else paid.note,
        ]
        for paid in page.payments
    ]
    return Table(_("转过的钱"), columns, rows)


def _words(rnd: Round, page: pages.SettlementPage) -> list[str]:
    """The sums, the supplements and what both sides said, a line each."""
    totals, zone = page.totals, rnd.group.time_zone
    rate = {"rate": percent_text(page.commission_bp), "fen": yuan(totals.commission_fen)}
    lines = [
        _("订货 %(fen)s，少货减 %(short)s，销售额 %(sales)s")
        % {
            "fen": yuan(totals.ordered_fen),
            "short": yuan(totals.short_fen),
            "sales": yuan(totals.sales_fen),
        },
        _("退货减 %(fen)s") % {"fen": yuan(totals.returned_fen)},
        _("佣金 %(rate)s%%，减 %(fen)s") % rate,
        _("该给商家 %(fen)s") % {"fen": yuan(totals.due_fen)},
    ]
    if totals.with_merchant_fen:
        lines.append(_("商家自己收的 %(fen)s") % {"fen": yuan(totals.with_merchant_fen)})
    lines.append(_way(page.outstanding_fen))
    lines += [
        _("补充单 %(number)s，%(day)s，%(reason)s：该给商家 %(fen)s")
        % {
            "number": part.number,
            "day": day(part.at, zone),
            "reason": part.reason,
            "fen": yuan(part.totals.due_fen),
        }
        for part in page.supplements
    ]
    lines += [
        _("%(who)s %(at)s 确认") % {"who": word.party, "at": when(word.at, zone)}
        for word in page.words
        if word.kind == "confirmed" and word.is_current
    ]
    return lines


def _way(outstanding_fen: int) -> str:
    if outstanding_fen > 0:
        return _("团长还要付商家 %(fen)s") % {"fen": yuan(outstanding_fen)}
    if outstanding_fen < 0:
        return _("商家还要付团长 %(fen)s") % {"fen": yuan(-outstanding_fen)}
    return _("两清，不用转钱")


def _foot(page: pages.SettlementPage) -> str:
    return _("%(number)s · 校验码 %(code)s") % {"number": page.number, "code": page.check_code}


def _quantities(row: pages.LineRow) -> str:
    ordered = f"{short(row.line.quantity)}{row.unit}"
    if not row.line.short_quantity:
        return ordered
    less = f"{short(row.line.short_quantity)}{row.unit}"
    return _("%(ordered)s，少 %(less)s") % {"ordered": ordered, "less": less}


def _in_yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100
