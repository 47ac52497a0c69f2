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


@dataclass(frozen=True, slots=True)
class NavEntry:
    name: str
    url: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Help:
    url: str
    name: str = ""
    phone: str = ""


def page_of(request: HttpRequest, member: Membership, current: str = "") -> dict[str, Any]:
    """Context for base.html: `current` is the menu entry of this page (home, mine, merchants, me,
    console). The largest type shows a call button, which costs one query there."""
    slug = member.group.slug
    help_url = reverse("groups:help", args=[slug])
    helper = Help(help_url)
    if display(request)["display"].size == TextSize.EXTRA:
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
        "nav": [
            NavEntry(name, reverse(url, args=[slug]), icon, key == current)
            for key, name, url, icon in entries
        ],
    }
