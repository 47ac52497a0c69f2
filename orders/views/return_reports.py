"""Returns as numbers: by merchant and item, over time, why, and how quickly they are decided."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from groups.access import membership_for
from groups.queries.pages import page_of
from merchants.access import application_for_member
from orders.forms.returns import ReportForm
from orders.queries.return_reports import LEAST_HOUSEHOLDS, report_of
from tuangou.core import clock


@login_required
@require_GET
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Twelve months of all merchants, or of one."""
    member = membership_for(request.user, slug)
    form = ReportForm(request.GET)
    merchant_id = form.cleaned_data["merchant"] if form.is_valid() else None
    shop = None
    if merchant_id is not None:
        _member, application = application_for_member(request.user, slug, merchant_id)
        shop = application.merchant
    report = report_of(
        member.group_id,
        today=member.group.local(clock.now()).date(),
        merchant_id=merchant_id,
        least=1 if member.is_officer else LEAST_HOUSEHOLDS,
    )
    hours = report.to_decide.total_seconds() / 3600 if report.to_decide is not None else None
    context = page_of(request, member, "console" if member.is_officer else "home") | {
        "report": report,
        "one": shop,
        "hours": None if hours is None else round(hours, 1),
        "least": LEAST_HOUSEHOLDS,
    }
    return render(request, "orders/return_reports/show.html", context)
