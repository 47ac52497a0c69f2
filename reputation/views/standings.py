"""A standing, and why: of a merchant, and of whoever holds the mandate (R5)."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from groups.access import membership_for
from groups.queries.pages import page_of
from merchants.access import caller_for
from merchants.views.shared import frame
from reputation.models import Subject
from reputation.models.weights import REPAIRS, RULINGS, WEIGHTS, Kind
from reputation.queries.standings import mandate_in_office, standing_page
from tuangou.core import clock


@login_required
@require_GET
def merchant(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """For members and the shop itself."""
    caller = caller_for(request.user, slug, merchant_id)
    row = caller.application
    found = standing_page(row.group, Subject.MERCHANT, merchant_id, at=clock.now())
    context = frame(request, caller) | {
        "name": row.merchant.brand,
        "band": "stop" if row.status == "suspended" else found.now.band,
        "found": found,
        "weights": weights(),
    }
    return render(request, "reputation/standings/show.html", context)


@login_required
@require_GET
def initiator(request: HttpRequest, slug: str) -> HttpResponse:
    """The present term of office. For members."""
    member = membership_for(request.user, slug)
    mandate = mandate_in_office(member.group_id)
    if mandate is None:
        raise Http404
    found = standing_page(member.group, Subject.MANDATE, mandate.pk, at=clock.now())
    context = page_of(request, member, "merchants") | {
        "name": mandate.membership.nickname,
        "band": found.now.band,
        "found": found,
        "weights": weights(),
    }
    return render(request, "reputation/standings/show.html", context)


def weights() -> list[tuple[str, str]]:
    """The published table of the present version: what each kind weighs, signed."""
    latest = WEIGHTS[max(WEIGHTS)]
    fixed = [
        (str(Kind(kind).label), f"{milli / 1000:+g}") for kind, milli in latest.items() if milli
    ]
    return [
        *fixed,
        (_("投诉裁定属实：轻、重、严重"), _signed(RULINGS.values())),
        (_("补救最多：道歉并补偿、道歉、解释"), _signed(filter(None, REPAIRS.values()))),
    ]


def _signed(weights: Iterable[int]) -> str:
    return " / ".join(f"{milli / 1000:+g}" for milli in weights)
