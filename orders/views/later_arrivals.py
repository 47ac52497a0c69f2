"""The rest of a delivery on another car; sharing out what a helper counted (O9)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import round_for_officer
from orders.forms.deliveries import ArrivalForm, SharingForm, seal
from orders.models import Round
from orders.queries.deliveries import ArrivalPlan
from orders.queries.later_arrivals import lacking, plan_later, plan_sharing, unshared
from orders.services.later_arrivals import record_later, share_out
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of


@login_required
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """What came of what was missing; who gets it, in fen, on a second page before it is written."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    form = ArrivalForm(request.POST if request.method == "POST" else None, offers=lacking(rnd))
    plan = None
    if request.method == "POST" and form.is_valid():
        try:
            plan = plan_later(rnd, form.came(), today=rnd.group.local(clock.now()).date())
            if not any(one.shares for one in plan.offers) or _was_seen(request, form, plan):
                record_later(
                    round_id=rnd.pk,
                    actor_id=officer.pk,
                    delivered=form.came(),
                    request_id=request_id_of(form),
                )
                messages.success(request, _("这一车登记好了，没拿齐的邻居会收到通知。"))
                return redirect("orders:delivery", slug, rnd.pk)
        except DomainError as refusal:
            form.refuse(refusal)
            if "sharing_" not in refusal.field:
                plan = None
    context = _context(request, officer, rnd, form, plan) | {"later": True}
    if plan is None:
        context["rows"] = form.rows()
    return _rendered(request, "arrival" if plan is None else "shares", context)


@login_required
@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Who gets how much of what a helper counted: shown in fen, then written."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    waiting = [offer for offer, _quantity in unshared(rnd)]
    if not waiting:
        return redirect("orders:delivery", slug, rnd.pk)
    form = SharingForm(request.POST if request.method == "POST" else None, offers=waiting)
    plan = None
    try:
        if not form.is_bound or form.is_valid():
            plan = plan_sharing(rnd, form.ways())
        if plan is not None and form.is_bound and _was_seen(request, form, plan):
            share_out(
                round_id=rnd.pk,
                actor_id=officer.pk,
                ways=form.ways(),
                request_id=request_id_of(form),
            )
            messages.success(request, _("分好了，少拿的邻居会收到通知。"))
            return redirect("orders:delivery", slug, rnd.pk)
    except DomainError as refusal:
        form.refuse(refusal)
    context = _context(request, officer, rnd, form, plan or plan_sharing(rnd, {}))
    context["sharing_only"] = True
    return _rendered(request, "shares", context)


def _was_seen(request: HttpRequest, form: ArrivalForm | SharingForm, plan: ArrivalPlan) -> bool:
    """Whether this very sharing out, to the fen, was on the page that was sent."""
    return "record" in request.POST and form.cleaned_data["seen"] == seal(plan)


def _context(
    request: HttpRequest,
    officer: Membership,
    rnd: Round,
    form: ArrivalForm | SharingForm,
    plan: ArrivalPlan | None,
) -> dict[str, Any]:
    context = page_of(request, officer, "console") | {"round": rnd, "form": form}
    context["back_url"] = reverse("orders:delivery", args=[officer.group.slug, rnd.pk])
    if plan is not None:
        context |= {"plan": plan, "seal": seal(plan)}
        context["kept"] = form.kept() if isinstance(form, ArrivalForm) else []
        context["offers"] = [(one, form.sharing(one.offer)) for one in plan.offers if one.shares]
    return context


def _rendered(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render(request, f"orders/deliveries/{name}.html", context, status=status)
