"""What left the app, for the whole group or one round: sent, waiting, failed, and why."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from groups.access import officer_for
from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import round_for_officer
from orders.models import Round
from orders.queries.told import VIEWS, ToldPage, retriable, told_page
from tuangou.core import clock, outgoing


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, officer_for(request.user, slug), None)


@login_required
@require_GET
def of_round(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    officer, rnd = round_for_officer(request.user, slug, round_id)
    return _page(request, officer, rnd)


@login_required
@require_POST
def retry(request: HttpRequest, slug: str) -> HttpResponse:
    """Try once more what failed and is still of use: one, or all."""
    officer = officer_for(request.user, slug)
    _retry(request, officer, None)
    return redirect("orders:told", slug)


@login_required
@require_POST
def retry_of_round(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    officer, rnd = round_for_officer(request.user, slug, round_id)
    _retry(request, officer, rnd)
    return redirect("orders:round-told", slug, rnd.pk)


def _retry(request: HttpRequest, officer: Membership, rnd: Round | None) -> None:
    ids = retriable(officer.group_id, round_id=rnd.pk if rnd else None)
    one = request.POST.get("one", "")
    chosen = [pk for pk in ids if one in ("", str(pk))]
    n = outgoing.retry(group_id=officer.group_id, ids=chosen)
    if n:
        said = ngettext("再发 %(n)d 条，一分钟内见分晓。", "再发 %(n)d 条，一分钟内见分晓。", n)
        messages.success(request, said % {"n": n})
    else:
        messages.info(request, _("没有还来得及再发的。"))


def _page(request: HttpRequest, officer: Membership, rnd: Round | None) -> HttpResponse:
    view = request.GET.get("state", "")
    page = told_page(
        officer.group_id,
        round_id=rnd.pk if rnd else None,
        view=view,
        before=_number(request.GET.get("before", "")),
        at=clock.now(),
    )
    slug = officer.group.slug
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "page": page,
        "filters": _filters(page, view),
        "older": _query(view, page.older) if page.older else "",
        "retry_url": reverse("orders:round-told-retry", args=[slug, rnd.pk])
        if rnd
        else reverse("orders:told-retry", args=[slug]),
    }
    return render(request, "orders/told/index.html", context)


def _filters(page: ToldPage, view: str) -> list[dict[str, Any]]:
    words = {
        "": _("全部"),
        "failed": _("没发成"),
        "waiting": _("等着发"),
        "sent": _("发出了"),
        "held": _("没发"),
    }
    counts = page.counts | {"": sum(page.counts.values())}
    return [
        {
            "label": label,
            "count": counts[name],
            "current": name == (view if view in VIEWS else ""),
            "url": _query(name, None),
        }
        for name, label in words.items()
    ]


def _query(view: str, before: int | None) -> str:
    return "?" + urlencode({"state": view} | ({"before": before} if before else {}))


def _number(text: str) -> int | None:
    """A row's number; nothing for what no row can have."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
