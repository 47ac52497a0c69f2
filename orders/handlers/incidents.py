"""The same batch: who is asked, who hears that it is stopped. Letting go is a delivery's news."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from orders.queries import batch_news as news
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify_each


def tell_batch_asked(event: Event) -> None:
    """Everybody who bought it, but the one who claimed: one tap, yes or no."""
    found = news.batch_news(event.subject_id)
    path = _path(found)
    claimed = {found.asker_id, event.actor_id}
    letters = [
        Letter(user_id, "orders.batch_asked", path, _of_batch(found))
        for user_id in news.buyers_of(found.question)
        if user_id not in claimed
    ]
    notify_each(event, letters)


def tell_incident(event: Event) -> None:
    """Merchant and initiator, and those whose bag still waits."""
    found = news.batch_news(event.data["question"])
    path = _path(found)
    context = _of_batch(found) | {"households": event.data["households"]}
    letters = [Letter(found.initiator_id or 0, "orders.incident_found", path, context)]
    shop = reverse("orders:shop-returns", args=[found.slug, found.round.merchant_id])
    letters += [Letter(staff, "orders.shop_incident", shop, context) for staff in found.staff_ids]
    letters += [
        Letter(user_id, "orders.incident_stopped", path, context)
        for user_id in news.waiting_for(found.question)
    ]
    notify_each(event, letters)


def _path(found: news.BatchNews) -> str:
    return reverse("orders:question", args=[found.slug, found.question.pk])


def _of_batch(found: news.BatchNews) -> dict[str, Any]:
    return {"title": found.round.title, "item": found.offer.name}
