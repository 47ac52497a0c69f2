"""What the news of a round says in every handler: its title, its place, the way to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

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


class OfShop(Protocol):
    """News that also goes to a round's shop."""

    @property
    def round(self) -> Round: ...
    @property
    def staff_ids(self) -> list[int]: ...
    @property
    def owner_id(self) -> int | None: ...


def to_shop(found: OfShop, kind: str, context: dict[str, Any]) -> list[Letter]:
    """Staff need not be members: the owner's way is the round's money where it is hers, else, and
    for helpers always, their page in the group."""
    rnd = found.round
    page = reverse("merchants:merchant", args=[rnd.group.slug, rnd.merchant_id])
    books = reverse("orders:payments", args=[rnd.group.slug, rnd.pk])
    payee_id = found.owner_id if rnd.payee == Payee.MERCHANT else None
    return [
        Letter(user_id, kind, books if user_id == payee_id else page, context)
        for user_id in found.staff_ids
    ]


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
