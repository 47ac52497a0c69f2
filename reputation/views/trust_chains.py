"""Why she may trust a shop, or what it sells: the chain, link by link (R10)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from merchants.access import Caller, caller_for, item_of
from merchants.models import Item
from merchants.views.shared import frame
from reputation.queries.chain_cards import card_text
from reputation.queries.trust_chains import chain_page, goods_of
from tuangou.core import clock


@login_required
@require_GET
def merchant(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """Of a shop. For members and the shop itself."""
    return _page(request, caller_for(request.user, slug, merchant_id), None)


@login_required
@require_GET
def item(request: HttpRequest, slug: str, merchant_id: int, item_id: int) -> HttpResponse:
    """Of one of its goods."""
    caller = caller_for(request.user, slug, merchant_id)
    return _page(request, caller, item_of(merchant_id, item_id))


def _page(request: HttpRequest, caller: Caller, item: Item | None) -> HttpResponse:
    application = caller.application
    page = chain_page(application, caller.membership, item=item, at=clock.now())
    here = request.build_absolute_uri(request.path)
    context = frame(request, caller) | {
        "page": page,
        "item": item,
        "goods": goods_of(application.merchant_id) if item is None else [],
        "say": card_text(page, group=application.group, url=here),
    }
    return render(request, "reputation/trust_chains/show.html", context)
