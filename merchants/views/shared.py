"""What the pages of a merchant share: the frame for members and for staff from outside."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from groups.queries.pages import Inbox, page_of
from merchants.access import Caller

Links = dict[str, str]


def page_links(page: int, *, has_more: bool, **kept: str) -> Links:
    """For components/pager.html: the pages before and after this one."""

    def link(number: int) -> str:
        return "?" + urlencode(kept | {"page": str(number)})

    return {
        "newer_href": link(page - 1) if page > 1 else "",
        "older_href": link(page + 1) if has_more else "",
    }


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
