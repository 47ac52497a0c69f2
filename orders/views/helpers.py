"""A day's helper: a link without sign-up that opens one list and nothing else (O10)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import officer_for
from groups.queries.pages import page_of
from groups.views.acts import act_once
from orders.access import (
    check_off_of_helper,
    helper_link,
    order_of_helper,
    round_for_officer,
)
from orders.forms.desk import CheckOffForm
from orders.forms.helpers import HelperForm
from orders.forms.orders import ActForm
from orders.models import HelperLink, Round
from orders.queries.desk import DeskFilter, desk_page
from orders.queries.helpers import buildings_of_round, link_of_round, standing_links
from orders.queries.holds import standing_holds
from orders.services.check_off_rules import HANDING_OUT
from orders.services.helpers import make_helper_link, revoke_helper_link
from orders.services.taps import Desk
from orders.views import counters
from tuangou.core import clock, limits
from tuangou.core.accounts import address_of
from tuangou.core.offline import keepable

COOKIE = "helper"
TRIES = ("helper_link.address", 60, timedelta(hours=1))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Make a link. The answer to the button is the only place where it stands."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    buildings = buildings_of_round(rnd)
    form = HelperForm(request.POST if request.method == "POST" else None, buildings=buildings)
    made: list[tuple[HelperLink, str]] = []

    def work() -> None:
        typed = form.cleaned_data
        made.append(
            make_helper_link(
                round_id=rnd.pk,
                actor_id=officer.pk,
                name=typed["name"],
                building=typed["building"],
            )
        )

    if form.is_bound:
        act_once(
            request,
            form,
            group_id=officer.group_id,
            act="orders.helper-link",
            round_id=rnd.pk,
            work=work,
        )
    context = page_of(request, officer, "console") | {"round": rnd}
    context["form"] = form if form.errors else HelperForm(buildings=buildings)
    context["links"] = standing_links(rnd)
    for link, token in made:
        url = request.build_absolute_uri(reverse("helper", args=[token]))
        context |= {"made": link, "words": _words(rnd, link, url)}
        context["qr"] = segno.make(url, error="m").png_data_uri(scale=6, border=4)
    status = 422 if form.errors else 200
    return render(request, "orders/helpers/page.html", context, status=status)


def _words(rnd: Round, link: HelperLink, url: str) -> str:
    return _(
        "%(name)s，今天帮「%(title)s」交货（%(where)s）：点开就能用，不用注册，今晚 12 点失效，"
        "别转给别人。%(url)s"
    ) % {
        "name": link.name,
        "title": rnd.title,
        "where": link.building or _("自提台"),
        "url": url,
    }


@login_required
@require_POST
def revoke(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    """Take it back: the next tap by it finds nothing."""
    officer = officer_for(request.user, slug)
    link = link_of_round(officer.group_id, link_id)
    if link is None:
        raise Http404
    revoke_helper_link(link_id=link.pk, actor_id=officer.pk)
    messages.success(request, _("收回了，那个链接不能再用"))
    return redirect("orders:helpers", slug, link.round_id)


@require_GET
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """The helper's list: door, nickname, goods, one button. A phone may keep it."""
    link = link_of(request, token)
    rnd, query = link.round, request.GET.get("q", "").strip()
    chosen = request.GET.get("show") or (DeskFilter.ALL if query else DeskFilter.WAITING)
    building = request.GET.get("building", "")
    found = desk_page(rnd, chosen=chosen, building=building, search=query, only=link.building)
    hand = partial(_address, "helper-check-off", token)
    undo_at = partial(_address, "helper-undo", token)
    at = clock.now()
    context = {
        "group": link.group,
        "link": link,
        "round": rnd,
        "page": found,
        "hands": counters.hands(found.rows, hand, undo_at),
        "recent": counters.hands(found.recent[:1], hand, undo_at),
        "filters": counters.filters_of(
            found, chosen, building, (DeskFilter.WAITING, DeskFilter.ALL)
        ),
        "query": query,
        "way": "scan" if request.GET.get("way") == "scan" else "door",
        "home_href": request.path,
        "holds": standing_holds(rnd.pk),
        "hands_out": rnd.status in HANDING_OUT,
        "taps_url": reverse("helper-taps", args=[token]),
        "token": token,
        "mark": counters.device_mark(_desk(link)),
        "now": at,
        "offline_at": at,
    }
    response = render(request, "orders/helpers/list.html", context)
    response.set_cookie(
        COOKIE,
        token,
        expires=link.expires_at,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return keepable(response, request.user.pk or -link.pk)


@require_POST
def hand_over(request: HttpRequest, token: str, order_id: int) -> HttpResponse:
    link = link_of(request, token)
    order = order_of_helper(link, pk=order_id)
    form = CheckOffForm(request.POST)
    if form.is_valid():
        counters.hand_over(request, _desk(link), order, form)
    return redirect("helper", token)


@require_POST
def undo(request: HttpRequest, token: str, check_off_id: int) -> HttpResponse:
    link = link_of(request, token)
    done = check_off_of_helper(link, check_off_id)
    form = ActForm(request.POST)
    if form.is_valid():
        counters.undo(request, _desk(link), done, form)
    return redirect("helper", token)


@require_POST
def taps(request: HttpRequest, token: str) -> HttpResponse:
    """What the helper's device did while there was no net."""
    return counters.answer_taps(request, _desk(link_of(request, token)))


def scanned(request: HttpRequest, token: str) -> HttpResponse | None:
    """Where a helper without an account lands by scanning a bag's QR; None for everybody else."""
    own = request.COOKIES.get(COOKIE, "")
    if not own or request.user.is_authenticated:
        return None
    try:
        link = link_of(request, own)
        order = order_of_helper(link, pickup_token=token)
    except Http404:
        return None
    asked = urlencode({"q": link.round.pickup_code(order.number), "way": "scan"})
    return redirect(f"{reverse('helper', args=[own])}?{asked}")


def link_of(request: HttpRequest, token: str) -> HelperLink:
    """The link, or 404; guesses are counted by address."""
    try:
        return helper_link(token)
    except Http404:
        act, most, per = TRIES
        limits.spend(act, address_of(request), most=most, per=per)
        raise


def _desk(link: HelperLink) -> Desk:
    """The list of the link, in the name of whoever made it."""
    return Desk(
        actor_id=link.made_by_id,
        round_id=link.round_id,
        building=link.building,
        helper_id=link.pk,
    )


def _address(name: str, token: str, pk: int) -> str:
    return reverse(name, args=[token, pk])
