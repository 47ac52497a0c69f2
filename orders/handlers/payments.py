"""Money of an order was ticked as received, taken back, or given back."""

from __future__ import annotations

from django.urls import reverse

from orders.queries import notices as news
from tuangou.core.models import Event
from tuangou.core.notices import notify


def not_for_return(event: Event) -> bool:
    """A repayment of its own; the one for a return is told by the return."""
    return not event.data.get("for_return")


def tell_payer(event: Event) -> None:
    """Money of an order was ticked as received, taken back, or given back."""
    found = news.payment_news(event.subject_id)
    if found.user_id is None or found.user_id == event.actor_id:
        return
    notify(
        event,
        user_ids=[found.user_id],
        kind=f"orders.{event.kind.replace('.', '_')}",
        path=reverse("orders:order", args=[found.slug, found.order_id]),
        context={
            "title": found.title,
            "code": found.code,
            "fen": found.amount_fen,
            "direction": found.direction,
        },
    )
