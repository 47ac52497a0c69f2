"""A day's helper counts what comes, and photographs it: no money, no names (O9, O10)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders.forms.deliveries import ArrivalForm, PhotosForm
from orders.models import HelperLink, RoundStatus
from orders.queries.delivery_pages import offers_with_ordered
from orders.queries.later_arrivals import lacking
from orders.services.deliveries import record_arrival
from orders.services.delivery_photos import add_photos
from orders.services.later_arrivals import record_later
from orders.views.helpers import link_of
from tuangou.core.errors import DomainError
from tuangou.core.http import request_id_of


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, token: str) -> HttpResponse:
    """What came: the whole car, or later what was missing. What is short waits for an officer."""
    link = _at_the_desk(request, token)
    rnd = link.round
    first = rnd.status != RoundStatus.ARRIVED
    offers = offers_with_ordered(rnd) if first else lacking(rnd)
    form = ArrivalForm(request.POST if request.method == "POST" else None, offers=offers)
    if request.method == "POST" and form.is_valid():
        try:
            _write(link, form, first=first)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("到货登记好了。少的等团长分，别的可以交了。"))
            return redirect("helper", token)
    context = {
        "group": link.group,
        "link": link,
        "round": rnd,
        "form": form,
        "rows": form.rows(),
        "first": first,
        "may": rnd.status in (RoundStatus.CONFIRMED, RoundStatus.ARRIVED),
        "token": token,
    }
    status = 422 if form.errors else 200
    return render(request, "orders/helpers/arrival.html", context, status=status)


@require_http_methods(["GET", "POST"])
def photos(request: HttpRequest, token: str) -> HttpResponse:
    """Pictures of what came."""
    link = _at_the_desk(request, token)
    offers = [offer for offer, _ordered in offers_with_ordered(link.round)]
    form = PhotosForm(
        request.POST if request.method == "POST" else None, request.FILES or None, offers=offers
    )
    if request.method == "POST" and form.is_valid():
        try:
            add_photos(
                round_id=link.round_id,
                actor_id=link.made_by_id,
                photos=form.cleaned_data["photos"],
                offer_id=form.cleaned_data["offer"],
                helper_id=link.pk,
                request_id=request_id_of(form),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("照片传好了，邻居都看得到。"))
            return redirect("helper", token)
    context = {"group": link.group, "link": link, "round": link.round, "form": form}
    context["token"] = token
    status = 422 if form.errors else 200
    return render(request, "orders/helpers/photos.html", context, status=status)


def _at_the_desk(request: HttpRequest, token: str) -> HelperLink:
    """The link, unless it is for one building: who has that sees nothing of the others' goods."""
    link = link_of(request, token)
    if link.building:
        raise Http404
    return link


def _write(link: HelperLink, form: ArrivalForm, *, first: bool) -> None:
    if first:
        record_arrival(
            round_id=link.round_id,
            actor_id=link.made_by_id,
            delivered=form.came(),
            note=form.cleaned_data["note"],
            helper_id=link.pk,
            request_id=request_id_of(form),
        )
    else:
        record_later(
            round_id=link.round_id,
            actor_id=link.made_by_id,
            delivered=form.came(),
            helper_id=link.pk,
            request_id=request_id_of(form),
        )
