"""The group's front page and the page of a round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import StillLoading, membership_for
from groups.models import Membership
from groups.queries.announcements import on_top
from groups.queries.pages import page_of
from merchants.queries.rated import Tally
from orders.access import Neighbour, neighbour_for_proxy, round_by_code, round_for_member
from orders.forms.orders import NeighbourOrderForm, OrderForm, stepped
from orders.models import Round
from orders.queries import rounds as queries
from orders.queries.delivery_pages import goods_news
from orders.queries.summaries import MonthRow, months_with_figures, table1
from orders.queries.things_to_do import things_to_do
from orders.queries.waiting import Wait, waits_of
from orders.services.neighbours import ProxyRefused, refusal_of
from orders.services.orders import place_order
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of
from tuangou.core.offline import keepable
from tuangou.core.templatetags.times import hour


@login_required
@require_GET
def home(request: HttpRequest, slug: str) -> HttpResponse:
    """What do I owe or fetch; what is open and until when."""
    try:
        member = membership_for(request.user, slug)
    except StillLoading:
        return redirect("groups:loading", slug)
    at = clock.now()
    context = page_of(request, member, "home") | {
        "now": at,
        "todo": things_to_do(member),
        "board": queries.board(member.group, at=at),
        "month": _latest_month(member.group_id),
        "announcement": on_top(member.group_id, at=at),
    }
    return render(request, "orders/rounds/home.html", context)


def _latest_month(group_id: int) -> MonthRow | None:
    known = months_with_figures(group_id)
    return table1(group_id, first=known[1], last=known[1]).rows[0] if known else None


@require_GET
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """The short link of the chat, /r/7KQ4M2: to the round, after signing in."""
    slug, round_id = round_by_code(code)
    return redirect("orders:round", slug, round_id)


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """One round: who sells and why to trust them, the cut-off, the goods, my total; GET shows and
    POST places an order, for herself or (?for=) for a neighbour."""
    member, rnd = round_for_member(request.user, slug, round_id)
    neighbour = neighbour_for_proxy(member, request.POST.get("for") or request.GET.get("for"))
    if neighbour is not None and neighbour.refuses:
        raise ProxyRefused(refusal_of(neighbour.person))
    offers = queries.offers_of(rnd.pk)
    if request.method != "POST":
        return _page(request, member, rnd, _form_for(neighbour, offers, None), neighbour)
    if (changed := stepped(request.POST, offers)) is not None:
        return _page(request, member, rnd, _form_for(neighbour, offers, changed), neighbour)
    form = _form_for(neighbour, offers, request.POST)
    if form.is_valid():
        try:
            order = place_order(
                round_id=rnd.pk,
                member_id=neighbour.person.pk if neighbour else member.pk,
                placed_by_id=member.pk,
                quantities=form.cleaned_data["quantities"],
                note=form.cleaned_data["note"],
                request_id=request_id_of(form),
                errand=form.errand() if isinstance(form, NeighbourOrderForm) else None,
            )
        except DomainError as refusal:
            form.refuse(refusal)
            form.offers = queries.offers_of(rnd.pk)  # what is left now
        else:
            return redirect(reverse("orders:order", args=[slug, order.pk]) + "?new=1")
    return _page(request, member, rnd, form, neighbour, status=422)


def _form_for(
    neighbour: Neighbour | None, offers: Sequence[queries.OfferRow], data: QueryDict | None
) -> OrderForm:
    if neighbour is None:
        return OrderForm(data, offers=offers)
    return NeighbourOrderForm(data, offers=offers, must_ask=neighbour.must_ask)


def _page(
    request: HttpRequest,
    member: Membership,
    rnd: Round,
    form: OrderForm,
    neighbour: Neighbour | None,
    status: int = 200,
) -> HttpResponse:
    at, zone = clock.now(), rnd.group.time_zone
    is_open = rnd.takes_orders(at)
    page = queries.round_page(rnd, member)
    context = page_of(request, member) | {
        "round": rnd,
        "page": page,
        "goods": goods_news(rnd),
        "form": form,
        "cards": [
            _card_of(offer, form, is_open, page.rated.of(offer.item_id)) for offer in form.offers
        ],
        "waits": _waits(rnd, member, form.offers),
        "neighbour": neighbour.person if neighbour else None,
        "now": at,
        "is_open": is_open,
        "left_text": queries.time_left(rnd, at),
        "cut_off_text": queries.cut_off_text(rnd, at),
        "pickup_hours": f"{hour(rnd.pickup_from, zone)}–{hour(rnd.pickup_until, zone)}",
        "total": form.total_fen,
        "said": form.said,
        "offline_at": at,
    }
    response = render(request, "orders/rounds/show.html", context, status=status)
    return keepable(response, member.user_id or 0)


def _waits(rnd: Round, member: Membership, offers: Sequence[queries.OfferRow]) -> list[Wait]:
    """What her household waits for; no statement where nobody waits for anything."""
    return waits_of(rnd, member) if any(offer.waiting for offer in offers) else []


def _card_of(offer: queries.OfferRow, form: OrderForm, is_open: bool, rated: Tally) -> SafeString:
    """An offer's card. Most of a page's work, and the same for everybody who has typed nothing."""
    language, shown = get_language() or "", form.shown(offer)
    short = form.is_bound and offer.left is not None and form.wants(offer) > offer.left
    if form.is_bound or settings.DEBUG:
        return _card(offer, shown, is_open, language, rated, short)
    return _kept_card(replace(offer, taken=Decimal(0), waiting=0), shown, is_open, language, rated)


def _card(
    offer: queries.OfferRow,
    shown: str,
    is_open: bool,
    language: str,
    rated: Tally,
    short: bool = False,
) -> SafeString:
    context = {"offer": offer, "box": shown, "is_open": is_open, "short": short, "rated": rated}
    return render_to_string("orders/rounds/_offer.html", context)


# The key is all that the card shows, so that a kept card is never an old one.
_kept_card = lru_cache(maxsize=2048)(_card)


@login_required
@require_GET
def stock(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """What is left, for the page that is open: JSON with the round's version as ETag."""
    _member, rnd = round_for_member(request.user, slug, round_id)
    etag = f'"{rnd.pk}-{rnd.version}"'
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = JsonResponse(
            {"left": queries.stock_of(rnd), "open": rnd.takes_orders(clock.now())}
        )
    response["ETag"] = etag
    response["Cache-Control"] = "no-store, private"
    return response
