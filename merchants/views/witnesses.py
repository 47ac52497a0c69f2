"""Prices seen in the store: record one, look at all, decide of one that differs (M6)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import membership_for
from groups.views.acts import act_once
from merchants.access import caller_for, contested_for_officer, item_of, picture_of_witness
from merchants.forms.witnesses import RulingForm, WitnessForm
from merchants.queries.items import claim_of_item
from merchants.queries.price_deciders import deciders_of
from merchants.queries.witnesses import looks_at
from merchants.services import witnesses as service
from merchants.views.shared import frame
from tuangou.core import clock, limits

LOOKS_A_DAY = 20


@login_required
@require_GET
def index(request: HttpRequest, slug: str, merchant_id: int, item_id: int) -> HttpResponse:
    """What the shop says, who saw what where and when, and what the initiator decided."""
    caller = caller_for(request.user, slug, merchant_id)
    deciders = deciders_of(caller.application.group_id, merchant_id)
    member_id = caller.membership.pk if caller.membership and caller.is_officer else 0
    item, at, group = item_of(merchant_id, item_id), clock.now(), caller.application.group
    looks = looks_at(item, group_id=group.pk, at=at)
    context = frame(request, caller) | {
        "item": item,
        "looks": looks,
        "claim": claim_of_item(item, group_id=group.pk, zone=group.time_zone),
        "deciders": deciders,
        "decides": member_id in deciders.ids,
        "open": [look for look in looks if look.state == "contests"],
    }
    return render(request, "merchants/witnesses/index.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, merchant_id: int, item_id: int) -> HttpResponse:
    """A member saw what it costs in the store."""
    member = membership_for(request.user, slug)
    caller = caller_for(request.user, slug, merchant_id)
    item, at = item_of(merchant_id, item_id), clock.now()
    posted = request.method == "POST"
    if posted:
        limits.spend("merchants.look", str(member.pk), most=LOOKS_A_DAY, per=timedelta(days=1))
    form = WitnessForm(
        *((request.POST, request.FILES) if posted else ()),
        initial={"seen_on": member.group.local(at).date()},
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=member.group_id,
        act="merchants.witness-new",
        item_id=item.pk,
        work=lambda: service.witness_price(
            group_id=member.group_id,
            item_id=item.pk,
            actor_id=member.pk,
            price_fen=form.cleaned_data["price"],
            place=form.cleaned_data["place"],
            seen_at=form.seen_at(member.group, at),
            picture=form.cleaned_data["picture"],
        ),
    ):
        messages.success(request, _("记下了，邻居会看到是谁、哪天、在哪看到的。"))
        return redirect("merchants:prices", slug, merchant_id, item.pk)
    context = frame(request, caller) | {
        "form": form,
        "item": item,
        "photo_again": bool(form.errors and request.FILES),
    }
    status = 422 if form.errors else 200
    return render(request, "merchants/witnesses/new.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, slug: str, merchant_id: int, price_witness_id: int) -> HttpResponse:
    """The initiator, or a deputy in her place, decides whose price counts, and says why."""
    officer, row = contested_for_officer(request.user, slug, merchant_id, price_witness_id)
    deciders_of(officer.group_id, merchant_id).check(officer.pk)
    caller = caller_for(request.user, slug, merchant_id)
    form = RulingForm(request.POST if request.method == "POST" else None)
    if form.is_bound and act_once(
        request,
        form,
        group_id=officer.group_id,
        act="merchants.price-ruling",
        witness_id=row.pk,
        work=lambda: service.rule_price(
            group_id=officer.group_id,
            witness_id=row.pk,
            actor_id=officer.pk,
            stands=form.cleaned_data["stands"] == "yes",
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, _("定了，商家和说话的邻居会收到。"))
        return redirect("merchants:prices", slug, merchant_id, row.item_id)
    context = frame(request, caller) | {"form": form, "row": row, "item": row.item}
    status = 422 if form.errors else 200
    return render(request, "merchants/witnesses/rule.html", context, status=status)


@login_required
@require_GET
def picture(
    request: HttpRequest, slug: str, merchant_id: int, price_witness_id: int
) -> FileResponse:
    """The picture of a price, for the group and the shop."""
    caller = caller_for(request.user, slug, merchant_id)
    row = picture_of_witness(caller.application.group_id, merchant_id, price_witness_id)
    response = FileResponse(row.picture.open("rb"), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=86400"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response
