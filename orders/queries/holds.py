"""What is stopped in a round right now (O16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orders.models import Hold, HoldKind, SaleStop


@dataclass(frozen=True, slots=True)
class Held:
    """What must not be handed out: everything, or these offers."""

    everything: bool
    offer_ids: frozenset[int]

    def __bool__(self) -> bool:
        return self.everything or bool(self.offer_ids)

    def stops(self, offer_id: int) -> bool:
        return self.everything or offer_id in self.offer_ids


NOTHING_HELD = Held(everything=False, offer_ids=frozenset())


def standing_holds(round_id: int) -> list[Hold]:
    """Holds that nobody has released, oldest first, with offer and batch. One statement."""
    standing = Hold.objects.standing(round_id).select_related("offer", "batch")
    return list(standing.order_by("held_at", "pk"))


def waiting_for_ruling(holds: Iterable[Hold]) -> frozenset[int]:
    """Ids of those that a complaint has brought about which is not ruled: nobody lets these go.

    No statement where no complaint stops anything.
    """
    of_complaints = [hold for hold in holds if hold.kind == HoldKind.COMPLAINT and hold.offer]
    items = {hold.pk: hold.offer.item_id for hold in of_complaints if hold.offer}
    if not items:
        return frozenset()
    unruled = SaleStop.objects.unruled(of_complaints[0].group_id)
    found = set(unruled.filter(item_id__in=items.values()).values_list("item_id", flat=True))
    return frozenset(pk for pk, item_id in items.items() if item_id in found)


def held(holds: Iterable[Hold]) -> Held:
    """What they stop together; single batches aside: those are a matter of each line."""
    offers = [hold.offer_id for hold in holds if hold.batch_id is None]
    return Held(None in offers, frozenset(pk for pk in offers if pk is not None))
