"""Returns: asked for by a member, decided by the initiator, refunded by the payee (O11)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import officer_for
from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import (
    may_receive,
    order_for_member,
    return_for_initiator,
    return_for_member,
    return_for_payee,
)
from orders.forms.orders import ActForm
from orders.forms.returns import DecisionForm, FilterForm, ReturnForm
from orders.models import Return, ReturnStatus, Wish
from orders.queries.callers import photo_for
from orders.queries.orders import order_page
from orders.queries.returns import ReturnsPage, return_view, returns_page
from orders.services.returns import (
    IN_KIND,
    accept_return,
    refund_return,
    reject_return,
    request_return,
    withdraw_return,
)
from tuangou.core import clock, money
from tuangou.core.errors import DomainError
from tuangou.core.http import person_id, request_id_of


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """All returns of the group: what waits for a decision first."""
    officer = officer_for(request.user, slug)
    form = FilterForm(request.GET)
    form.is_valid()
    status = form.cleaned_data.get("status") or ""
    page = returns_page(officer.group_id, status=status, page=form.cleaned_data.get("page") or 1)
    context = page_of(request, officer, "console") | {
        "page": page,
        "filters": _filters(page, status),
        "newer": _page_url(status, page.page - 1) if page.page > 1 else "",
        "older": _page_url(status, page.page + 1) if page.page < page.pages else "",
    }
    return render(request, "orders/returns/index.html", context)


def _page_url(status: str, page: int) -> str:
    return "?" + urlencode({"status": status, "page": page})


def _filters(page: ReturnsPage, status: str) -> list[dict[str, Any]]:
    rows = [("", _("全部"), sum(page.counts.values()))]
    rows += [(s.value, str(s.label), page.counts.get(s.value, 0)) for s in ReturnStatus]
    return [
        {
            "label": label,
            "count": count,
            "current": value == status,
            "url": "?" + urlencode({"status": value}),
        }
        for value, label, count in rows
    ]


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """「少了、坏了、不对」: which goods, what is wrong, what I want, photos."""
    member, order = order_for_member(request.user, slug, order_id)
    page = order_page(order, at=clock.now())
    lines = [line for line in page.lines if line.returnable]
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ReturnForm(*data, lines=lines)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            ret = request_return(
                line_id=cleaned["line"],
                actor_id=member.pk,
                quantity=cleaned["quantity"],
                reason=cleaned["reason"],
                wish=cleaned["wish"],
                text=cleaned["text"],
                photos=cleaned["photos"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("已交给团长，会尽快答复。"))
            return redirect("orders:return", slug, ret.pk)
    context = page_of(request, member, "mine") | {
        "order": order,
        "round": order.round,
        "page": page,
        "lines": lines,
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "orders/returns/new.html", context, status=status)


@login_required
@require_GET
def show(request: HttpRequest, slug: str, return_id: int) -> HttpResponse:
    """One return: the timeline both sides see, and for the initiator the decision."""
    member, ret = return_for_member(request.user, slug, return_id)
    return _page(request, member, ret)


def _page(
    request: HttpRequest, member: Membership, ret: Return, form: DecisionForm | None = None
) -> HttpResponse:
    view = return_view(ret.pk)
    is_open = ret.status == ReturnStatus.REQUESTED
    how = "kind" if ret.wish in IN_KIND else "money"
    payee = may_receive(request.user, member, ret.round)
    context = page_of(request, member, "console" if member.is_officer else "mine") | {
        "ret": ret,
        "view": view,
        "form": form or DecisionForm(initial={"amount": money.yuan(view.most_fen), "how": how}),
        "only_told": ret.wish == Wish.TELL,
        "may_decide": is_open and member.holds_mandate,
        "may_withdraw": is_open and not member.is_officer,
        "may_refund": ret.status == ReturnStatus.ACCEPTED and payee,
    }
    return render(request, "orders/returns/show.html", context, status=422 if form else 200)


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str, return_id: int) -> HttpResponse:
    """Take the request back before it is decided."""
    member, ret = return_for_member(request.user, slug, return_id)
    form = ActForm(request.POST)
    if form.is_valid():
        withdraw_return(return_id=ret.pk, actor_id=member.pk, request_id=request_id_of(form))
        messages.success(request, _("撤回了。"))
    return redirect("orders:return", slug, ret.pk)


@login_required
@require_POST
def accept(request: HttpRequest, slug: str, return_id: int) -> HttpResponse:
    """Grant an amount; the summary of the month moves with it."""
    initiator, ret = return_for_initiator(request.user, slug, return_id)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            accept_return(
                return_id=ret.pk,
                actor_id=initiator.pk,
                **form.share(),
                decision=form.cleaned_data["decision"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("同意了，双方都看得到。"))
            return redirect("orders:return", slug, ret.pk)
    return _page(request, initiator, ret, form)


@login_required
@require_POST
def reject(request: HttpRequest, slug: str, return_id: int) -> HttpResponse:
    """Refuse with a reason."""
    initiator, ret = return_for_initiator(request.user, slug, return_id)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            reject_return(
                return_id=ret.pk,
                actor_id=initiator.pk,
                decision=form.cleaned_data["decision"],
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("回绝了，理由双方都看得到。"))
            return redirect("orders:return", slug, ret.pk)
    return _page(request, initiator, ret, form)


@login_required
@require_POST
def refund(request: HttpRequest, slug: str, return_id: int) -> HttpResponse:
    """「钱已退」: the payee records that the money went back."""
    _member, ret = return_for_payee(request.user, slug, return_id)
    form = ActForm(request.POST)
    if form.is_valid():
        refund_return(return_id=ret.pk, user_id=person_id(request), request_id=request_id_of(form))
        messages.success(request, _("退款记下了。"))
    return redirect("orders:return", slug, ret.pk)


@login_required
@require_GET
def photo(request: HttpRequest, slug: str, photo_id: int) -> HttpResponseBase:
    """A picture of a return, for those who may see the return."""
    picture = photo_for(request.user, slug, photo_id)
    response = FileResponse(picture.file.open("rb"), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=86400"
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
