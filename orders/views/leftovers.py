"""Bags that nobody fetched: the initiator's choice, one by one (O10)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import may_receive, order_for_initiator, round_for_initiator
from orders.forms.leftovers import LeftoverForm
from orders.models import LeftoverChoice, Order
from orders.queries.desk import desk_row
from orders.queries.leftovers import leftovers_of
from orders.queries.neighbours import neighbours
from orders.queries.waiting import waits_for_bag, worth_of_rest
from orders.services.leftovers import decide_leftover
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import person_id, request_id_of


@login_required
@require_GET
def index(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Whatever was missed or fetched in part, with what was decided."""
    initiator, rnd = round_for_initiator(request.user, slug, round_id)
    context = page_of(request, initiator, "console") | {"round": rnd, "rows": leftovers_of(rnd)}
    return render(request, "orders/leftovers/index.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """Keep it, pass it on, or give it back."""
    initiator, order = order_for_initiator(request.user, slug, order_id)
    tomorrow = initiator.group.local(clock.now() + timedelta(days=1))
    waits = waits_for_bag(order)
    form = LeftoverForm(
        request.POST if request.method == "POST" else None,
        group=initiator.group,
        waits=waits,
        initial={"until_date": tomorrow.date(), "until_time": "20:00", "paid": "0"},
    )
    if form.is_bound and form.is_valid():
        try:
            _decide(request, initiator, order, form)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("%(door)s 记好了。") % {"door": order.door})
            return redirect("orders:leftovers", slug, order.round_id)
    context = page_of(request, initiator, "console") | {
        "form": form,
        "order": order,
        "round": order.round,
        "row": desk_row(order.round, order.pk),
        "waits": waits,
        "worth": worth_of_rest(order),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/leftovers/decide.html", context, status=status)


def _decide(request: HttpRequest, initiator: Membership, order: Order, form: LeftoverForm) -> None:
    taker = None
    asked = form.cleaned_data.get("entry")
    if form.cleaned_data["choice"] == LeftoverChoice.PASS and asked is None:
        taker = neighbours(initiator, form.cleaned_data["taker"]).only
    decide_leftover(
        order_id=order.pk,
        actor_id=initiator.pk,
        decision=form.decision(taker),
        request_id=request_id_of(form),
        receiver_id=(
            person_id(request) if may_receive(request.user, initiator, order.round) else None
        ),
    )
