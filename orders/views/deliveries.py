"""Goods announced, arriving, photographed (O9)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.models import Membership
from groups.queries.pages import Inbox, page_of
from orders.access import (
    delivery_photo_for_member,
    purchase_for,
    round_for_member,
    round_for_officer,
)
from orders.forms.deliveries import ArrivalForm, ComingForm, PhotosForm, seal
from orders.forms.inspections import HoldForm
from orders.models import Round, RoundStatus
from orders.queries.deliveries import ArrivalPlan, plan_arrival
from orders.queries.delivery_pages import (
    counted_before,
    delivery_page,
    last_notice,
    offers_with_ordered,
)
from orders.queries.holds import standing_holds
from orders.queries.short_notices import shortages_of
from orders.queries.texts import delivery_text
from orders.services.deliveries import correct_arrival, record_arrival
from orders.services.delivery_notices import EXPECTED, announce_delivery
from orders.services.delivery_photos import add_photos
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import person_id, request_id_of


@login_required
@require_GET
def show(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """What was announced, what came, what was found, and what is stopped: for every member."""
    member, rnd = round_for_member(request.user, slug, round_id)
    page = delivery_page(rnd)
    to_look_at = page.to_look_at if rnd.status == RoundStatus.ARRIVED else {}
    to_inspect = page.to_inspect if rnd.status == RoundStatus.ARRIVED else []
    context = page_of(request, member, "console" if member.is_officer else "home") | {
        "round": rnd,
        "page": page,
        "expected": rnd.status in EXPECTED,
        "said_short": shortages_of([rnd.pk]) if rnd.status in EXPECTED else [],
        "to_look_at": to_look_at,
        "to_inspect": [car for car in to_inspect if car not in to_look_at.values()],
        "hold_form": HoldForm() if member.holds_mandate and page.standing else None,
        "words": delivery_text(rnd, page.standing) if member.is_officer else "",
        "photos_form": PhotosForm(offers=[row.line.offer for row in page.lines]),
    }
    return render(request, "orders/deliveries/show.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def arrival(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Record what came, or count it anew. What is missing is shared out on a second page, in fen,
    before anything is written; whole deliveries are written at once."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    again = rnd.status == RoundStatus.ARRIVED
    form = ArrivalForm(
        request.POST if request.method == "POST" else None,
        offers=offers_with_ordered(rnd),
        before=counted_before(rnd) if again else None,
    )
    plan = None
    if request.method == "POST" and form.is_valid():
        try:
            plan = _plan(officer, rnd, form, again=again)
            if _was_seen(request, form, plan, again=again):
                _write(officer, rnd, form, again=again)
                messages.success(request, _("到货登记好了，订了的邻居会收到通知。"))
                stays = again or plan.short or standing_holds(rnd.pk)
                return redirect("orders:delivery" if stays else "orders:desk", slug, rnd.pk)
        except DomainError as refusal:
            form.refuse(refusal)
            if "sharing_" not in refusal.field:
                plan = None
    return _arrival_page(request, officer, rnd, form, plan)


def _plan(officer: Membership, rnd: Round, form: ArrivalForm, *, again: bool) -> ArrivalPlan:
    today = officer.group.local(rnd.arrived_at or clock.now()).date()
    return plan_arrival(rnd, form.came(), today=today, again=again)


def _was_seen(request: HttpRequest, form: ArrivalForm, plan: ArrivalPlan, *, again: bool) -> bool:
    """Whether this very sharing out, to the fen, was on the page that was sent."""
    if not again and not plan.short:
        return True
    return "record" in request.POST and form.cleaned_data["seen"] == seal(plan)


def _write(officer: Membership, rnd: Round, form: ArrivalForm, *, again: bool) -> None:
    act = correct_arrival if again else record_arrival
    act(
        round_id=rnd.pk,
        actor_id=officer.pk,
        delivered=form.came(),
        note=form.cleaned_data["note"],
        request_id=request_id_of(form),
    )


def _arrival_page(
    request: HttpRequest,
    officer: Membership,
    rnd: Round,
    form: ArrivalForm,
    plan: ArrivalPlan | None,
) -> HttpResponse:
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "form": form,
        "again": rnd.status == RoundStatus.ARRIVED,
    }
    status = 422 if form.errors else 200
    if plan is None:
        context["rows"] = form.rows()
        context["said_short"] = shortages_of([rnd.pk]) if rnd.status in EXPECTED else []
        return render(request, "orders/deliveries/arrival.html", context, status=status)
    context |= {"plan": plan, "seal": seal(plan), "kept": form.kept()}
    context["offers"] = [(one, form.sharing(one.offer)) for one in plan.offers if one.shares]
    return render(request, "orders/deliveries/shares.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def announce(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The merchant's staff say when the goods come, or an officer writes it down for them."""
    member, rnd = purchase_for(request.user, slug, round_id)
    form = ComingForm(
        request.POST if request.method == "POST" else None,
        group=rnd.group,
        rnd=rnd,
        last=last_notice(rnd),
    )
    if request.method == "POST" and form.is_valid():
        try:
            announce_delivery(
                round_id=rnd.pk,
                user_id=person_id(request),
                for_merchant=member is not None and member.is_officer,
                coming=form.coming(),
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("记下了，下了单的邻居会收到通知。"))
            return redirect("orders:delivery-announce", slug, rnd.pk)
    context = frame(request, member, rnd) | {
        "round": rnd,
        "form": form,
        "last": last_notice(rnd),
        "expected": rnd.status in EXPECTED,
    }
    status = 422 if form.errors else 200
    return render(request, "orders/deliveries/announce.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Pictures of what came."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    page = delivery_page(rnd)
    form = PhotosForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        offers=[row.line.offer for row in page.lines],
    )
    if request.method == "POST" and form.is_valid():
        try:
            add_photos(
                round_id=rnd.pk,
                actor_id=officer.pk,
                photos=form.cleaned_data["photos"],
                offer_id=form.cleaned_data["offer"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("照片传好了，邻居都看得到。"))
            return redirect("orders:delivery", slug, rnd.pk)
    context = page_of(request, officer, "console") | {"round": rnd, "page": page, "form": form}
    status = 422 if form.errors else 200
    return render(request, "orders/deliveries/photos.html", context, status=status)


@login_required
@require_GET
def photo(request: HttpRequest, slug: str, delivery_photo_id: int) -> HttpResponseBase:
    """A picture of a delivery, for the members of its group."""
    _member, picture = delivery_photo_for_member(request.user, slug, delivery_photo_id)
    response = FileResponse(picture.file.open("rb"), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=86400"
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def frame(request: HttpRequest, member: Membership | None, rnd: Round) -> dict[str, Any]:
    """A merchant's staff who do not live here get the page without the group's menu."""
    if member is None:
        return {"group": rnd.group, "member": None, "inbox": Inbox(reverse("notices"))}
    return page_of(request, member, "console" if member.is_officer else "merchants")
