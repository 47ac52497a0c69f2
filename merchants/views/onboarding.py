"""Steps three to five of a shop's way into a group: goods, promises, check and send (M2)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.views.acts import act_once
from merchants.access import keeper_for
from merchants.forms.onboarding import PromisesForm
from merchants.queries import onboarding as queries
from merchants.services import promises as service
from merchants.views.shared import frame
from tuangou.core import clock


@login_required
@require_GET
def goods(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Everything the shop sells, with both prices and whether the store's price is proven."""
    caller = keeper_for(request.user, slug, merchant_id)
    context = frame(request, caller) | {"goods": queries.goods_of(merchant_id)}
    return render(request, "merchants/onboarding/goods.html", context)


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
        return redirect("merchants:check", slug, merchant_id)
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
