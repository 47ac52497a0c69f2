"""Goods of a merchant (M6)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from groups.views.acts import act_once, press_once
from merchants.access import Caller, item_of, keeper_for
from merchants.forms.items import ItemForm
from merchants.forms.merchants import ButtonForm
from merchants.models import Item
from merchants.queries.items import process_photos
from merchants.services import items as service
from merchants.views.shared import frame, onward


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Put goods on the shelf."""
    caller = keeper_for(request.user, slug, merchant_id)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ItemForm(*data, initial={"step": "1"})
    if form.is_bound and act_once(
        request,
        form,
        group_id=caller.application.group_id,
        act="merchants.item-new",
        merchant_id=merchant_id,
        work=lambda: service.add_item(
            merchant_id=merchant_id,
            goods=form.goods(),
            user_id=caller.user_id,
            photo=form.photo_bytes(),
            proof=form.proof_bytes(),
            process=form.cleaned_data["process_photos"],
        ),
    ):
        messages.success(request, _("货品加好了。"))
        return _onward(caller)
    return _form(request, caller, form, None)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, merchant_id: int, item_id: int) -> HttpResponse:
    """Change goods; rounds keep what they copied."""
    caller = keeper_for(request.user, slug, merchant_id)
    item = item_of(merchant_id, item_id)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ItemForm(*data, initial=ItemForm.initial_of(item), shown=process_photos(item.pk))
    if form.is_bound and act_once(
        request,
        form,
        group_id=caller.application.group_id,
        act="merchants.item-edit",
        item_id=item.pk,
        work=lambda: service.change_item(
            item_id=item.pk,
            goods=form.goods(),
            user_id=caller.user_id,
            photo=form.photo_bytes(),
            proof=form.proof_bytes(),
            process=form.cleaned_data["process_photos"],
            drop=form.cleaned_data["drop"],
        ),
    ):
        messages.success(request, _("货品改好了。已经开的团不变。"))
        return _onward(caller)
    return _form(request, caller, form, item)


def _onward(caller: Caller) -> HttpResponse:
    return onward(caller.application, draft="merchants:goods", otherwise="merchants:merchant")


def _form(request: HttpRequest, caller: Caller, form: ItemForm, item: Item | None) -> HttpResponse:
    context = frame(request, caller) | {
        "form": form,
        "item": item,
        "photo_again": bool(form.errors and request.FILES),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/items/form.html", context, status=status)


def _shelve(
    request: HttpRequest, slug: str, merchant_id: int, item_id: int, *, on_sale: bool, said: str
) -> HttpResponse:
    caller = keeper_for(request.user, slug, merchant_id)
    item = item_of(merchant_id, item_id)
    press_once(
        request,
        ButtonForm(request.POST),
        group_id=caller.application.group_id,
        act="merchants.item-put-back" if on_sale else "merchants.item-withdraw",
        item_id=item.pk,
        work=lambda: service.shelve_item(item_id=item.pk, user_id=caller.user_id, on_sale=on_sale),
    )
    messages.success(request, said)
    return _onward(caller)


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str, merchant_id: int, item_id: int) -> HttpResponse:
    said = _("下架了，新的团里不再有它。")
    return _shelve(request, slug, merchant_id, item_id, on_sale=False, said=said)


@login_required
@require_POST
def put_back(request: HttpRequest, slug: str, merchant_id: int, item_id: int) -> HttpResponse:
    said = _("上架了，可以放进新的团。")
    return _shelve(request, slug, merchant_id, item_id, on_sale=True, said=said)
