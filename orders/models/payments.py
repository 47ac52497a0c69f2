"""Payments: recorded, never held (O8)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from orders.models.orders import Order
from orders.models.rounds import Round
from tuangou.core import rows
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import User


class PaymentStatus(models.TextChoices):
    CLAIMED = "claimed", _("说已付")
    RECEIVED = "received", _("已收")
    WITHDRAWN = "withdrawn", _("收回")
    UNDONE = "undone", _("已撤销")


class Direction(models.TextChoices):
    IN = "in", _("收")
    OUT = "out", _("退")


MOVES: dict[str, set[str]] = {
    PaymentStatus.CLAIMED: {PaymentStatus.RECEIVED, PaymentStatus.WITHDRAWN},
    PaymentStatus.RECEIVED: {PaymentStatus.UNDONE},
}


class PaymentQuerySet(rows.Rows["Payment"]):
    def lock(self, payment_id: int) -> Payment:
        return rows.get(Payment, payment_id, lock=True)

    def open_claim(self, order_id: int) -> Payment | None:
        """What the member of this order said she paid and nobody looked at yet; at most one."""
        found = rows.select(Payment, "t0.order_id = %s and t0.status = 'claimed'", [order_id])
        return found[0] if found else None


class Payment(GroupOwned):
    """Money that went from a member to the payee, or back (`out`). Undo posts the reverse."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    direction = models.CharField(max_length=3, choices=Direction, default=Direction.IN)
    amount_fen = models.BigIntegerField()
    status = models.CharField(max_length=9, choices=PaymentStatus)
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField(null=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = PaymentQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(status__in=PaymentStatus.values), name="payment_status_known"
            ),
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="payment_direction_known"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, amount_fen__lt=10**10), name="payment_amount_bounds"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("received", "undone")) | Q(received_at__isnull=False),
                name="payment_received_has_date",
            ),
            models.CheckConstraint(
                condition=Q(status="undone", undone_at__isnull=False)
                | (~Q(status="undone") & Q(undone_at__isnull=True)),
                name="payment_undone_at_iff_undone",
            ),
            models.UniqueConstraint(
                fields=["group", "order"],
                condition=Q(status="claimed"),
                name="one_open_claim_per_order",
            ),
        ]
        indexes = [models.Index(fields=["group", "round", "status"], name="payment_of_round")]

    def move_to(self, status: str, *, at: datetime, by_id: int | None = None) -> None:
        """The only place a payment changes status. The caller holds its order's lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(
                _("这笔钱现在是「%(now)s」，不能改成「%(then)s」。")
                % {"now": self.get_status_display(), "then": PaymentStatus(status).label}
            )
        self.status = status
        fields = ["status"]
        if status == PaymentStatus.RECEIVED:
            self.received_at, self.received_by_id = at, by_id
            fields += ["received_at", "received_by"]
        if status == PaymentStatus.UNDONE:
            self.undone_at, self.undone_by_id = at, by_id
            fields += ["undone_at", "undone_by"]
        rows.update(self, *fields)
