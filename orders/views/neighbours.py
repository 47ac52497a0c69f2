"""Ordering for a neighbour: whom, and the word of who is ordered for (O4)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from groups.access import membership_for
from groups.queries.memberships import member_of
from groups.queries.pages import page_of
from orders.access import own_order, round_for_member
from orders.forms.orders import ActForm, NeighbourForm, ProxyForm
from orders.queries import neighbours as queries
from orders.services.neighbours import answer_proxy
from orders.services.orders import cancel_order
from tuangou.core.errors import InvalidInput
from tuangou.core.http import request_id_of


@login_required
@require_GET
def choose(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Whom to order for: recent ones first; a whole door or nickname leads on at once."""
    member, rnd = round_for_member(request.user, slug, round_id)
    form = NeighbourForm(request.GET)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    found = queries.neighbours(member, query)
    round_url = reverse("orders:round", args=[slug, rnd.pk])
    if found.only is not None:
        return redirect(f"{round_url}?for={found.only}")
    context = page_of(request, member) | {
        "round": rnd,
        "query": query,
        "rows": found.rows,
        "round_url": round_url,
    }
    return render(request, "orders/orders/neighbours.html", context)


@login_required
@require_GET
def proxies(request: HttpRequest, slug: str) -> HttpResponse:
    """Who orders for me, and what I said of it."""
    member = membership_for(request.user, slug)
    context = page_of(request, member, "mine") | {"rows": queries.proxies_of(member)}
    return render(request, "orders/orders/proxies.html", context)


@login_required
@require_POST
def answer(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """「以后都可以」 or 「以后不要」, of one neighbour. Saying it twice is saying it once."""
    member = membership_for(request.user, slug)
    proxy = member_of(member.group_id, membership_id)
    form = ProxyForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("这个按钮按得不对。回到上一页，刷新后再按"))
    welcome = form.cleaned_data["answer"] == "yes"
    answer_proxy(member_id=member.pk, proxy_id=proxy.pk, welcome=welcome)
    said = _("记下了，以后可以帮你下单。") if welcome else _("记下了，以后不能帮你下单。")
    messages.success(request, said)
    if order_id := form.cleaned_data["order"]:
        return redirect("orders:order", slug, order_id)
    return redirect("orders:proxies", slug)


@login_required
@require_POST
def decline(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """「不要」: what a neighbour ordered for her is cancelled at once, till the cut-off."""
    member, order = own_order(request.user, slug, order_id)
    form = ActForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("这个按钮按得不对。回到上一页，刷新后再按"))
    cancel_order(
        order_id=order.pk,
        actor_id=member.pk,
        reason=_("本人不要"),
        request_id=request_id_of(form),
    )
    messages.success(request, _("取消了，名额让给邻居。"))
    return redirect("orders:order", slug, order.pk)
