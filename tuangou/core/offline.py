"""Without a network: which pages a phone may keep, and what it shows for all others.

Only what a view marks with `keepable` is ever kept: a round's page, her own orders, and the list
that bags are handed out by, which must work in a cellar; never the console, members or money books.
The service worker (templates/sw.js) keeps the last few
and forgets them at the sign-in and sign-out pages, or when another person's page arrives.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

MARK = "Offline-Copy"


def keepable(response: HttpResponse, user_id: int) -> HttpResponse:
    """Mark a page of her own that her phone may show again without a network."""
    response[MARK] = salted_hmac("tuangou.offline", str(user_id)).hexdigest()[:12]
    return response


@require_GET
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """/sw.js: from the root, so that it may serve every page."""
    return render(request, "sw.js", content_type="text/javascript; charset=utf-8")


@require_GET
@cache_control(no_cache=True)
def offline_page(request: HttpRequest) -> HttpResponse:
    """What the worker shows when a page was never kept. Knows nobody."""
    return render(request, "offline.html", {"size": request.COOKIES.get("size")})
