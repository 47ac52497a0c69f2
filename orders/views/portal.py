"""A shop's own start page: what to prepare, to bring and to answer today, in all its groups."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from groups.queries.pages import Inbox
from merchants.access import role_in
from merchants.models import StaffRole
from merchants.queries.staff import helper_id_of
from orders.queries.portal import portal_of
from tuangou.core import clock
from tuangou.core.http import person_id


@login_required
@never_cache
@require_GET
def show(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """Today first, for the shop's staff on a phone; one part per group. 404 for everyone else."""
    role = role_in(request.user, merchant_id)
    is_owner = role == StaffRole.OWNER
    portal = (
        portal_of(merchant_id, user_id=person_id(request), is_owner=is_owner, at=clock.now())
        if role
        else None
    )
    if portal is None:
        raise Http404
    context = {
        "portal": portal,
        "merchant": portal.merchant,
        "is_owner": is_owner,
        "helper_id": None if is_owner else helper_id_of(merchant_id, person_id(request)),
        "inbox": Inbox(reverse("notices")),
    }
    return render(request, "orders/portal/show.html", context)


@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """What good packaging, a good answer and a good photo look like. For anybody."""
    return render(request, "merchants/home/guide.html")
