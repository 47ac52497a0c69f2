"""What the pages of a merchant share: the frame for members and for staff from outside."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from groups.queries.pages import Inbox, page_of
from merchants.access import Caller
from merchants.models import Application, ApplicationStatus

ASKED_FOR = (ApplicationStatus.CHANGES_ASKED, ApplicationStatus.REJECTED)
Links = dict[str, str]


def page_links(page: int, *, has_more: bool, **kept: str) -> Links:
    """For components/pager.html: the pages before and after this one."""

    def link(number: int) -> str:
        return "?" + urlencode(kept | {"page": str(number)})

    return {
        "newer_href": link(page - 1) if page > 1 else "",
        "older_href": link(page + 1) if has_more else "",
    }


def onward(row: Application, *, draft: str, otherwise: str) -> HttpResponse:
    """Who has kept a part of an application goes on: in a draft to `draft`; where something was
    found wanting, back to what was; else to `otherwise`. Both are URL names of this merchant."""
    name = draft if row.status == ApplicationStatus.DRAFT else otherwise
    if row.status in ASKED_FOR:
        name = "merchants:application"
    return redirect(name, row.group.slug, row.merchant_id)


def frame(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Context for base.html. Staff who are no members get no menu of the group."""
    group = caller.application.group
    page = (
        page_of(request, caller.membership, "merchants")
        if caller.membership
        else {"group": group, "inbox": Inbox(reverse("notices"))}
    )
    return page | {
        "caller": caller,
        "application": caller.application,
        "merchant": caller.application.merchant,
    }
