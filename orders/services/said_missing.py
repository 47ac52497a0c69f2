"""What a day's helper does not find in a bag: told to the officers, who take it off (O9).

No money moves by a helper's link; the rest of the line stays billed and waits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from uuid import UUID

from groups.models import Membership
from orders.models import Order, OrderLine, Round
from orders.services.check_off_rules import plain
from orders.services.shortfalls import OPEN, WAITING
from tuangou.core import clock, events, requests, rows


def say_missing(
    *, order_id: int, actor_id: int, helper_id: int, missing: Collection[int], request_id: UUID
) -> Order:
    """Of these lines of an order what is left was not found; once per request (O9, O10).

    Publishes `order.said_missing` with the quantities, once for the same ones; nothing where
    nothing of them is left, or where the round's books are closed.
    Whoever may use the link is checked by access.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="order.say_missing",
        body={"order": order_id, "helper": helper_id, "missing": sorted(missing)},
        work=lambda: _say(order_id, helper_id, missing),
        replay=lambda: Order.objects.get(pk=order_id),
    )


def _say(order_id: int, helper_id: int, missing: Collection[int]) -> Order:
    rnd = Round.objects.lock(Order.objects.round_of(order_id))
    order = Order.objects.lock(order_id)
    at = clock.now()
    lines = OrderLine.objects.filter(order_id=order_id, pk__in=missing).order_by("pk")
    left = {str(line.pk): plain(line.left) for line in lines if line.left}
    if left and rnd.status in OPEN and order.status in WAITING:
        events.publish_once(
            "order.said_missing",
            slot=hashlib.sha256(json.dumps(left).encode()).hexdigest()[:32],
            group_id=order.group_id,
            subject_id=order.pk,
            at=at,
            round=order.round_id,
            helper=helper_id,
            lines=left,
        )
    return order
