"""Who I am here, and how to get help."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from groups.access import membership_for
from groups.queries.memberships import deputies_of, groups_of, initiator_of, readable_phone
from groups.queries.pages import page_of


@login_required
@require_GET
def me(request: HttpRequest, slug: str) -> HttpResponse:
    """Who I am, where I live, the ways to my settings, and the way out."""
    member = membership_for(request.user, slug)
    context = page_of(request, member, "me") | {
        "phone": readable_phone(member.user.phone if member.user else None),
        "groups": [row for row in groups_of(request.user.pk or 0) if row.slug != slug],
    }
    return render(request, "groups/memberships/me.html", context)


@login_required
@require_GET
def help_page(request: HttpRequest, slug: str) -> HttpResponse:
    """How it works here, and whom to call."""
    member = membership_for(request.user, slug)
    initiator = initiator_of(member.group_id)
    context = page_of(request, member) | {
        "initiator": initiator,
        "phone": readable_phone(initiator.user.phone if initiator.user else None),
        "deputies": deputies_of(member.group_id),
    }
    return render(request, "groups/memberships/help.html", context)
