"""The start page of the installation: to her group, to her shop, or what this is."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from groups.queries.joining import waits_to_be_let_in
from groups.queries.memberships import groups_of
from merchants.forms.home import EnterForm
from merchants.queries.applications import shops_of


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Strangers: what this is. One group or one shop: there. Several: choose. None: where she
    waits to be let in, or how to get in.

    ?link= is what somebody pasted from the chat: it leads to the page of the link.
    """
    form = EnterForm(request.GET if "link" in request.GET else None, host=request.get_host())
    if form.is_bound and form.is_valid():
        return redirect(form.cleaned_data["link"])
    if not request.user.is_authenticated or form.is_bound:
        return _landing(request, form)
    user_id = request.user.pk or 0
    groups, shops = groups_of(user_id), shops_of(user_id)
    if len(groups) == 1 and not shops:
        name = "groups:loading" if groups[0].is_loading else "orders:home"
        return redirect(name, groups[0].slug)
    if not groups and len({shop.merchant_id for shop in shops}) == 1:
        return redirect("portal", shops[0].merchant_id)
    if groups or shops:
        return render(request, "merchants/home.html", {"groups": groups, "shops": shops})
    if waiting := waits_to_be_let_in(user_id):
        return redirect("groups:waiting", waiting[0].group.slug)
    return _landing(request, form)


def _landing(request: HttpRequest, form: EnterForm) -> HttpResponse:
    context = {"form": form, "demo": settings.DEMO}
    return render(request, "merchants/landing.html", context, status=422 if form.errors else 200)


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Help before anyone has signed in."""
    return render(request, "merchants/help.html")
