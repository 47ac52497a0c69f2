"""The group's ledger: to read, to take away and check."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from groups.access import membership_for
from groups.queries.pages import page_of
from reputation.forms.entries import LedgerForm
from reputation.queries.chain import export_lines, head_of
from reputation.queries.entries import VIEWS, ledger_page


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Newest first; of everyone, of one kind of subject, or of one merchant."""
    member = membership_for(request.user, slug)
    asked = LedgerForm(request.GET).asked()
    page = ledger_page(member, **asked)
    if asked["merchant_id"] is not None and not page.brand:
        raise Http404
    here = reverse("reputation:ledger", args=[slug])
    kept = {"view": asked["view"], "merchant": asked["merchant_id"]}
    older = urlencode(
        {name: value for name, value in kept.items() if value} | {"before": page.older}
    )
    context = page_of(request, member, "merchants") | {
        "page": page,
        "merchant_id": asked["merchant_id"],
        "head": head_of(member.group_id),
        "filters": [
            {
                "label": label,
                "url": f"{here}?view={view}" if view else here,
                "current": view == asked["view"] and asked["merchant_id"] is None,
                "count": None,
            }
            for view, label in VIEWS.items()
        ],
        "older": f"?{older}" if page.older else "",
    }
    return render(request, "reputation/entries/index.html", context)


@login_required
@require_GET
def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every page as JSON Lines: numbers of rows, no names; what was written about another member
    says only where it stands. docs/check_ledger.py reads it."""
    member = membership_for(request.user, slug)
    lines = export_lines(member.group_id, member)
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="{slug}-ledger.jsonl"'
    return response
