"""Somebody placed, changed or cancelled an order for another, or recorded one as missed."""

from __future__ import annotations

from django.urls import reverse

from groups.queries.notices import masked_name_of
from orders.handlers.shared import of_round
from orders.queries import notices as news
from tuangou.core.models import Event
from tuangou.core.notices import notify


def for_neighbour(event: Event) -> bool:
    """Somebody else acted on the order, and not its whole round."""
    return bool(event.data.get("for_neighbour"))


def tell_order(event: Event) -> None:
    """Somebody else placed, changed or cancelled an order, or recorded it as missed."""
    found = news.order_news(event.subject_id)
    if found.user_id is None or found.user_id == event.actor_id:
        return
    who = ""
    if event.kind != "order.missed":
        who = masked_name_of(found.order.group_id, event.actor_id)
    notify(
        event,
        user_ids=[found.user_id],
        kind=f"orders.{event.kind.replace('.', '_')}",
        path=reverse("orders:order", args=[found.slug, found.order.pk]),
        context=of_round(found.order.round)
        | {"who": who, "goods": found.goods[:1], "kinds": len(found.goods), "fen": found.fen},
    )
