"""Steps three to five of a shop's way into a group: goods, promises, check and send (M2)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.views.acts import act_once
from merchants.access import keeper_for
from merchants.forms.onboarding import PromisesForm, SheetForm
from merchants.models import Category
from merchants.queries import onboarding as queries
from merchants.services import goods_sheets as sheets_in
from merchants.services import promises as service
from merchants.views.shared import frame, onward
from tuangou.core import clock, limits, sheets

SHEETS_A_DAY = 30


@login_required
@require_GET
def goods(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Everything the shop sells, with both prices and whether the store's price is proven."""
    caller = keeper_for(request.user, slug, merchant_id)
    context = frame(request, caller) | {"goods": queries.goods_of(merchant_id)}
    return render(request, "merchants/onboarding/goods.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def goods_sheet(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Many goods at once: the right rows are added, the cells of the others named."""
    caller = keeper_for(request.user, slug, merchant_id)
    if request.method == "POST":
        day = timedelta(days=1)
        limits.spend("merchants.sheet", str(merchant_id), most=SHEETS_A_DAY, per=day)
    form = SheetForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    done: list[sheets_in.Imported] = []
    if form.is_bound and act_once(
        request,
        form,
        group_id=caller.application.group_id,
        act="merchants.goods-sheet",
        merchant_id=merchant_id,
        work=lambda: done.append(
            sheets_in.import_goods(
                merchant_id=merchant_id, rows=form.rows, wrong=form.wrong, user_id=caller.user_id
            )
        ),
    ):
        if not done or not done[0].errors:
            messages.success(request, _("货品都加好了。"))
            return redirect("merchants:goods", slug, merchant_id)
        form = SheetForm()
    context = frame(request, caller) | {"form": form, "done": done[0] if done else None}
    status = 422 if form.errors else 200
    return render(request, "merchants/onboarding/sheet.html", context, status=status)


@login_required
@require_GET
def goods_template(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """An empty workbook with the head, and how the categories are written."""
    keeper_for(request.user, slug, merchant_id)
    heads = (
        *(_("货品名"), _("规格"), _("品类"), _("按什么卖"), _("一次加减多少")),
        *(_("店价（元）"), _("团价（元）"), _("产地"), _("保质期"), _("怎么存"), _("说明")),
    )
    body = sheets.workbook(
        [
            sheets.Table(_("货品"), [sheets.Column(head) for head in heads], []),
            sheets.Table(_("品类"), [sheets.Column(_("品类"))], [[str(c.label)] for c in Category]),
        ]
    )
    response = HttpResponse(body, content_type=sheets.XLSX)
    response["Content-Disposition"] = 'attachment; filename="goods.xlsx"'
    return response


@login_required
@require_http_methods(["GET", "POST"])
def promises(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """What the shop promises this group."""
    caller = keeper_for(request.user, slug, merchant_id)
    row = caller.application
    form = PromisesForm(
        request.POST if request.method == "POST" else None, initial=PromisesForm.initial_of(row)
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=row.group_id,
        act="merchants.promises",
        merchant_id=merchant_id,
        work=lambda: service.promise(
            group_id=row.group_id,
            merchant_id=merchant_id,
            user_id=caller.user_id,
            promises=form.promises(),
        ),
    ):
        messages.success(request, _("承诺记下了。"))
        return onward(row, draft="merchants:check", otherwise="merchants:check")
    context = frame(request, caller) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "merchants/onboarding/promises.html", context, status=status)


@login_required
@require_GET
def check(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """All answers once more, what is missing, and the button that sends."""
    caller = keeper_for(request.user, slug, merchant_id)
    today = caller.application.group.local(clock.now()).date()
    context = frame(request, caller) | {
        "progress": queries.progress_of(caller.application, today=today)
    }
    return render(request, "merchants/onboarding/check.html", context)
