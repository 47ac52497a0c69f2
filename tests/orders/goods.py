"""A delivery on which everything happens that anybody is told of (O9, O16)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from merchants.models import MerchantStaff
from orders.models import DeliveryPhoto, Hold
from orders.queries.holds import standing_holds
from orders.queries.inspections import checklist
from orders.services import deliveries, delivery_notices, delivery_photos, holds
from orders.services.delivery_notices import Coming
from orders.services.inspections import Found
from tests.core.test_images import picture
from tests.factories import make_round, offer_of
from tests.orders.stages import Stage, at
from tuangou.core import events


def announced(stage: Stage, hours_late: int = 0) -> None:
    """The shop's owner says when the goods come: right before the pick-up, or so much later."""
    owner = MerchantStaff.objects.filter(merchant_id=stage.round.merchant_id).order_by("pk")[0]
    start = stage.round.pickup_from + timedelta(hours=hours_late - 2)
    with at(stage.ordering):
        delivery_notices.announce_delivery(
            round_id=stage.round.pk,
            user_id=owner.user_id,
            for_merchant=False,
            coming=Coming(start, start + timedelta(hours=1), "沪A12345", "老马", "L1", "走后门"),
            request_id=uuid4(),
        )


def not_passed(stage: Stage, *failed: int) -> Found:
    checks = {c.key: False for c in checklist([o.category for o in stage.round.offers.all()])}
    return Found("failed", checks, Decimal(9), "化冻了", frozenset(failed))


def a_bad_delivery(stage: Stage) -> None:
    """Two goods: announced, late, short, one stopped and let go, then counted anew."""
    with at(stage.start):
        rnd = make_round(stage.group, merchant=stage.round.merchant, offers=2, title="周三鱼团")
    here = Stage(
        *(stage.group, stage.initiator, stage.deputy, stage.member, stage.neighbour),
        *(rnd, stage.start),
    )
    first, second = offer_of(rnd), offer_of(rnd, 2)
    for member in (here.member, here.neighbour):
        here.order(member, quantities={first.pk: Decimal(2), second.pk: Decimal(1)})
    announced(here)
    announced(here, hours_late=4)
    here.confirm()
    came = {first.pk: Decimal(3), second.pk: Decimal(2)}
    with at(rnd.pickup_from - timedelta(hours=1)):
        deliveries.record_arrival(
            round_id=rnd.pk,
            actor_id=here.deputy.pk,
            delivered=came,
            inspection=not_passed(here, second.pk),
            request_id=uuid4(),
        )
    events.drain(stage.group.pk)
    with at(rnd.pickup_from):
        (hold,) = standing_holds(rnd.pk)
        holds.release(
            hold_id=hold.pk, actor_id=here.initiator.pk, reason="重新量过", request_id=uuid4()
        )
        deliveries.correct_arrival(
            round_id=rnd.pk,
            actor_id=here.deputy.pk,
            delivered=came | {first.pk: Decimal(4)},
            request_id=uuid4(),
        )
    events.drain(stage.group.pk)


def a_hold(stage: Stage) -> Hold:
    """Stopped and let go again, so that it is in nobody's way."""
    with at(stage.pickup):
        hold = holds.hold(round_id=stage.round.pk, kind="incident", reason="有人说发霉")
        return holds.release(
            hold_id=hold.pk, actor_id=stage.initiator.pk, reason="看过，没事", request_id=uuid4()
        )


def a_photo(stage: Stage) -> DeliveryPhoto:
    """A picture of what came."""
    with at(stage.pickup):
        (photo,) = delivery_photos.add_photos(
            round_id=stage.round.pk,
            actor_id=stage.deputy.pk,
            photos=[picture(kind="WEBP").getvalue()],
            request_id=uuid4(),
        )
    return photo
