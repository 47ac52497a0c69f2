"""A settlement was drawn up, confirmed, doubted, changed, paid: the other side is told (O12)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from orders.models import Party
from orders.queries import settlement_news as news
from tuangou.core.models import Event
from tuangou.core.notices import Letter, notify_each


def tell_drawn(event: Event) -> None:
    """The merchant's owner: figures to look at and to confirm."""
    _tell(event, "orders.shop_settlement_drawn", Party.MERCHANT)


def tell_word(event: Event) -> None:
    """Who did not say it: confirmed, objected to, answered."""
    kind = f"orders.{event.kind.replace('.', '_')}"
    _tell(event, kind, _other(event.data["party"]))


def tell_supplemented(event: Event) -> None:
    """Both sides: the figures moved, and both confirm anew."""
    _tell(event, "orders.settlement_supplemented", Party.INITIATOR, Party.MERCHANT)


def tell_paid(event: Event) -> None:
    """The side that did not enter it."""
    _tell(event, "orders.settlement_paid", _other(event.data["party"]))


def said_by_its_own_side(event: Event) -> bool:
    """Not what the initiator wrote down for a merchant without an account: she knows."""
    return not event.data.get("for_other")


def _other(party: str) -> Party:
    return Party.INITIATOR if party == Party.MERCHANT else Party.MERCHANT


def _tell(event: Event, kind: str, *parties: Party) -> None:
    found = news.settlement_news(event.subject_id)
    accounts = {Party.INITIATOR: found.initiator_id, Party.MERCHANT: found.owner_id}
    path = reverse("orders:settlement", args=[found.slug, found.round_id])
    context: dict[str, Any] = {
        "title": found.title,
        "number": found.number,
        "part": event.data.get("part", 0),
        "fen": abs(event.data.get("amount_fen", 0)),
    }
    told = {pk for party in parties if (pk := accounts[party]) and pk != event.actor_id}
    notify_each(event, [Letter(pk, kind, path, context) for pk in sorted(told)])
