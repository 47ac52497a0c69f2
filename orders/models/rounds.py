"""Rounds: a merchant's goods, a group price under the store price, a cut-off (O1, O2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import Group, GroupOwned, Membership, PickupPoint
from merchants.models import Merchant
from tuangou.core import rows
from tuangou.core.errors import InvalidTransition


class RoundStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    OPEN = "open", _("跟团中")
    CLOSED = "closed", _("已截单")
    CONFIRMED = "confirmed", _("已成团")
    FAILED = "failed", _("没成团")
    ARRIVED = "arrived", _("已到货")
    COMPLETED = "completed", _("已结团")
    SETTLED = "settled", _("已结算")
    CANCELLED = "cancelled", _("已取消")


class Fault(models.TextChoices):
    """Why a round that had come about was called off; the initiator says so, and all read it."""

    MERCHANT = "merchant", _("商家的原因")
    GROUP = "group", _("群里的原因")
    NOBODY = "nobody", _("谁也怪不着，比如天气")


class Payee(models.TextChoices):
    INITIATOR = "initiator", _("团长")
    MERCHANT = "merchant", _("商家")


MOVES: dict[str, set[str]] = {
    RoundStatus.DRAFT: {RoundStatus.OPEN, RoundStatus.CANCELLED},
    RoundStatus.OPEN: {RoundStatus.CLOSED, RoundStatus.CANCELLED},
    RoundStatus.CLOSED: {
        RoundStatus.OPEN,
        RoundStatus.CONFIRMED,
        RoundStatus.FAILED,
        RoundStatus.CANCELLED,
    },
    RoundStatus.CONFIRMED: {RoundStatus.ARRIVED, RoundStatus.CANCELLED},
    RoundStatus.ARRIVED: {RoundStatus.COMPLETED, RoundStatus.CANCELLED},
    RoundStatus.COMPLETED: {RoundStatus.SETTLED},
}

# Rounds whose orders count for the monthly summary (O13): confirmed or later.
COUNTED = (
    RoundStatus.CONFIRMED,
    RoundStatus.ARRIVED,
    RoundStatus.COMPLETED,
    RoundStatus.SETTLED,
)

# How long a round that missed its minimum waits for the initiator to extend it (O1).
EXTENSION_WINDOW = timedelta(hours=2)

# Which moment column a status stamps, so that every state carries its own date.
STAMPS: dict[str, str] = {
    RoundStatus.OPEN: "opened_at",
    RoundStatus.CLOSED: "closed_at",
    RoundStatus.CONFIRMED: "confirmed_at",
    RoundStatus.FAILED: "failed_at",
    RoundStatus.ARRIVED: "arrived_at",
    RoundStatus.COMPLETED: "completed_at",
    RoundStatus.SETTLED: "settled_at",
    RoundStatus.CANCELLED: "cancelled_at",
}


@dataclass(frozen=True, slots=True)
class TakenNumber:
    """What placing needs of the round, read in the statement that locked it."""

    number: int
    merchant_id: int
    status: str
    opens_at: datetime
    cut_off_at: datetime
    paused_at: datetime | None
    now: datetime

    def takes_orders(self, at: datetime) -> bool:
        """Open, not paused, before the cut-off, whether or not the closing job ran (O1)."""
        return (
            self.status == RoundStatus.OPEN
            and self.paused_at is None
            and self.opens_at <= at < self.cut_off_at
        )


class RoundQuerySet(models.QuerySet["Round"]):
    def of_group(self, group_id: int) -> RoundQuerySet:
        return self.filter(group_id=group_id)

    def due_to_close(self, at: datetime) -> RoundQuerySet:
        """Open past their cut-off, or closed below their minimum and not extended in time."""
        return self.filter(
            Q(status=RoundStatus.OPEN, cut_off_at__lte=at)
            | Q(status=RoundStatus.CLOSED, closed_at__lte=at - EXTENSION_WINDOW)
        )

    def counted(self) -> RoundQuerySet:
        return self.filter(status__in=COUNTED)

    def lock(self, round_id: int | models.QuerySet[Any, Any]) -> Round:
        """Hold this round until the transaction ends: after group and approval, before orders.

        Of an order: `lock(Order.objects.round_of(order_id))`, in one statement.

        FOR NO KEY UPDATE, so that foreign-key checks on the round pass; never FOR SHARE (upgrading
        it deadlocks).
        """
        return rows.get(Round, round_id, lock=True)

    def take_number(self, group_id: int, round_id: int) -> TakenNumber | None:
        """Lock a group's round by taking its next order number; None where there is no such round.

        The clock is read in the same statement, with the lock held.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "update orders_round set last_number = last_number + 1, version = version + 1"
                " where group_id = %s and id = %s returning last_number, merchant_id, status,"
                " opens_at, cut_off_at, paused_at, app_now()",
                [group_id, round_id],
            )
            row = cursor.fetchone()
        return TakenNumber(*row) if row else None

    def bump(self, round_id: int) -> None:
        """A new version: cached fragments and ETags of this round are stale from here on."""
        self.filter(pk=round_id).update(version=F("version") + 1)


