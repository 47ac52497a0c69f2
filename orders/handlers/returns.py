"""A return was asked for, decided, refunded."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from orders.handlers.shared import to_shop
from orders.queries import notices as news
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify, notify_each


def tell_return_requested(event: Event) -> None:
    """The initiator, who decides, and the merchant, whose goods they are."""
    found = news.return_news(event.subject_id)
    context = _of_return(found) | {"reason": found.ret.reason}
    letters = []
    if found.initiator_id not in (None, event.actor_id):
        path = reverse("orders:return", args=[found.slug, found.ret.pk])
        letters.append(Letter(found.initiator_id or 0, "orders.return_requested", path, context))
    staff = [user_id for user_id in found.staff_ids if user_id != event.actor_id]
    letters += to_shop(staff, found.round, "orders.shop_return_requested", context)
    notify_each(event, letters)


def tell_return_decided(event: Event) -> None:
    found = news.return_news(event.subject_id)
    if found.asker_id is None or found.asker_id == event.actor_id:
        return
    notify(
        event,
        user_ids=[found.asker_id],
        kind=f"orders.{event.kind.replace('.', '_')}",
        path=reverse("orders:return", args=[found.slug, found.ret.pk]),
        context=_of_return(found)
        | {
            "fen": event.data.get("paid_fen", event.data.get("credited_fen", 0)),
            "decision": found.ret.decision,
        },
    )


def _of_return(found: news.ReturnNews) -> dict[str, Any]:
    return {
        "title": found.round.title,
        "item": found.item,
        "quantity": f"{found.ret.quantity.normalize():f}",
        "unit": found.unit,
    }
