"""The desk that hands bags out (O10)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import (
    check_off_for_officer,
    may_receive,
    order_for_officer,
    round_for_officer,
)
from orders.forms.desk import CheckOffForm
from orders.forms.orders import ActForm
from orders.models import Order, Round
from orders.queries.beside import order_beside
from orders.queries.desk import DeskFilter, DeskPage, DeskRow, desk_page
from orders.queries.holds import standing_holds
from orders.services.check_off_rules import HANDING_OUT
from orders.services.shortfalls import OPEN
from orders.services.taps import Desk
from orders.views import counters
from orders.views.rows import query_of
from tuangou.core import clock
from tuangou.core.http import person_id
from tuangou.core.offline import keepable


@login_required
@require_GET
def show(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """W4: find by scan, door, nickname or code; one big button; undo. A phone may keep it."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    query = request.GET.get("q", "").strip()
    chosen = request.GET.get("show") or (DeskFilter.ALL if query else DeskFilter.WAITING)
    building = request.GET.get("building", "")
    page = desk_page(rnd, chosen=chosen, building=building, search=query)
    context = _context(request, officer, rnd, page, page.rows) | {
        "query": query,
        "way": "scan" if request.GET.get("way") == "scan" else "door",
        "filters": counters.filters_of(page, chosen, building),
        "beside": order_beside(rnd, request.GET.get("order", "")),
        "beside_query": query_of(q=query, show=request.GET.get("show", ""), building=building),
    }
    return keepable(render(request, "orders/desk/show.html", context), officer.user_id or 0)


@login_required
@require_GET
def scan(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """A bag's QR by the camera in the page where the browser can; by WeChat's scanner always."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    context = page_of(request, officer, "console") | {"round": rnd}
    return render(request, "orders/desk/scan.html", context)


@login_required
@require_GET
def doors(request: HttpRequest, slug: str, round_id: int, place: int = 1) -> HttpResponse:
    """From door to door: one building after the other, in the order of the addresses."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    page = desk_page(rnd)
    names = page.buildings
    here = min(max(place, 1), max(len(names), 1))
    building = names[here - 1] if names else ""
    rows = [row for row in page.rows if row.building == building]
    context = _context(request, officer, rnd, page, rows) | {
        "place": here,
        "building": building,
        "before": names[here - 2] if here > 1 else "",
        "after": names[here] if here < len(names) else "",
        "left": sum(not row.is_collected for row in rows),
    }
    return keepable(render(request, "orders/desk/doors.html", context), officer.user_id or 0)


def _context(
    request: HttpRequest,
    officer: Membership,
    rnd: Round,
    page: DeskPage,
    rows: Sequence[DeskRow],
) -> dict[str, Any]:
    desk = desk_of(request, officer, rnd)
    slug = officer.group.slug
    hand = partial(_address, "orders:check-off", slug)
    undo_at = partial(_address, "orders:check-off-undo", slug)
    at = clock.now()
    return page_of(request, officer, "console") | {
        "round": rnd,
        "page": page,
        "hands": counters.hands(rows, hand, undo_at),
        "recent": counters.hands(page.recent[:1], hand, undo_at),
        "may_receive": desk.receiver_id is not None,
        "hands_out": rnd.status in HANDING_OUT,
        "holds": standing_holds(rnd.pk),
        "may_credit": rnd.status in OPEN,
        "with_money": True,
        "taps_url": reverse("orders:taps", args=[slug, rnd.pk]),
        "mark": counters.device_mark(desk),
        "way": "door",
        "now": at,
        "offline_at": at,
    }


def _address(name: str, slug: str, pk: int) -> str:
    return reverse(name, args=[slug, pk])


def desk_of(request: HttpRequest, officer: Membership, rnd: Round) -> Desk:
    """The whole round, by this officer; the money by who ticks it (O8)."""
    receiver = person_id(request) if may_receive(request.user, officer, rnd) else None
    return Desk(actor_id=officer.pk, round_id=rnd.pk, receiver_id=receiver)


@login_required
@require_POST
def hand_over(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """「已取」, a part of it, or 「收款并已取」: the bag and its money together, once."""
    officer, order = order_for_officer(request.user, slug, order_id)
    form = CheckOffForm(request.POST)
    if form.is_valid():
        counters.hand_over(request, desk_of(request, officer, order.round), order, form)
    return _back(request, slug, order)


@login_required
@require_POST
def undo(request: HttpRequest, slug: str, check_off_id: int) -> HttpResponse:
    """Take a hand-over back: the bag is still here."""
    officer, done = check_off_for_officer(request.user, slug, check_off_id)
    form = ActForm(request.POST)
    if form.is_valid():
        counters.undo(request, desk_of(request, officer, done.order.round), done, form)
    return _back(request, slug, done.order)


@login_required
@require_POST
def taps(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """What this device did while there was no net, as JSON; each tap is answered by itself."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    return counters.answer_taps(request, desk_of(request, officer, rnd))


def _back(request: HttpRequest, slug: str, order: Order) -> HttpResponse:
    """To the desk, or to the building she is walking through."""
    place = request.POST.get("doors", "")
    if place.isascii() and place.isdecimal() and len(place) < 5:
        return redirect("orders:doors-at", slug, order.round_id, int(place))
    return redirect(reverse("orders:desk", args=[slug, order.round_id]))
