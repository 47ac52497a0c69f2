"""What the news of a round says in every handler: its title, its place, the way to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from orders.models import Payee, Round
from orders.queries import notices as news
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify_each, tell_chat


def tell(event: Event, letters: Sequence[Letter]) -> None:
    """To each her letter, and to the group's chat, also where nobody has an account."""
    if letters:
        notify_each(event, letters)
    else:
        tell_chat(event)


def tell_buyers(
    event: Event,
    rnd: Round,
    buyers: Iterable[news.Buyer],
    kind: str,
    context: dict[str, Any],
) -> None:
    tell(
        event,
        [
            Letter(buyer.user_id, kind, orders_path(rnd, buyer), context | {"fen": buyer.fen})
            for buyer in buyers
        ],
    )


def to_shop(
    staff_ids: Iterable[int], rnd: Round, kind: str, context: dict[str, Any]
) -> list[Letter]:
    """Staff need not be members: their way is the round's money where it is theirs, else their
    page in the group."""
    path = (
        reverse("orders:payments", args=[rnd.group.slug, rnd.pk])
        if rnd.payee == Payee.MERCHANT
        else reverse("merchants:merchant", args=[rnd.group.slug, rnd.merchant_id])
    )
    return [Letter(user_id, kind, path, context) for user_id in staff_ids]


def round_path(rnd: Round) -> str:
    return reverse("orders:round", args=[rnd.group.slug, rnd.pk])


def orders_path(rnd: Round, buyer: news.Buyer) -> str:
    """Her order; where she has several in the round, her orders."""
    if len(buyer.order_ids) == 1:
        return reverse("orders:order", args=[rnd.group.slug, buyer.order_ids[0]])
    return reverse("orders:my-orders", args=[rnd.group.slug])


def of_round(rnd: Round) -> dict[str, Any]:
    return {"title": rnd.title, "zone": rnd.group.time_zone}


def pickup(rnd: Round) -> dict[str, Any]:
    return {
        "pickup_from": rnd.pickup_from.isoformat(),
        "pickup_until": rnd.pickup_until.isoformat(),
        "place": rnd.pickup_point.name,
    }
