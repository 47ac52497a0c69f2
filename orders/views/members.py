"""The people of the group; lives here because rank is made of collected orders (G4)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from groups.access import membership_for
from groups.queries.pages import page_of
from orders.queries.members import members_page
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
        page=int(number) if number.isdecimal() and len(number) < 7 else 1,
    )
    context = page_of(request, member, "console" if member.is_officer else "me") | {
        "page": page,
        "query": query,
        "newer": f"?q={query}&page={page.page - 1}" if page.page > 1 else "",
        "older": f"?q={query}&page={page.page + 1}" if page.page < page.pages else "",
    }
    return render(request, "orders/members/index.html", context)
