"""Freezing what is bought of the merchant, in the transaction that confirms a round (O3)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum
from django.db.models.functions import Coalesce

from orders.models import Offer, Order, OrderLine, Purchase, PurchaseLine, Round

PER_STATEMENT = 500


def freeze(*, rnd: Round, at: datetime) -> Purchase:
    """Version 1 of the purchase summary. The caller holds the round's lock; tiers are applied."""
    orders = Order.objects.filter(round_id=rnd.pk)
    figures = orders.aggregate(changes=Coalesce(Sum("changes"), 0))
    purchase = Purchase.objects.create(
        group_id=rnd.group_id,
        round=rnd,
        at=at,
        orders=orders.live().count(),
        changes=figures["changes"],
        commission_bp=rnd.commission_bp,
    )
    PurchaseLine.objects.bulk_create(_lines(purchase, rnd), batch_size=PER_STATEMENT)
    return purchase


def _lines(purchase: Purchase, rnd: Round) -> list[PurchaseLine]:
    sums = (
        OrderLine.objects.live()
        .filter(order__round_id=rnd.pk)
        .values("offer_id")
        .annotate(total=Sum("billed_quantity"), fen=Sum("billed_fen"))
    )
    totals = {row["offer_id"]: row for row in sums}
    prices = Offer.objects.of_round(rnd.pk).filter(pk__in=totals)
    return [
        PurchaseLine(
            group_id=rnd.group_id,
            purchase=purchase,
            offer=offer,
            quantity=totals[offer.pk]["total"],
            price_fen=offer.final_price_fen or offer.price_fen,
            amount_fen=totals[offer.pk]["fen"],
        )
        for offer in prices
    ]
