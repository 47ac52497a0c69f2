"""What one car brought, as far as it is looked at when it is unloaded (O16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orders.models import Hold, HoldKind, LaterArrival, Offer, Round
from orders.queries.delivery_pages import offers_with_ordered

# An offer, and a batch of it; both none: everything.
Part = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Load:
    """The goods of one car by offer id, in the order of the round; the first car is 1.

    `parts`: what a verdict stops that names nothing; of a later car never what came before, where
    its batches are known.
    """

    car: int
    offers: Mapping[int, Offer]
    parts: tuple[Part, ...] = ((None, None),)

    @property
    def categories(self) -> list[str]:
        return [offer.category for offer in self.offers.values()]


def load_of(rnd: Round, car: int) -> Load | None:
    """What this car brought; None where no such car came. Two queries."""
    if car == 1:
        return Load(1, {offer.pk: offer for offer, _ordered in offers_with_ordered(rnd)})
    came = LaterArrival.objects.filter(delivery__round_id=rnd.pk, car=car).select_related("offer")
    offers = {row.offer_id: row.offer for row in came.order_by("offer__position", "pk")}
    if not offers:
        return None
    of_car = Hold.objects.filter(round_id=rnd.pk, kind=HoldKind.INSPECTION, car=car)
    stopped = list(of_car.order_by("pk").values_list("offer_id", "batch_id"))
    named = {offer_id for offer_id, _batch_id in stopped}
    return Load(car, offers, (*stopped, *((pk, None) for pk in offers if pk not in named)))
