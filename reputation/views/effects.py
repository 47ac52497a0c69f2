"""What answers to complaints were followed by, for the initiator (R6)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from groups.access import initiator_for
from groups.queries.pages import page_of
from reputation.queries.effects import WINDOW, effects_of
from tuangou.core import clock


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Each kind of answer with its n; counted, not explained."""
    initiator = initiator_for(request.user, slug)
    context = page_of(request, initiator, "console") | {
        "effects": effects_of(initiator.group_id, at=clock.now()),
        "days": WINDOW.days,
    }
    return render(request, "reputation/effects/index.html", context)
