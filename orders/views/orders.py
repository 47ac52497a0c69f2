"""My orders, one order, and what its owner may do with it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import membership_for
from groups.models import Membership
from groups.queries.pages import page_of
from groups.queries.settings import percent_text
from orders.access import order_by_token, order_for_member
from orders.forms.orders import ActForm, OrderForm, initial_of, stepped
from orders.models import Order, OrderStatus
from orders.queries import orders as queries
from orders.queries.delivery_pages import goods_news
from orders.queries.door_views import looks_at
from orders.queries.neighbours import answer_to
from orders.queries.rounds import offers_of, payee_name
from orders.services.orders import amend_order, cancel_order
from orders.services.payments import claim_payment, withdraw_claim
from orders.views.codes import qr_of
from orders.views.helpers import scanned
from tuangou.core import clock, money
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of
from tuangou.core.offline import keepable


@login_required
@require_GET
def mine(request: HttpRequest, slug: str) -> HttpResponse:
    """Her orders, newest first, each with its next step."""
    member = membership_for(request.user, slug)
    before = request.GET.get("before", "")
    at = clock.now()
    page = queries.my_orders(member, at=at, before=int(before) if before.isdecimal() else None)
    context = page_of(request, member, "mine") | {
        "page": page,
        "older_url": f"?before={page.older}" if page.older else "",
        "offline_at": at,
    }
    return keepable(render(request, "orders/orders/mine.html", context), member.user_id or 0)


@login_required
@require_GET
def show(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """One order: the code, what it costs, what happens next."""
    member, order = order_for_member(request.user, slug, order_id)
    at = clock.now()
    rnd = order.round
    page = queries.order_page(order, at=at)
    context = page_of(request, member, "mine") | {
        "order": order,
        "round": rnd,
        "page": page,
        "commission": percent_text(rnd.commission_bp),
        "commission_fen": money.basis_points(page.money.due_fen, rnd.commission_bp),
        "goods": goods_news(rnd),
        "looks": looks_at(order),
        "is_new": request.GET.get("new") == "1",
        "payee": payee_name(rnd),
        "remark": rnd.remark_code(order.number),
        "code": rnd.pickup_code(order.number),
        "now": at,
        "act": ActForm(),
        "is_mine": order.member_id == member.pk,
        "whose": f"{order.building}{order.unit}{order.room} {order.nickname}",
        "qr_url": _qr_url(order),
        "round_open": rnd.takes_orders(at),
        "errand": _errand(request, order, member),
    }
    if order.member_id != member.pk:
        return render(request, "orders/orders/show.html", context)
    context["offline_at"] = at
    return keepable(render(request, "orders/orders/show.html", context), member.user_id or 0)


def _errand(request: HttpRequest, order: Order, member: Membership) -> dict[str, object]:
    """What stands on an order that one neighbour placed for another, for the two of them."""
    if not order.is_by_proxy or member.pk not in (order.member_id, order.placed_by_id):
        return {}
    if order.member_id == member.pk:
        return {"answer": answer_to(order), "is_mine": True}
    page = reverse("orders:order", args=[order.group.slug, order.pk])
    return {
        "has_account": order.member.user_id is not None,
        "link": request.build_absolute_uri(page) + "?big=1",
    }


def _qr_url(order: Order) -> str:
    """Only an order that still waits for its owner shows a code to scan."""
    if order.status in (OrderStatus.CANCELLED, OrderStatus.COLLECTED):
        return ""
    return reverse("orders:order-qr", args=[order.group.slug, order.pk])


@login_required
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """Change quantities until the cut-off; the same form as the round's."""
    member, order = order_for_member(request.user, slug, order_id)
    offers = offers_of(order.round_id)
    held = queries.quantities_of(order)
    data = request.POST if request.method == "POST" else None
    status = 200
    if data is not None and (changed := stepped(data, offers)) is not None:
        form = OrderForm(changed, offers=offers)
    else:
        form = OrderForm(data, offers=offers, initial=initial_of(held) | {"note": order.note})
        if data is not None and form.is_valid():
            try:
                amend_order(
                    order_id=order.pk,
                    actor_id=member.pk,
                    quantities=form.cleaned_data["quantities"],
                    note=form.cleaned_data["note"],
                    request_id=request_id_of(form),
                )
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("改好了，按新的数量算。"))
                return redirect("orders:order", slug, order.pk)
        status = 422 if form.errors else 200
    context = page_of(request, member) | {
        "order": order,
        "round": order.round,
        "form": form,
        "boxes": [(offer, form.shown(offer)) for offer in offers],
        "total": form.total_fen,
        "said": form.said,
    }
    return render(request, "orders/orders/amend.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """Ask once more, then cancel; what it held goes back to the neighbours."""
    member, order = order_for_member(request.user, slug, order_id)
    form = ActForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_order(
                order_id=order.pk,
                actor_id=member.pk,
                reason=form.cleaned_data["reason"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("取消了，名额让给邻居。"))
            return redirect("orders:order", slug, order.pk)
    context = page_of(request, member) | {
        "order": order,
        "round": order.round,
        "page": queries.order_page(order, at=clock.now()),
        "form": form,
        "stay_url": reverse("orders:order", args=[slug, order.pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/orders/cancel.html", context, status=status)


@login_required
@require_POST
def claim(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """「我已转账」: said, not counted as received."""
    member, order = order_for_member(request.user, slug, order_id)
    form = ActForm(request.POST)
    if form.is_valid():
        claim_payment(order_id=order.pk, actor_id=member.pk, request_id=request_id_of(form))
        messages.success(request, _("记下了。收款人对上以后会显示「已收」。"))
    return redirect("orders:order", slug, order.pk)


@login_required
@require_POST
def unclaim(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """「其实还没转」: take the claim back."""
    member, order = order_for_member(request.user, slug, order_id)
    withdraw_claim(order_id=order.pk, actor_id=member.pk)
    messages.success(request, _("收回了，现在算没付。"))
    return redirect("orders:order", slug, order.pk)


@require_GET
def by_token(request: HttpRequest, token: str) -> HttpResponse:
    """The pick-up QR: an officer or a helper lands on this order at the desk, its owner on her
    order; everybody else is asked to sign in."""
    return scanned(request, token) or _by_token(request, token)


@login_required
def _by_token(request: HttpRequest, token: str) -> HttpResponse:
    member, order = order_by_token(request.user, token)
    if member.is_officer:
        desk = reverse("orders:desk", args=[order.group.slug, order.round_id])
        return redirect(f"{desk}?q={order.round.pickup_code(order.number)}&way=scan")
    return redirect("orders:order", order.group.slug, order.pk)


@login_required
@require_GET
def qr(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """The pick-up QR as a picture that WeChat can read from the screen (O10)."""
    _member, order = order_for_member(request.user, slug, order_id)
    address = request.build_absolute_uri(reverse("pickup", args=[order.pickup_token]))
    return qr_of(address)