class Round(GroupOwned):
    """One group buy of one merchant. See domain O1 for the states."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    initiator = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    code = models.CharField(max_length=6, unique=True)
    title = models.CharField(max_length=60)
    note = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=9, choices=RoundStatus, default=RoundStatus.DRAFT)
    opens_at = models.DateTimeField()
    cut_off_at = models.DateTimeField()
    pickup_point = models.ForeignKey(PickupPoint, models.PROTECT, related_name="+")
    pickup_from = models.DateTimeField()
    pickup_until = models.DateTimeField()
    minimum_households = models.PositiveIntegerField(null=True, blank=True)
    minimum_fen = models.BigIntegerField(null=True, blank=True)
    payee = models.CharField(max_length=9, choices=Payee, default=Payee.INITIATOR)
    # the merchant brings the goods to the doors, which it sees for this round until it is done
    to_the_door = models.BooleanField(default=False, db_default=False)
    commission_bp = models.PositiveIntegerField()
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    last_number = models.PositiveIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=1)
    month = models.DateField()
    extended_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    # of a round called off after it had come about: whose fault, "" where nobody said
    cancel_fault = models.CharField(
        max_length=8, choices=Fault, default="", db_default="", blank=True
    )

    objects = RoundQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(status__in=RoundStatus.values), name="round_status_known"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[2-9A-HJKMNP-TV-Z]{6}$"), name="round_code_shape"
            ),
            models.CheckConstraint(
                condition=Q(cut_off_at__gt=F("opens_at")), name="round_cut_off_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(pickup_from__gte=F("cut_off_at"), pickup_until__gt=F("pickup_from")),
                name="round_pickup_after_cut_off",
            ),
            models.CheckConstraint(condition=Q(payee__in=Payee.values), name="round_payee_known"),
            models.CheckConstraint(
                condition=Q(commission_bp__lte=3000), name="round_commission_bounds"
            ),
            models.CheckConstraint(
                condition=Q(minimum_households__isnull=True) | Q(minimum_households__gte=1),
                name="round_minimum_households_positive",
            ),
            models.CheckConstraint(
                condition=Q(minimum_fen__isnull=True)
                | Q(minimum_fen__gte=1, minimum_fen__lt=10**12),
                name="round_minimum_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(opened_at__isnull=False) | Q(status="cancelled"),
                name="round_opened_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(closed_at__isnull=False),
                name="round_closed_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("confirmed", "arrived", "completed", "settled"))
                | Q(confirmed_at__isnull=False),
                name="round_confirmed_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("arrived", "completed", "settled"))
                | Q(arrived_at__isnull=False),
                name="round_arrived_has_date",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
                name="round_cancelled_at_iff_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(cancel_fault="")
                | Q(cancel_fault__in=Fault.values, status="cancelled", confirmed_at__isnull=False),
                name="round_fault_of_one_that_came_about",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "status", "cut_off_at"], name="round_board"),
            models.Index(fields=["group", "merchant", "-cut_off_at"], name="round_of_merchant"),
            models.Index(
                fields=["cut_off_at"], condition=Q(status="open"), name="round_due_to_close"
            ),
            models.Index(fields=["group", "month"], name="round_of_month"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def remark_prefix(self) -> str:
        """First three characters of the code: `7KQ` of the remark code `7KQ-31`."""
        return self.code[:3]

    def remark_code(self, number: int) -> str:
        """What a member writes beside a transfer: `7KQ-31` (O8)."""
        return f"{self.code[:3]}-{number}"

    def pickup_code(self, number: int) -> str:
        """What a member says at the desk: `K7-31`. It opens nothing by itself (O10)."""
        return f"{self.code[1]}{self.code[0]}-{number}"

    def takes_orders(self, at: datetime) -> bool:
        """Open, not paused, before the cut-off, whether or not the closing job ran (O1)."""
        return (
            self.status == RoundStatus.OPEN
            and self.paused_at is None
            and self.opens_at <= at < self.cut_off_at
        )

    @property
    def is_counted(self) -> bool:
        return self.status in COUNTED

    def move_to(self, status: str, *, at: datetime, reason: str = "", fault: str = "") -> None:
        """The only place a round changes status. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()) or (
            status == RoundStatus.OPEN and self.extended_at is not None
        ):
            raise InvalidTransition(
                _("这个团现在是「%(now)s」，不能改成「%(then)s」。")
                % {"now": self.get_status_display(), "then": RoundStatus(status).label}
            )
        fields = ["status", "version"]
        if status == RoundStatus.OPEN and self.status == RoundStatus.CLOSED:
            self.extended_at, self.closed_at = at, None
            fields += ["extended_at", "closed_at"]
        else:
            setattr(self, STAMPS[status], at)
            fields.append(STAMPS[status])
        if status == RoundStatus.CANCELLED:
            self.cancel_reason, self.cancel_fault = reason, fault
            fields += ["cancel_reason", "cancel_fault"]
        self.status = status
        self.version += 1
        self.save(update_fields=fields)

    @staticmethod
    def month_for(group: Group, cut_off_at: datetime) -> date:
        """The summary month: local month of the cut-off (O13)."""
        return group.month_of(cut_off_at)
