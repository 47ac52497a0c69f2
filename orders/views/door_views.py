"""Doors of a round that the merchant brings to the doors: each look is written down."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.queries.callers import round_to_the_door
from orders.services.door_views import ON_THE_WAY, look_at_doors
from orders.views.deliveries import frame
from tuangou.core.http import person_id


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """What will happen, and a button; behind the button the doors, once. Nothing is kept on the
    phone: looking again is another look."""
    member, rnd = round_to_the_door(request.user, slug, round_id)
    stops = None
    if request.method == "POST":
        stops = look_at_doors(round_id=rnd.pk, user_id=person_id(request))
    buildings: dict[str, list[object]] = {}
    for stop in stops or ():
        buildings.setdefault(stop.bag.building or _("先打电话问一下"), []).append(stop)
    context = frame(request, member, rnd) | {
        "round": rnd,
        "stops": stops,
        "buildings": buildings,
        "may_look": rnd.status in ON_THE_WAY,
    }
    return render(request, "orders/door_views/show.html", context)
