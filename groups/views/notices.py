"""Her inbox: of one group, or of all together for whoever is at home in none."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from groups.access import membership_for
from groups.queries.notices import inbox_page
from groups.queries.pages import page_of
from tuangou.core.notices import mark_all_read, mark_shown

LARGEST_ID = 2**63 - 1


@login_required
@require_GET
def inbox(request: HttpRequest, slug: str) -> HttpResponse:
    """Newest first, in keyset pages. Whatever stands on the page has been seen from then on."""
    member = membership_for(request.user, slug)
    page = inbox_page(request.user.pk or 0, group_id=member.group_id, before=_before(request))
    member.unread -= mark_shown(user_id=request.user.pk or 0, rows=page.rows)
    context = page_of(request, member, "me") | {"page": page}
    return render(request, "groups/notices/inbox.html", context)


@login_required
@require_POST
def read_all(request: HttpRequest, slug: str) -> HttpResponse:
    """All lines of this group have been read. Twice is once."""
    member = membership_for(request.user, slug)
    mark_all_read(user_id=request.user.pk or 0, group_id=member.group_id)
    return redirect("groups:notices", slug)


@login_required
@require_GET
def everything(request: HttpRequest) -> HttpResponse:
    """All her lines, of all groups: for a merchant's staff who are members of none."""
    page = inbox_page(request.user.pk or 0, group_id=None, before=_before(request))
    mark_shown(user_id=request.user.pk or 0, rows=page.rows)
    return render(request, "groups/notices/inbox.html", {"page": page})


def _before(request: HttpRequest) -> int | None:
    typed = request.GET.get("before", "")
    if not (typed.isascii() and typed.isdecimal()):
        return None
    return min(int(typed[:19]), LARGEST_ID)
