"""A shop's people: the owner, her helpers, and the link by which a helper comes (M1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.queries.pages import Inbox
from merchants.access import owner_of_shop, role_in
from merchants.forms.merchants import ButtonForm
from merchants.forms.staff import HelperForm
from merchants.models import Merchant, StaffLink
from merchants.queries import staff as queries
from merchants.services import staff as service
from tuangou.core import clock, limits
from tuangou.core.accounts import address_of
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.http import person_id, request_id_of
from tuangou.core.models import User
from tuangou.core.requests import once
from tuangou.core.signin import sign_in

# wrong tokens from one network; accounts that come with a link
GUESSES = ("staff_link.address", 30, timedelta(hours=1))
NEW_HELPERS = ("staff_link.new", 20, timedelta(days=1))


@login_required
@never_cache
@require_GET
def index(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """Who acts for the shop; make a link, copy it, take it back; send somebody away; hand it on."""
    shop = owner_of_shop(request.user, merchant_id)
    rows = [
        (row, request.build_absolute_uri(reverse("staff-link", args=[row.token])))
        for row in queries.staff_links_of(merchant_id, at=clock.now())
    ]
    fresh = next((url for row, url in rows if row.state == "open"), "")
    context = {
        "merchant": shop,
        "inbox": Inbox(reverse("notices")),
        "staff": queries.staff_rows(merchant_id),
        "rows": rows,
        "fresh_words": _words(shop, fresh) if fresh else "",
    }
    return render(request, "merchants/staff/index.html", context)


def _words(shop: Merchant, url: str) -> str:
    return _(
        "来帮「%(brand)s」备货、送货、答复邻居：点开就是店员，3 天内有效，别转给别人。%(url)s"
    ) % {
        "brand": shop.brand,
        "url": url,
    }


@login_required
@require_POST
def link_new(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """A link for one helper."""
    shop = owner_of_shop(request.user, merchant_id)
    _press(
        request,
        "merchants.staff-link-new",
        shop.pk,
        lambda: service.make_staff_link(merchant_id=shop.pk, actor_user_id=person_id(request)),
    )
    messages.success(request, _("链接做好了，复制发给店员。"))
    return redirect("staff", merchant_id)


@login_required
@require_POST
def link_close(request: HttpRequest, merchant_id: int, staff_link_id: int) -> HttpResponse:
    shop = owner_of_shop(request.user, merchant_id)
    if staff_link_id not in {row.id for row in queries.staff_links_of(shop.pk, at=clock.now())}:
        raise Http404
    _press(
        request,
        "merchants.staff-link-close",
        staff_link_id,
        lambda: service.close_staff_link(
            merchant_id=shop.pk, link_id=staff_link_id, actor_user_id=person_id(request)
        ),
    )
    messages.success(request, _("链接收回了。"))
    return redirect("staff", merchant_id)


@login_required
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, merchant_id: int, staff_id: int) -> HttpResponse:
    """A helper goes: sent away by the owner, or by herself. Asked once more."""
    row = _row(merchant_id, staff_id) if role_in(request.user, merchant_id) else None
    mine = row is not None and row.user_id == request.user.pk
    if not mine:
        owner_of_shop(request.user, merchant_id)
    if row is None or row.is_owner:
        raise Http404
    if request.method == "POST":
        _press(
            request,
            "merchants.staff-remove",
            staff_id,
            lambda: service.remove_helper(
                merchant_id=merchant_id, staff_id=staff_id, actor_user_id=person_id(request)
            ),
        )
        if mine:
            messages.success(request, _("退出了，你不再是店员。"))
            return redirect("home")
        messages.success(request, _("已经不是店员了，从现在起看不到店里的单。"))
        return redirect("staff", merchant_id)
    stay = reverse("portal" if mine else "staff", args=[merchant_id])
    context = _frame() | {"row": row, "mine": mine, "form": ButtonForm(), "stay_url": stay}
    return render(request, "merchants/staff/remove.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def hand_on(request: HttpRequest, merchant_id: int, staff_id: int) -> HttpResponse:
    """A helper becomes the owner. Asked once more."""
    shop = owner_of_shop(request.user, merchant_id)
    row = _row(merchant_id, staff_id)
    if row is None or row.is_owner:
        raise Http404
    if request.method == "POST":
        _press(
            request,
            "merchants.staff-hand-on",
            staff_id,
            lambda: service.hand_shop_on(
                merchant_id=shop.pk, staff_id=staff_id, actor_user_id=person_id(request)
            ),
        )
        messages.success(request, _("店交出去了，你现在是店员。"))
        return redirect("portal", merchant_id)
    context = _frame() | {
        "row": row,
        "merchant": shop,
        "form": ButtonForm(),
        "stay_url": reverse("staff", args=[shop.pk]),
    }
    return render(request, "merchants/staff/hand_on.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """/k/<token>/: whose shop this is and what a helper may do. A dead link of any kind has one
    answer."""
    act, most, per = GUESSES
    limits.spend(act, address_of(request), most=most, per=per)
    link = queries.staff_link_with(token)
    if link is None:
        return _quiet(render(request, "merchants/staff/gone.html", status=404))
    limits.give_back(act, address_of(request))
    person = request.user if isinstance(request.user, User) else None
    posted = request.method == "POST"
    form = HelperForm(request.POST if posted and person is None else None)
    if posted and (answer := _join(request, link, person, form)):
        return _quiet(answer)
    context = {"link": link, "form": form, "person": person, "next": request.path}
    status = 422 if form.errors else 200
    return _quiet(render(request, "merchants/staff/enter.html", context, status=status))


def _join(
    request: HttpRequest, link: StaffLink, person: User | None, form: HelperForm
) -> HttpResponseBase | None:
    """The shop's page for its new helper; None when the form has to say what is wrong."""
    act, most, per = NEW_HELPERS
    limits.spend(act, address_of(request), most=most, per=per)
    if person is None and not form.is_valid():
        return None
    try:
        user = service.join_staff(
            link_id=link.pk,
            user_id=person.pk if person else None,
            nickname="" if person else form.cleaned_data["nickname"],
            language=get_language() or "zh-hans",
        )
    except DomainError as refusal:
        if person is not None:
            raise
        form.refuse(refusal)
        return None
    messages.success(request, _("你是店员了。"))
    to = reverse("portal", args=[link.merchant_id])
    return redirect(to) if person else sign_in(request, user, method="invitation", to=to)


def _row(merchant_id: int, staff_id: int) -> queries.StaffRow | None:
    return next((row for row in queries.staff_rows(merchant_id) if row.id == staff_id), None)


def _frame() -> dict[str, object]:
    return {"inbox": Inbox(reverse("notices"))}


def _press(request: HttpRequest, act: str, target: int, work: Callable[[], object]) -> None:
    """A single button, once however often it is sent. Shops are beyond any one group."""
    form = ButtonForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("这个按钮按得不对。回到上一页，刷新后再按"))
    once(
        group_id=None,
        user_id=request.user.pk,
        key=request_id_of(form),
        act=act,
        body={"target": target},
        work=work,
        replay=lambda: None,
    )


def _quiet(response: HttpResponseBase) -> HttpResponseBase:
    """The token in the address goes nowhere else."""
    response["Referrer-Policy"] = "same-origin"  # without any, browsers send forms from "null"
    return response
