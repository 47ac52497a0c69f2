"""What every page of a group needs beside its own content: menu, group, help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from groups.models import Membership
from groups.queries.memberships import initiator_of
from tuangou.core.display import display
from tuangou.core.models import TextSize
from tuangou.core.notices import UNREAD_SHOWN


@dataclass(frozen=True, slots=True)
class NavEntry:
    name: str
    url: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where her notices are; `unread` is what the sign shows: "", "3" or "99+"."""

    url: str
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    url: str
    name: str = ""
    phone: str = ""


def inbox_of(member: Membership) -> Inbox:
    """Her inbox in this group; the count came with the membership."""
    more = member.unread > UNREAD_SHOWN
    unread = f"{UNREAD_SHOWN}+" if more else str(member.unread or "")
    return Inbox(reverse("groups:notices", args=[member.group.slug]), unread)


def page_of(request: HttpRequest, member: Membership, current: str = "") -> dict[str, Any]:
    """Context for base.html: `current` is the menu entry of this page (home, mine, merchants, me,
    console). The largest type shows a call button, which costs one query there; the initiator
    herself has nobody to call."""
    slug = member.group.slug
    help_url = reverse("groups:help", args=[slug])
    helper = Help(help_url)
    if display(request)["display"].size == TextSize.EXTRA and not member.holds_mandate:
        initiator = initiator_of(member.group_id)
        phone = initiator.user.phone if initiator.user else ""
        helper = Help(help_url, initiator.nickname, phone or "")
    entries = [
        ("home", _("团购"), "orders:home", "bowl"),
        ("mine", _("我的单"), "orders:my-orders", "slip"),
        ("merchants", _("商家"), "merchants:list", "shop"),
        ("me", _("我的"), "groups:me", "person"),
    ]
    if member.is_officer:
        entries.insert(0, ("console", _("团长台"), "orders:console", "pot"))
    return {
        "group": member.group,
        "member": member,
        "home_href": reverse("orders:home", args=[slug]),
        "help": helper,
        "inbox": inbox_of(member),
        "nav": [
            NavEntry(name, reverse(url, args=[slug]), icon, key == current)
            for key, name, url, icon in entries
        ],
    }
