"""The start page of the installation: to her group, to her shop, or a word of help."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from groups.queries.memberships import groups_of
from merchants.queries.applications import shops_of


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """One group or one shop: there. Several: choose. None: how to get in."""
    user_id = request.user.pk or 0
    groups, shops = groups_of(user_id), shops_of(user_id)
    if len(groups) == 1 and not shops:
        name = "groups:loading" if groups[0].is_loading else "orders:home"
        return redirect(name, groups[0].slug)
    if len(shops) == 1 and not groups:
        return redirect("merchants:merchant", shops[0].slug, shops[0].merchant_id)
    return render(request, "merchants/home.html", {"groups": groups, "shops": shops})


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Help before anyone has signed in."""
    return render(request, "merchants/help.html")
