"""Goods arrive whole (O9)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import (
    Delivery,
    DeliveryLine,
    Offer,
    OrderLine,
    Round,
    RoundStatus,
)
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError


class NotConfirmed(DomainError):
    code = "not_confirmed"
    rule = "O9"


class DeliveryDiffers(DomainError):
    """Less or more came than was ordered: not handled yet, so nothing is recorded."""

    code = "delivery_differs"
    rule = "O9"
    status = 422


def record_arrival(
    *,
    round_id: int,
    actor_id: int,
    delivered: Mapping[int, Decimal],
    note: str = "",
    request_id: UUID,
) -> Delivery:
    """Record that a confirmed round's goods came, per offer id and quantity (O9).

    Whole deliveries only: an offer left out counts as 0. Raises NotConfirmed, DeliveryDiffers
    (naming offer, ordered and delivered), Conflict.
    """
    actor = rows.get(Membership, actor_id)
    counted = {str(offer_id): f"{q.normalize():f}" for offer_id, q in sorted(delivered.items())}
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="round.arrive",
        body={"round": round_id, "delivered": counted, "note": note},
        work=lambda: _arrive(round_id, actor, delivered, note),
        replay=lambda: Delivery.objects.get(group_id=actor.group_id, round_id=round_id),
    )


def _arrive(
    round_id: int, actor: Membership, delivered: Mapping[int, Decimal], note: str
) -> Delivery:
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if rnd.status != RoundStatus.CONFIRMED:
        raise NotConfirmed(
            _("这个团现在是「%(status)s」，成团后才能记到货，也只记一次。")
            % {"status": rnd.get_status_display()}
        )
    offers = {offer.pk: offer for offer in Offer.objects.of_round(round_id)}
    if not set(delivered) <= set(offers):
        raise DeliveryDiffers(_("到货里有这个团没有的货品。刷新页面再填。"))
    ordered = OrderLine.objects.live().filter(order__round_id=round_id).quantity_by("offer_id")
    for offer in offers.values():
        _check_whole(offer, ordered.get(offer.pk, Decimal(0)), delivered.get(offer.pk, Decimal(0)))
    delivery = Delivery.objects.create(
        group_id=rnd.group_id, round=rnd, recorded_by=actor, arrived_at=at, note=note
    )
    DeliveryLine.objects.bulk_create(
        DeliveryLine(
            group_id=rnd.group_id,
            delivery=delivery,
            offer_id=offer_id,
            ordered=quantity,
            delivered=quantity,
        )
        for offer_id, quantity in sorted(ordered.items())
    )
    rnd.move_to(RoundStatus.ARRIVED, at=at)
    events.publish(
        "round.arrived",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=actor.user_id,
        at=at,
        delivery=delivery.pk,
    )
    return delivery


def _check_whole(offer: Offer, ordered: Decimal, delivered: Decimal) -> None:
    if delivered != ordered:
        raise DeliveryDiffers(
            _(
                "%(name)s订了 %(ordered)s%(unit)s，到了 %(delivered)s%(unit)s。"
                "现在只能记全部到齐：和商家补齐后再记。"
            )
            % {
                "name": offer.name,
                "unit": offer.unit,
                "ordered": f"{ordered.normalize():f}",
                "delivered": f"{delivered.normalize():f}",
            },
            field=f"offer_{offer.pk}",
        )
