"""A merchant's page. It lives up here because the facts behind the badge are orders."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from merchants.access import caller_for
from merchants.forms.merchants import SearchForm
from merchants.queries.agreements import of_merchant
from merchants.queries.documents import documents_of
from merchants.queries.follows import following_of
from merchants.queries.items import shelf_of
from merchants.queries.questions import questions_of
from merchants.queries.rated import rated_of
from merchants.queries.vetting import vetting_of
from merchants.views.shared import frame, page_links
from orders.queries.merchants import record_of, rounds_of
from orders.queries.settlement_tasks import waiting_for_shop
from tuangou.core import clock


@login_required
@require_GET
def show(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """One merchant: the badge and why, twelve months, rounds, goods with the store price (W6)."""
    caller = caller_for(request.user, slug, merchant_id)
    application, at = caller.application, clock.now()
    group = application.group
    agreement = of_merchant(group.pk, merchant_id, at=at, rules_version=group.rules_version)
    shelf = shelf_of(
        merchant_id,
        group_id=group.pk,
        zone=group.time_zone,
        at=at,
        all_goods=caller.keeps_goods,
        page=SearchForm(request.GET).number(),
    )
    rated = rated_of(application.rated)
    first = agreement.past[-1] if agreement.past else agreement.current
    member_id = caller.membership.pk if caller.membership else None
    running, over = rounds_of(group.pk, merchant_id, at=at)
    today = group.local(at).date()
    context = frame(request, caller) | {
        "papers": documents_of(merchant_id, today=today),
        "band": "stop" if application.status == "suspended" else application.band,
        "agreement": agreement,
        "since": first.valid_from if first else None,
        "vetting": vetting_of(application, today=today),
        "following": following_of(group.pk, merchant_id, member_id=member_id),
        "questions": questions_of(
            group.pk,
            merchant_id,
            at=at,
            reads_hidden=caller.is_initiator or caller.is_staff,
        ),
        "rated": rated,
        "cards": [(card, rated.of(card.item.pk)) for card in shelf.cards],
        "record": record_of(group.pk, merchant_id, today=today),
        "running": running,
        "over": over,
        "shelf": shelf,
        "seen": sum(1 for card in shelf.cards if card.claim.holds),
        "code": masked_code(application.merchant.credit_code),
    }
    if caller.is_owner:
        context["settlements_waiting"] = waiting_for_shop(merchant_id).get(group.pk, 0)
    context |= page_links(shelf.page, has_more=shelf.has_more)
    return render(request, "orders/merchants/show.html", context)


def masked_code(code: str | None) -> str:
    """9131****250X, what neighbours see of a credit code."""
    return f"{code[:4]}****{code[-4:]}" if code else ""
