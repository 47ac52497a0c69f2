"""The desk that hands bags out (O10)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid5

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from groups.queries.pages import page_of
from orders.access import (
    check_off_for_officer,
    may_receive,
    order_for_officer,
    round_for_officer,
)
from orders.forms.desk import CheckOffForm
from orders.forms.orders import ActForm
from orders.models import Order
from orders.queries.beside import order_beside
from orders.queries.desk import DeskFilter, DeskPage, desk_page
from orders.queries.payments import money_of_order
from orders.services.check_offs import check_off, undo_check_off
from orders.services.payments import receive_payment
from orders.views.rows import query_of
from tuangou.core import clock
from tuangou.core.http import person_id, request_id_of


@login_required
@require_GET
def show(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """W4: find by scan, door, nickname or code; one big button; undo."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    query = request.GET.get("q", "").strip()
    chosen = request.GET.get("show") or (DeskFilter.ALL if query else DeskFilter.WAITING)
    building = request.GET.get("building", "")
    page = desk_page(rnd, chosen=chosen, building=building, search=query)
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "page": page,
        "query": query,
        "way": "scan" if request.GET.get("way") == "scan" else "door",
        "filters": _filters(page, chosen, building),
        "may_receive": may_receive(request.user, officer, rnd),
        "here": request.get_full_path(),
        "beside": order_beside(rnd, request.GET.get("order", "")),
        "beside_query": query_of(q=query, show=request.GET.get("show", ""), building=building),
        "now": clock.now(),
    }
    return render(request, "orders/desk/show.html", context)


def _filters(page: DeskPage, chosen: str, building: str) -> list[dict[str, Any]]:
    order = (DeskFilter.WAITING, DeskFilter.UNPAID, DeskFilter.NOTED, DeskFilter.ALL)
    rows = [
        {
            "label": str(kind.label),
            "count": page.counts[kind],
            "current": chosen == kind and not building,
            "url": "?" + urlencode({"show": kind.value}),
        }
        for kind in order
    ]
    return rows + [
        {
            "label": name,
            "count": None,
            "current": building == name,
            "url": "?" + urlencode({"show": chosen, "building": name}),
        }
        for name in page.buildings
    ]


@login_required
@require_POST
def hand_over(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """「已取」, or 「收款并已取」: the payment first, then the bag, each once."""
    officer, order = order_for_officer(request.user, slug, order_id)
    form = CheckOffForm(request.POST)
    if not form.is_valid():
        return _desk(slug, order)
    request_id = request_id_of(form)
    if form.cleaned_data["take_money"] and may_receive(request.user, officer, order.round):
        owed = money_of_order(order.pk).owed_fen
        if owed:
            receive_payment(
                order_id=order.pk,
                user_id=person_id(request),
                amount_fen=owed,
                request_id=uuid5(request_id, "payment"),
            )
    check_off(
        order_id=order.pk,
        actor_id=officer.pk,
        request_id=request_id,
        way=form.cleaned_data["way"] or "door",
        collected_by=form.cleaned_data["collected_by"],
    )
    messages.success(request, _("%(door)s 已取。") % {"door": order.door})
    return _desk(slug, order)


@login_required
@require_POST
def undo(request: HttpRequest, slug: str, check_off_id: int) -> HttpResponse:
    """Take a hand-over back: the bag is still here."""
    officer, done = check_off_for_officer(request.user, slug, check_off_id)
    form = ActForm(request.POST)
    if form.is_valid():
        undo_check_off(check_off_id=done.pk, actor_id=officer.pk, request_id=request_id_of(form))
        messages.success(request, _("%(door)s 变回没取。") % {"door": done.order.door})
    return _desk(slug, done.order)


def _desk(slug: str, order: Order) -> HttpResponse:
    return redirect(reverse("orders:desk", args=[slug, order.round_id]))
