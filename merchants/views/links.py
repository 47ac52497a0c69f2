"""Links by which shops come to a group: the officers' list, and the door they open (M2)."""

from __future__ import annotations

from datetime import timedelta

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import officer_for
from groups.queries.pages import page_of
from groups.views.acts import press_once
from merchants.access import link_of, officer_at_home
from merchants.forms.merchants import ButtonForm, ShopForm
from merchants.forms.onboarding import LinkForm, OwnShopForm
from merchants.models import ShopLink
from merchants.queries import onboarding as queries
from merchants.services import links as service
from tuangou.core import clock, limits
from tuangou.core.accounts import address_of
from tuangou.core.errors import DomainError
from tuangou.core.models import User
from tuangou.core.signin import sign_in

# wrong tokens from one network
GUESSES = ("shop_link.address", 30, timedelta(hours=1))
# an account may come with each
NEW_SHOPS = ("shop_link.new", 20, timedelta(days=1))


@login_required
@never_cache
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link, copy it, take it back."""
    officer = officer_for(request.user, slug)
    rows = [
        (row, request.build_absolute_uri(reverse("shop-link", args=[row.token])))
        for row in queries.links_of(officer.group_id, at=clock.now())
    ]
    standing = next((url for row, url in rows if not row.expires_at and row.state == "open"), "")
    fresh = next((pair for pair in rows if pair[0].expires_at and pair[0].state == "open"), None)
    context = page_of(request, officer, "merchants") | {
        "rows": rows,
        "standing": standing,
        "standing_qr": _qr(standing) if standing else "",
        "standing_words": _for_all(officer.group.name, standing),
        "fresh": fresh,
        "fresh_words": _for_one(officer.group.name, *fresh) if fresh else "",
    }
    return render(request, "merchants/links/index.html", context)


def _qr(url: str) -> str:
    return str(segno.make(url, error="m").png_data_uri(scale=6, border=4))


def _for_one(group: str, row: queries.LinkRow, url: str) -> str:
    said = {"group": group, "brand": row.brand, "url": url}
    if row.brand:
        return _("「%(group)s」已经替%(brand)s写好资料，点开就能接手，14 天内有效：%(url)s") % said
    return _("「%(group)s」请你的店来卖。点开填资料，证件拍照就行，14 天内有效：%(url)s") % said


def _for_all(group: str, url: str) -> str:
    return _("想卖给「%(group)s」的商家，从这里填资料，审核通过就能开团：%(url)s") % {
        "group": group,
        "url": url,
    }


@login_required
@require_POST
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """A link for one shop, or the standing one in place of the last."""
    officer = officer_for(request.user, slug)
    form = LinkForm(request.POST)
    press_once(
        request,
        form,
        group_id=officer.group_id,
        act="merchants.shop-link-new",
        work=lambda: service.make_link(
            group_id=officer.group_id,
            actor_id=officer.pk,
            for_all=form.cleaned_data["for_all"],
        ),
    )
    messages.success(request, _("链接做好了，复制发给商家。"))
    return redirect("merchants:shop-links", slug)


@login_required
@require_POST
def hand_over(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """A link that makes somebody the owner of a shop that an officer wrote down."""
    officer, row = officer_at_home(request.user, slug, merchant_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=row.group_id,
        act="merchants.hand-over",
        merchant_id=merchant_id,
        work=lambda: service.make_link(
            group_id=row.group_id, actor_id=officer.pk, merchant_id=merchant_id
        ),
    )
    messages.success(request, _("链接做好了，复制发给店主。"))
    return redirect("merchants:shop-links", slug)


@login_required
@require_POST
def close(request: HttpRequest, slug: str, shop_link_id: int) -> HttpResponse:
    officer = officer_for(request.user, slug)
    link = link_of(officer.group_id, shop_link_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=officer.group_id,
        act="merchants.shop-link-close",
        link_id=link.pk,
        work=lambda: service.close_link(
            group_id=officer.group_id, actor_id=officer.pk, link_id=link.pk
        ),
    )
    messages.success(request, _("链接收回了。"))
    return redirect("merchants:shop-links", slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """/s/<token>/: which group this is and what comes, and the first step. A dead link of any kind
    has one answer."""
    act, most, per = GUESSES
    limits.spend(act, address_of(request), most=most, per=per)
    link = queries.link_with(token)
    if link is None:
        return _quiet(render(request, "merchants/links/gone.html", status=404))
    limits.give_back(act, address_of(request))
    if request.method == "POST":
        act, most, per = NEW_SHOPS
        limits.spend(act, address_of(request), most=most, per=per)
    form = ShopForm(request.POST if "brand" in request.POST else None)
    if request.method == "POST" and (answer := _come(request, link, form)):
        return _quiet(answer)
    shops = queries.own_shops(request.user.pk) if request.user.pk else []
    context = {"link": link, "form": form, "shops": shops, "next": request.path}
    status = 422 if request.method == "POST" else 200
    return _quiet(render(request, "merchants/links/enter.html", context, status=status))


def _come(request: HttpRequest, link: ShopLink, form: ShopForm) -> HttpResponseBase | None:
    """Her shop's page in this group; None when the form has to say what is wrong."""
    person = request.user if isinstance(request.user, User) else None
    own, page = OwnShopForm(request.POST), "merchants:application"
    user_id, language = person.pk if person else None, get_language() or "zh-hans"
    try:
        if form.is_bound:
            if not form.is_valid():
                return None
            row, user = service.come_by_link(
                link_id=link.pk, user_id=user_id, shop=form.shop(), language=language
            )
            page = "merchants:documents"  # the second step; who brings a shop sees what is there
        elif person and own.is_valid() and own.cleaned_data["merchant"]:
            shop_id, user = own.cleaned_data["merchant"], person
            row = service.come_with_shop(link_id=link.pk, user_id=person.pk, merchant_id=shop_id)
        else:
            row, user = service.take_over(link_id=link.pk, user_id=user_id, language=language)
    except DomainError as refusal:
        if not form.is_bound:
            raise
        form.refuse(refusal)
        return None
    messages.success(request, _("第一步存好了。随时可以停，换手机、电脑接着填。"))
    to = reverse(page, args=[link.group.slug, row.merchant_id])
    return redirect(to) if person else sign_in(request, user, method="invitation", to=to)


def _quiet(response: HttpResponseBase) -> HttpResponseBase:
    """The token in the address goes nowhere else."""
    response["Referrer-Policy"] = "same-origin"  # without any, browsers send forms from "null"
    return response
