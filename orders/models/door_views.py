"""Who of a merchant read where an order goes, and whom to call there."""

from __future__ import annotations

from django.db import models

from groups.models import GroupOwned
from orders.models.orders import Order
from orders.models.rounds import Round
from tuangou.core.models import User


class DoorView(GroupOwned):
    """One look at the door and phone of one order, of a round that is delivered to the door.
    Append-only: the member sees each."""

    append_only = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    seen_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()

    class Meta(GroupOwned.Meta):
        constraints = list(GroupOwned.Meta.constraints)
