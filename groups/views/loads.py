"""The page of a group that is being loaded."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from groups.access import membership_while_loading
from groups.models import GroupStatus
from groups.queries.loads import load_of, month_reached


@login_required
@require_GET
def loading(request: HttpRequest, slug: str) -> HttpResponse:
    """How far it is; once it is done, the way to the group's front page."""
    member = membership_while_loading(request.user, slug)
    if member.group.status == GroupStatus.ACTIVE:
        return redirect("orders:home", slug)
    load = load_of(member.group_id)
    context = {"group": member.group, "load": load, "month": month_reached(load)}
    return render(request, "groups/loads/loading.html", context)
