"""Looking at goods when they are unloaded; deciding about what did not pass (O16)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from groups.queries.pages import page_of
from orders.access import hold_for_initiator, round_for_officer
from orders.forms.inspections import HoldForm, InspectionForm
from orders.models import Verdict
from orders.queries.batches import batches_of
from orders.queries.unloading import load_of
from orders.services.holds import release
from orders.services.inspections import record_inspection, withdraw_goods
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of


@login_required
@require_http_methods(["GET", "POST"])
def inspect(request: HttpRequest, slug: str, round_id: int, car: int = 1) -> HttpResponse:
    """The checklist of what this car brought."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    load = load_of(rnd, car)
    if load is None:
        raise Http404
    form = InspectionForm(
        request.POST if request.method == "POST" else None,
        load=load,
        batches=batches_of(load.offers),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = record_inspection(
                round_id=rnd.pk,
                actor_id=officer.pk,
                found=form.found(),
                car=car,
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            passed = made.verdict == Verdict.PASSED
            said = _("验货通过，可以发货了。") if passed else _("停发了，等团长决定。")
            messages.success(request, said)
            return redirect("orders:delivery", slug, rnd.pk)
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "load": load,
        "form": form,
        "lines": form.lines(),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/inspections/form.html", context, status=status)


@login_required
@require_POST
def let_go(request: HttpRequest, slug: str, hold_id: int) -> HttpResponse:
    """The initiator lets stopped goods go, with a reason."""
    return _decide(request, slug, hold_id, withdraw=False)


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str, hold_id: int) -> HttpResponse:
    """The initiator takes stopped goods out of the round; everybody is credited."""
    return _decide(request, slug, hold_id, withdraw=True)


def _decide(request: HttpRequest, slug: str, hold_id: int, *, withdraw: bool) -> HttpResponse:
    initiator, held = hold_for_initiator(request.user, slug, hold_id)
    form = HoldForm(request.POST)
    if form.is_valid():
        act = withdraw_goods if withdraw else release
        try:
            act(
                hold_id=held.pk,
                actor_id=initiator.pk,
                reason=form.cleaned_data["reason"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            said = _("撤下了，邻居的钱会退。") if withdraw else _("放行了，可以发货。")
            messages.success(request, said)
            return redirect("orders:delivery", slug, held.round_id)
    context = page_of(request, initiator, "console") | {"hold": held, "form": form}
    context |= {"round": held.round, "action_url": request.path}
    context["stay_url"] = reverse("orders:delivery", args=[slug, held.round_id])
    return render(request, "orders/inspections/decide.html", context, status=422)
