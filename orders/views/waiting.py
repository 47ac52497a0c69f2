"""「有货叫我」: waiting for what is sold out, leaving the line, and the line as officers see it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import round_for_officer
from orders.forms.orders import ActForm
from orders.forms.waiting import CapacityForm, TakeOffForm, WaitForm, first_wish
from orders.models import Round, WaitlistEntry
from orders.queries import waiting as queries
from orders.queries.rounds import offers_of
from orders.services.waiting import join, leave, raise_capacity, take_off
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of
from tuangou.core.templatetags.money import quantity as plain


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, slug: str, round_id: int, offer_id: int) -> HttpResponse:
    """How the list works, her place in it, and the way in and out."""
    member, rnd, offer = queries.offer_for_member(request.user, slug, round_id, offer_id)
    initial = {"quantity": plain(first_wish(offer, request.GET.get("q", "")))}
    form = WaitForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            join(
                offer_id=offer.pk,
                member_id=member.pk,
                quantity=form.cleaned_data["quantity"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("排上了，轮到就帮你下单，马上通知你。"))
            return redirect("orders:waiting-offer", slug, rnd.pk, offer.pk)
    wait = queries.wait_of(offer, member)
    context = page_of(request, member) | {
        "round": rnd,
        "offer": offer,
        "wait": wait,
        "is_mine": wait is not None and wait.member_id == member.pk,
        "form": form,
        "is_open": rnd.takes_orders(clock.now()),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/waiting/show.html", context, status=status)


@login_required
@require_POST
def go(request: HttpRequest, slug: str, entry_id: int) -> HttpResponse:
    """「不等了」; an officer takes off whoever it is, and says why."""
    member, entry = queries.entry_for_member(request.user, slug, entry_id)
    if entry.member_id != member.pk:
        return _take_off(request, member, entry)
    form = ActForm(request.POST)
    if form.is_valid():
        leave(entry_id=entry.pk, actor_id=member.pk, request_id=request_id_of(form))
        messages.success(request, _("不等了，位置让给后面的。"))
    return redirect("orders:round", slug, entry.round_id)


def _take_off(request: HttpRequest, officer: Membership, entry: WaitlistEntry) -> HttpResponse:
    form = _take_off_form(entry.pk, request.POST)
    if form.is_valid():
        try:
            take_off(
                entry_id=entry.pk,
                actor_id=officer.pk,
                reason=form.cleaned_data["reason"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("拿掉了，本人会收到通知和原因。"))
            return redirect("orders:waiting", officer.group.slug, entry.round_id)
    return _lines(request, officer, entry.round, taking_off={entry.pk: form})


@login_required
@require_GET
def index(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Who waits for what, in order of asking; how much more there is."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    return _lines(request, officer, rnd)


@login_required
@require_POST
def more(request: HttpRequest, slug: str, round_id: int, offer_id: int) -> HttpResponse:
    """The merchant has more: it goes to who waits first."""
    officer, rnd, offer = queries.offer_for_officer(request.user, slug, round_id, offer_id)
    form = _capacity_form(offer.pk, data=request.POST)
    if form.is_valid():
        try:
            raise_capacity(
                offer_id=offer.pk,
                actor_id=officer.pk,
                capacity=form.cleaned_data["capacity"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("加好了，先给候补的邻居，剩下的大家可以订。"))
            return redirect("orders:waiting", slug, rnd.pk)
    return _lines(request, officer, rnd, {offer.pk: form})


def _capacity_form(
    offer_id: int, now: Decimal | None = None, data: QueryDict | None = None
) -> CapacityForm:
    """One of several on the page: its boxes have ids of their own."""
    initial = {"capacity": plain(now)} if now is not None else {}
    return CapacityForm(data, initial=initial, auto_id=f"offer-{offer_id}-%s")


def _take_off_form(entry_id: int, data: QueryDict | None = None) -> TakeOffForm:
    """One of several on the page, as the other."""
    return TakeOffForm(data, auto_id=f"wait-{entry_id}-%s")


def _lines(
    request: HttpRequest,
    officer: Membership,
    rnd: Round,
    forms: Mapping[int, CapacityForm] = MappingProxyType({}),
    taking_off: Mapping[int, TakeOffForm] = MappingProxyType({}),
) -> HttpResponse:
    waits = queries.waits_in(rnd)
    at = clock.now()
    wrong = [*forms.values(), *taking_off.values()]
    rows = [
        {
            "offer": offer,
            "waits": [
                (wait, taking_off.get(wait.id) or _take_off_form(wait.id))
                for wait in waits
                if wait.offer_id == offer.id
            ],
            "form": forms.get(offer.id) or _capacity_form(offer.id, offer.left + offer.taken),
        }
        for offer in offers_of(rnd.pk)
        if offer.left is not None
    ]
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "rows": rows,
        "is_open": rnd.takes_orders(at),
        "wrong": wrong[0] if wrong else None,
    }
    return render(request, "orders/waiting/index.html", context, status=422 if wrong else 200)
