"""Goods arriving (O9)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from groups.queries.pages import page_of
from orders.access import (
    round_for_officer,
)
from orders.forms.deliveries import ArrivalForm
from orders.queries.rounds import offers_of
from orders.services.deliveries import record_arrival
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of


@login_required
@require_http_methods(["GET", "POST"])
def arrival(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Record that the goods came; what was ordered is filled in already."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    offers = [offer for offer in offers_of(rnd.pk) if offer.taken]
    form = ArrivalForm(request.POST if request.method == "POST" else None, offers=offers)
    if request.method == "POST" and form.is_valid():
        try:
            record_arrival(
                round_id=rnd.pk,
                actor_id=officer.pk,
                delivered=form.delivered(),
                note=form.cleaned_data["note"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("到货登记好了，订了的邻居会收到通知。"))
            return redirect("orders:desk", slug, rnd.pk)
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "form": form,
        "rows": form.rows(),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/deliveries/arrival.html", context, status=status)
