"""Who sells here: the list, and what a merchant says about itself. Its page is in orders."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import membership_for
from groups.queries.pages import page_of
from groups.views.acts import act_once
from merchants.access import keeper_for
from merchants.forms.merchants import SearchForm, ShopForm
from merchants.queries import applications as queries
from merchants.services import merchants as service
from merchants.services.applications import bring_merchant
from merchants.views.shared import frame, page_links
from tuangou.core import clock


@login_required
@require_GET
def merchant_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Everyone who sells here; for officers also who waits to."""
    member = membership_for(request.user, slug)
    search, at = SearchForm(request.GET), clock.now()
    query = search.query()
    found = queries.merchants_of(member.group_id, at=at, query=query, page=search.number())
    user_id = request.user.pk or 0
    context = page_of(request, member, "merchants") | {
        "found": found,
        "query": query,
        "waiting": queries.waiting_in(member.group_id, at=at) if member.is_officer else [],
        "own": queries.shops_here(user_id, member.group_id, at=at),
    }
    context |= page_links(found.page, has_more=found.has_more, **({"q": query} if query else {}))
    return render(request, "merchants/merchants/list.html", context)


@login_required
@require_GET
def month(request: HttpRequest, slug: str) -> HttpResponse:
    """The merchant list of the month, as words for the chat."""
    member = membership_for(request.user, slug)
    url = request.build_absolute_uri(reverse("merchants:list", args=[slug]))
    text = queries.list_text(member.group, at=clock.now(), url=url)
    context = page_of(request, member, "merchants") | {"text": text}
    return render(request, "merchants/merchants/month.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, slug: str) -> HttpResponse:
    """A shop wants to sell here: a member's own, or one that an officer brings (M4)."""
    member = membership_for(request.user, slug)
    form = ShopForm(request.POST if request.method == "POST" else None)
    send = "draft" not in request.POST
    if form.is_bound and act_once(
        request,
        form,
        group_id=member.group_id,
        act="merchants.apply",
        send=send,
        work=lambda: bring_merchant(
            group_id=member.group_id,
            user_id=request.user.pk or 0,
            shop=form.shop(),
            by_officer=member.is_officer,
            send=send,
        ),
    ):
        said = _("交给团长了，审核后这里会看到结果。") if send else _("草稿存好了。")
        messages.success(request, said)
        return redirect("merchants:list", slug)
    context = page_of(request, member, "merchants") | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "merchants/applications/apply.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Correct what a merchant says about itself (M1)."""
    caller = keeper_for(request.user, slug, merchant_id)
    row = caller.application.merchant
    form = ShopForm(
        request.POST if request.method == "POST" else None, initial=ShopForm.initial_of(row)
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=caller.application.group_id,
        act="merchants.edit",
        merchant_id=row.pk,
        work=lambda: service.change_merchant(
            merchant_id=row.pk, user_id=caller.user_id, shop=form.shop()
        ),
    ):
        messages.success(request, _("资料改好了。"))
        return redirect("merchants:application", slug, row.pk)
    context = frame(request, caller) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "merchants/merchants/edit.html", context, status=status)
