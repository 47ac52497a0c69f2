"""The lists of a hand-out and their labels: page, PDF and spreadsheet (O14). Officers only.

Phones are printed when the initiator asks for them (?phones=1), and for nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import segno
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import round_for_initiator, round_for_officer
from orders.models import Round
from orders.queries.lists import HandOutList, Label, ListKind, Row, list_of
from orders.views import papers
from tuangou.core import clock
from tuangou.core.sheets import XLSX, Column, Table, Value, workbook
from tuangou.core.templatetags.times import day, when

QUIET = 2  # modules around a code; the label's own white makes four


@login_required
@require_GET
def show(request: HttpRequest, slug: str, round_id: int, kind: str) -> HttpResponse:
    """The list as it will be printed."""
    officer, rnd, found = _asked(request, slug, round_id, kind)
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "list": found,
        "title": _title(rnd, found),
        "kinds": _kinds(request, rnd, found),
        "query": request.GET.urlencode(),
        "columns": 6 if found.with_phones else 5,
        "may_phones": officer.holds_mandate and not found.is_labels,
        "labels": _pictured(request, found),
        "day": day(rnd.pickup_from, rnd.group.time_zone),
    }
    name = "labels" if found.is_labels else "show"
    return render(request, f"orders/lists/{name}.html", context)


@login_required
@require_GET
def as_pdf(request: HttpRequest, slug: str, round_id: int, kind: str) -> HttpResponse:
    """A4; labels also on a roll of 80 × 60 mm (?size=roll)."""
    _officer, rnd, found = _asked(request, slug, round_id, kind)
    title, foot = _title(rnd, found), _foot(rnd, found)
    if found.is_labels:
        codes = {pk: modules_of(text) for pk, text in _addresses(request, found).items()}
        roll = request.GET.get("size") == "roll"
        sheet = papers.labels(found, rnd, codes, title=title, roll=roll)
    else:
        sheet = papers.hand_out_list(found, rnd, title=title, foot=foot)
    return download(sheet.pdf(), "application/pdf", f"{kind}-{rnd.code}.pdf")


@login_required
@require_GET
def as_xlsx(request: HttpRequest, slug: str, round_id: int, kind: str) -> HttpResponse:
    """One row per door and item, so that a helper can filter; every text is text."""
    _officer, rnd, found = _asked(request, slug, round_id, kind)
    columns, rows = _label_cells(request, found) if found.is_labels else _list_cells(found)
    notes = [_title(rnd, found), *found.held, _foot(rnd, found)]
    table = Table(str(found.kind.label), columns, rows, notes=notes)
    return download(workbook([table]), XLSX, f"{kind}-{rnd.code}.xlsx")


def download(body: bytes, content_type: str, name: str) -> HttpResponse:
    """A file that nobody but who asked for it keeps."""
    return HttpResponse(
        body,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


@lru_cache(maxsize=1024)
def modules_of(address: str) -> tuple[bytes, ...]:
    """A QR code as rows of ones and zeros. One mask for all: choosing the best costs five times as
    much, and 439 of them are made at once."""
    code = segno.make(address, error="m", micro=False, boost_error=False, mask=2)
    return tuple(bytes(row) for row in code.matrix)


def _asked(
    request: HttpRequest, slug: str, round_id: int, kind: str
) -> tuple[Membership, Round, HandOutList]:
    """Phones are for the initiator: 403 for a deputy who asks for them."""
    if kind not in ListKind.values:
        raise Http404
    phones = request.GET.get("phones") == "1" and kind not in {"pieces", "households"}
    access = round_for_initiator if phones else round_for_officer
    officer, rnd = access(request.user, slug, round_id)
    by_name = request.GET.get("by") == "name"
    return officer, rnd, list_of(rnd, kind, at=clock.now(), phones=phones, by_name=by_name)


def _title(rnd: Round, found: HandOutList) -> str:
    return _("%(round)s %(list)s") % {"round": rnd.title, "list": found.kind.label}


def _foot(rnd: Round, found: HandOutList) -> str:
    at = when(found.at, rnd.group.time_zone)
    return _("第 %(n)s 版 · %(at)s 的订单") % {"n": found.version, "at": at}


def _kinds(request: HttpRequest, rnd: Round, found: HandOutList) -> list[dict[str, Any]]:
    args = [rnd.group.slug, rnd.pk]
    return [
        {
            "label": str(kind.label),
            "count": None,
            "current": kind == found.kind,
            "url": reverse("orders:list", args=[*args, kind.value]),
        }
        for kind in ListKind
    ]


def _addresses(request: HttpRequest, found: HandOutList) -> dict[int, str]:
    """What the code of each bag says: the pick-up address, by order."""
    here = request.build_absolute_uri("/").rstrip("/")
    bags = {label.bag.order_id: label.bag for label in found.labels}
    return {pk: here + reverse("pickup", args=[bag.token]) for pk, bag in bags.items()}


def _pictured(request: HttpRequest, found: HandOutList) -> Iterator[tuple[Label, SafeString, str]]:
    """Each label with its code and its count; a bag's second piece points to the first one's
    drawing."""
    counts = _("总 %(n)s/%(of)s（本楼 %(here)s/%(building)s）")
    addresses = _addresses(request, found)
    drawn: set[int] = set()
    for label in found.labels:
        pk = label.bag.order_id
        modules = modules_of(addresses[pk])
        inner = f'<use href="#q{pk}"/>'
        if pk not in drawn:
            inner = f'<path id="q{pk}" d="{_shape(modules)}"/>'
            drawn.add(pk)
        side = len(modules) + 2 * QUIET
        picture = mark_safe(f'<svg viewBox="0 0 {side} {side}" class="qr">{inner}</svg>')  # noqa: S308 -- digits only
        yield label, picture, counts % label.counted


def _shape(modules: tuple[bytes, ...]) -> str:
    """Black modules as runs of squares."""
    runs = []
    for y, row in enumerate(modules, start=QUIET):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                runs.append(f"M{x + QUIET} {y}h{end - x}v1h-{end - x}z")
            x = end + 1
    return "".join(runs)


def _list_cells(found: HandOutList) -> tuple[list[Column], list[list[Value]]]:
    names = [_("楼栋"), _("房号"), _("昵称"), _("货品"), _("规格"), _("数量"), _("单位")]
    names += [_("备注"), _("取货码"), _("跟团号")] + ([_("电话")] if found.with_phones else [])
    cells = [
        [*line, *([row.phone] if found.with_phones else [])]
        for _section, _block, row in found.rows
        for line in _lines(row)
    ]
    return [Column(name) for name in names], cells


def _lines(row: Row) -> Iterator[list[Value]]:
    bag = row.bag
    place = bag.building or _("地址待核")
    for good in row.goods:
        who: list[Value] = [place, bag.door or "—", bag.nickname]
        what: list[Value] = [good.name, good.spec, good.quantity, good.unit]
        yield [*who, *what, bag.note, bag.pickup_code, bag.number]


def _label_cells(
    request: HttpRequest, found: HandOutList
) -> tuple[list[Column], list[list[Value]]]:
    names = [_("房号"), _("昵称"), _("货品"), _("备注"), _("取货码"), _("总"), _("本楼"), _("码")]
    cells: list[list[Value]] = []
    addresses = _addresses(request, found)
    for label in found.labels:
        bag = label.bag
        whole, here = f"{label.number}/{label.total}", f"{label.in_building}/{label.building_total}"
        who: list[Value] = [bag.door or "—", bag.nickname, label.what, bag.note, bag.pickup_code]
        cells.append([*who, whole, here, addresses[bag.order_id]])
    return [Column(name) for name in names], cells
