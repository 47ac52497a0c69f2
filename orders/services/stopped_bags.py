"""What was sold before the sale was stopped stays in the bags until it is ruled (R2, O16).

Whoever calls holds the round's lock, which every hand-over takes, too: a bag that went before the
complaint is gone, after it none goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from orders.models import (
    Hold,
    HoldKind,
    Leftover,
    Offer,
    OrderLine,
    Round,
    RoundStatus,
    SaleStop,
)
from orders.services import holds

# More of it may still get into these bags: by another car, or back from one handed out by mistake.
FILLING = (RoundStatus.CONFIRMED, RoundStatus.ARRIVED)


def hold_bags(*, rnd: Round, item_id: int, at: datetime) -> None:
    """Stop this item in what a round has not handed out yet; nothing where none is left."""
    if rnd.is_counted:
        _hold(rnd, _waiting(rnd).filter(item_id=item_id), at)


def hold_if_stopped(*, rnd: Round, at: datetime) -> None:
    """Of a round that is confirmed now, or a bag that waits again: what is stopped stays. What was
    decided about since the stop is left as it was decided. One query where nothing is stopped."""
    stops = SaleStop.objects.standing(rnd.group_id)
    offers = list(_waiting(rnd).filter(item_id__in=stops.values("item_id")))
    for offer in offers:
        since = stops.filter(item_id=offer.item_id).latest("stopped_at").stopped_at
        of_it = Hold.objects.filter(offer=offer, kind=HoldKind.COMPLAINT)
        if not of_it.filter(held_at__gte=since).exists():
            _hold(rnd, [offer], at)


def let_bags_go(*, rnd: Round, item_id: int, at: datetime) -> None:
    """No stop of this item stands any more: what is in the bags may be fetched.

    What another complaint found to be unsafe since waits for the initiator.
    """
    found = SaleStop.objects.filter(group_id=rnd.group_id, item_id=item_id)
    of_it = Hold.objects.standing(rnd.pk).filter(kind=HoldKind.COMPLAINT, offer__item_id=item_id)
    for held in of_it.order_by("pk"):
        if found.filter(found_at__gte=held.held_at).exists():
            continue
        holds.let_go(
            held=held,
            actor=None,
            reason=_("有裁定了，可以发"),
            at=at,
            to_fetch=holds.may_be_fetched(held, rnd),
        )


def _hold(rnd: Round, offers: Iterable[Offer], at: datetime) -> None:
    for offer in offers:
        holds.stop(
            rnd=rnd,
            offer_id=offer.pk,
            kind=HoldKind.COMPLAINT,
            reason=str(HoldKind.COMPLAINT.label),
            actor=None,
            at=at,
        )


def _waiting(rnd: Round) -> QuerySet[Offer]:
    """Offers of a round of which a bag has some left, or may get some."""
    lines = OrderLine.objects.live().filter(order__round_id=rnd.pk)
    if rnd.status not in FILLING:
        lines = lines.filter(collected_quantity__lt=F("billed_quantity"))
        lines = lines.exclude(order_id__in=Leftover.objects.gone_of(rnd.pk).values("order_id"))
    return Offer.objects.of_round(rnd.pk).filter(pk__in=lines.values("offer_id")).order_by("pk")
