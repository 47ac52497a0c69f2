"""The helpers of a round, as the officers see them."""

from __future__ import annotations

from orders.models import HelperLink, Order, Round


def standing_links(rnd: Round) -> list[HelperLink]:
    """Links that still open, oldest first. One query."""
    links = HelperLink.objects.standing().filter(round=rnd).select_related("made_by")
    return list(links.order_by("pk"))


def buildings_of_round(rnd: Round) -> list[str]:
    """Buildings somebody ordered from, in their order. One query."""
    live = Order.objects.live().filter(round=rnd)
    places = live.values_list("household__building__position", "building").distinct()
    return list(dict.fromkeys(name for _position, name in sorted(places)))


def link_of_round(group_id: int, link_id: int) -> HelperLink | None:
    """A link of this group. One query."""
    return HelperLink.objects.filter(group_id=group_id, pk=link_id).first()
