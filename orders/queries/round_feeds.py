"""Rounds as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from groups.models import Membership
from orders.models import Order, Round, RoundStatus
from orders.queries.rounds import OfferRow, offers_of, payee_name
from orders.queries.standings import bands_of
from tuangou.core.feeds import Feed, feed


@dataclass(frozen=True, slots=True)
class RoundCard:
    """`offers` and `pay_to` are filled for one round, not in lists."""

    round: Round
    band: str
    households: int
    orders: int
    takes_orders: bool
    pay_to: str = ""
    offers: Sequence[OfferRow] = ()


def rounds_feed(
    member: Membership,
    *,
    at: datetime,
    after: int | None,
    limit: int,
    status: str = "",
    merchant_id: int | None = None,
    open_only: bool = False,
) -> Feed[RoundCard]:
    """Rounds of her group, newest first; drafts for officers only. Three queries."""
    rows = Round.objects.of_group(member.group_id)
    if not member.is_officer:
        rows = rows.exclude(status=RoundStatus.DRAFT)
    if status:
        rows = rows.filter(status=status)
    if merchant_id is not None:
        rows = rows.filter(merchant_id=merchant_id)
    if open_only:
        rows = rows.filter(
            status=RoundStatus.OPEN, paused_at__isnull=True, opens_at__lte=at, cut_off_at__gt=at
        )
    listed = rows.select_related("merchant", "pickup_point")
    found = feed(listed, after=after, limit=limit)
    counts = _counts([rnd.pk for rnd in found.rows])
    bands = bands_of(member.group_id, {rnd.merchant_id for rnd in found.rows})
    return found.of(
        lambda rnd: RoundCard(
            rnd,
            bands.get(rnd.merchant_id, "new"),
            *counts.get(rnd.pk, (0, 0)),
            rnd.takes_orders(at),
        )
    )


def round_card(rnd: Round, *, at: datetime) -> RoundCard:
    """One round with its offers and what is left of them. Four queries."""
    return RoundCard(
        rnd,
        bands_of(rnd.group_id, {rnd.merchant_id}).get(rnd.merchant_id, "new"),
        *_counts([rnd.pk]).get(rnd.pk, (0, 0)),
        rnd.takes_orders(at),
        payee_name(rnd),
        offers_of(rnd.pk),
    )


def _counts(round_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Households and orders per round."""
    live = Order.objects.live().filter(round_id__in=round_ids)
    return {
        round_id: (households, orders)
        for round_id, households, orders in live.values_list("round_id").annotate(
            Count("household_id", distinct=True), Count("pk")
        )
    }
