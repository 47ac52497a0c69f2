"""What is still missing of a delivery, and who gets it when it comes after all (O9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.models import DeliveryLine, Leftover, Offer, OrderLine, Round
from orders.queries.deliveries import (
    ZERO,
    ArrivalPlan,
    BadArrival,
    Came,
    PlannedOffer,
    check_came,
    shared,
)


@dataclass(frozen=True, slots=True)
class Rest:
    """One offer of a recorded delivery, and the lines that ask for some of it, in their order."""

    line: DeliveryLine
    lines: tuple[OrderLine, ...]

    @property
    def offer(self) -> Offer:
        return self.line.offer

    @property
    def is_new(self) -> bool:
        """Short when it was counted by a helper: nobody's part is settled yet."""
        return self.line.unshared is not None and not self.line.sharing

    @property
    def kept(self) -> dict[int, Decimal]:
        """What lines are billed for already and keep."""
        return {} if self.is_new else {line.pk: line.billed_quantity for line in self.lines}

    @property
    def asked(self) -> Decimal:
        return sum((line.quantity for line in self.lines), ZERO) - sum(self.kept.values(), ZERO)

    @property
    def lacks(self) -> Decimal:
        """What has not come yet, or came and went: what another car may bring."""
        return max(self.asked - (self.line.unshared or ZERO), ZERO)


def rest_of(rnd: Round) -> dict[int, Rest]:
    """By offer id, in the order of the round. Two queries.

    Bags that were passed on or given back ask for nothing any more.
    """
    gone = Leftover.objects.gone_of(rnd.pk)
    asking = OrderLine.objects.live().filter(order__round_id=rnd.pk)
    asking = asking.exclude(order_id__in=gone.values("order_id")).select_related("order")
    by_offer: dict[int, list[OrderLine]] = {}
    for line in asking.order_by("order__number", "pk"):
        by_offer.setdefault(line.offer_id, []).append(line)
    counted = DeliveryLine.objects.filter(delivery__round_id=rnd.pk).select_related("offer")
    return {
        line.offer_id: Rest(line, tuple(by_offer.get(line.offer_id, ())))
        for line in counted.order_by("offer__position", "pk")
    }


def lacking(rnd: Round) -> list[tuple[Offer, Decimal]]:
    """Offers of which something is missing, with how much. Two queries."""
    found = rest_of(rnd).values()
    return [(rest.offer, rest.lacks) for rest in found if rest.lacks]


def unshared(rnd: Round) -> list[tuple[Offer, Decimal]]:
    """Offers of which something is here and nobody's yet, with how much. One query."""
    waiting = DeliveryLine.objects.filter(delivery__round_id=rnd.pk, unshared__isnull=False)
    lines = waiting.select_related("offer").order_by("offer__position", "pk")
    return [(line.offer, line.unshared or ZERO) for line in lines]


def plan_later(rnd: Round, came: Mapping[int, Came], *, today: date) -> ArrivalPlan:
    """Who gets how much of what another car brought: {offer id: Came}; nothing is left out.

    Shared out among those who lack some of it, each up to what she ordered; nobody's yet where
    some of the same goods waits to be shared out. Raises BadArrival, BadShares.
    """
    found = rest_of(rnd)
    planned = []
    for pk, one in came.items():
        if one.fit == 0 and one.quantity == 0:
            continue
        rest = found.get(pk)
        if rest is None or not rest.lacks:
            raise BadArrival(_("有货品不缺了，不用再记。刷新页面再填。"), field=f"offer_{pk}")
        check_came(rest.offer, one, today)
        lines = [line for line in rest.lines if line.quantity > line.billed_quantity]
        waits = rest.line.unshared is not None
        shares = () if waits else shared(rest.offer, one, lines, rest.kept)
        planned.append(PlannedOffer(rest.offer, one, rest.lacks, shares))
    if not planned:
        raise BadArrival(_("这一车什么都没到，就不用记。"))
    return ArrivalPlan(tuple(planned))


def plan_sharing(rnd: Round, ways: Mapping[int, Came]) -> ArrivalPlan:
    """Who gets how much of what waits to be shared out; `ways`: how, by offer id, else in order.

    Raises BadArrival where a way names goods of which nothing waits, BadShares.
    """
    waiting = {pk: rest for pk, rest in rest_of(rnd).items() if rest.line.unshared is not None}
    if waiting and not ways.keys() <= waiting.keys():
        raise BadArrival(_("写的货品里有不等着分的。刷新页面看看还要分哪些。"))
    planned = []
    for pk, rest in waiting.items():
        way = ways.get(pk, Came(ZERO))
        here = Came(rest.line.unshared or ZERO, sharing=way.sharing, shares=way.shares)
        kept = rest.kept
        lines = [line for line in rest.lines if line.quantity > kept.get(line.pk, ZERO)]
        shares = shared(rest.offer, here, lines, kept)
        planned.append(PlannedOffer(rest.offer, here, rest.asked, shares))
    return ArrivalPlan(tuple(planned))
