"""The people of the group; lives here because rank is made of collected orders (G4)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from groups.access import membership_for
from groups.queries.pages import page_of
from orders.queries.members import ACTIVE_FROM, SENIOR_FROM, members_page
from tuangou.core import clock


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Neighbours by building; each sees of the others what the rules allow."""
    member = membership_for(request.user, slug)
    query, number = request.GET.get("q", ""), request.GET.get("page", "1")
    page = members_page(
        member,
        at=clock.now(),
        search=query,
        page=int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 1,
    )
    context = page_of(request, member, "console" if member.is_officer else "me") | {
        "page": page,
        "query": query,
        "newer": _page_url(query, page.page - 1) if page.page > 1 else "",
        "older": _page_url(query, page.page + 1) if page.page < page.pages else "",
        "active_from": ACTIVE_FROM,
        "senior_from": SENIOR_FROM,
    }
    return render(request, "orders/members/index.html", context)


def _page_url(query: str, page: int) -> str:
    return "?" + urlencode({"q": query, "page": page})
