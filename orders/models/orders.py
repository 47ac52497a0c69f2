"""Orders, their lines, and the history of each change (O4, O5)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Household, Membership
from orders.models.holds import Hold
from orders.models.offers import Offer
from orders.models.rounds import COUNTED, Round
from tuangou.core import rows
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import ERASED


class OrderStatus(models.TextChoices):
    PLACED = "placed", _("已下单")
    COLLECTED = "collected", _("已取")
    PARTLY_COLLECTED = "partly", _("取了一部分")
    NOT_COLLECTED = "missed", _("没取")
    CANCELLED = "cancelled", _("已取消")


class Channel(models.TextChoices):
    WEB = "web", _("网页")
    JIELONG = "jielong", _("接龙")
    SPREADSHEET = "spreadsheet", _("表格")
    PAPER = "paper", _("纸条")
    API = "api", _("接口")
    WAITING = "waiting", _("候补")


MOVES: dict[str, set[str]] = {
    OrderStatus.PLACED: {
        OrderStatus.COLLECTED,
        OrderStatus.PARTLY_COLLECTED,
        OrderStatus.NOT_COLLECTED,
        OrderStatus.CANCELLED,
    },
    # an undone check-off, a bag fetched late, the rest of a bag
    OrderStatus.COLLECTED: {OrderStatus.PLACED, OrderStatus.PARTLY_COLLECTED},
    OrderStatus.PARTLY_COLLECTED: {OrderStatus.PLACED, OrderStatus.COLLECTED},
    OrderStatus.NOT_COLLECTED: {
        OrderStatus.PLACED,
        OrderStatus.COLLECTED,
        OrderStatus.PARTLY_COLLECTED,
    },
}


# 128 random bits, URL-safe: what the QR code carries (O10).
new_pickup_token = partial(secrets.token_urlsafe, 16)


class OrderQuerySet(rows.Rows["Order"]):
    def of_group(self, group_id: int) -> OrderQuerySet:
        return self.filter(group_id=group_id)

    def live(self) -> OrderQuerySet:
        return self.exclude(status=OrderStatus.CANCELLED)

    def with_goods(self) -> OrderQuerySet:
        """Orders of which anything came: of the others there is no bag."""
        billed = OrderLine.objects.filter(order_id=OuterRef("pk"), billed_quantity__gt=0)
        return self.filter(Exists(billed))

    def counted(self) -> OrderQuerySet:
        """Orders of the monthly summary: not cancelled, round confirmed or later (O13).

        An order billed 0 is left out by the summary itself, which sums the lines.
        """
        return self.live().filter(round__status__in=COUNTED)

    def round_of(self, order_id: int) -> models.QuerySet[Order, Any]:
        """The id of its round, for Round.objects.lock(); an order never changes its round."""
        return self.filter(pk=order_id).values("round_id")[:1]

    def lock(self, order_id: int, *related: str) -> Order:
        """Hold this order until the transaction ends. The round is locked before it.

        `related` rows are read with it (see rows.get), not held.
        """
        return rows.get(Order, order_id, *related, lock=True)

    def count_money(self, order_id: int, *, received_fen: int, refunded_fen: int) -> None:
        """Add to what an order received and gave back."""
        with connection.cursor() as cursor:
            cursor.execute(
                "update orders_order set received_fen = received_fen + %s,"
                " refunded_fen = refunded_fen + %s where id = %s",
                [received_fen, refunded_fen, order_id],
            )

    def lock_of_round(self, round_id: int) -> list[Order]:
        """All orders of a round, in id order, held."""
        return list(
            self.select_for_update(of=("self",), no_key=True)
            .filter(round_id=round_id)
            .order_by("pk")
        )

    def lock_these(self, ids: Collection[int] | models.QuerySet[Any, Any]) -> OrderQuerySet:
        """These orders, in id order, held. The round is locked before them."""
        held = self.select_for_update(of=("self",), no_key=True)
        return held.filter(pk__in=ids).order_by("pk")


class Order(GroupOwned):
    """One member's order in one round. Household and name are copied when it is placed."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="orders")
    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    placed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    channel = models.CharField(max_length=11, choices=Channel, default=Channel.WEB)
    request_id = models.UUIDField()
    pickup_token = models.CharField(max_length=22, unique=True, default=new_pickup_token)
    building = models.CharField(max_length=20)
    unit = models.CharField(max_length=10, blank=True)
    room = models.CharField(max_length=12)
    nickname = models.CharField(max_length=30)
    note = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=9, choices=OrderStatus, default=OrderStatus.PLACED)
    placed_at = models.DateTimeField()
    amended_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    proxy_pays = models.BooleanField(default=False, db_default=False)
    proxy_collects = models.BooleanField(default=False, db_default=False)
    changes = models.PositiveSmallIntegerField(default=1)
    received_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)

    objects = OrderQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "round", "number"], name="order_number_unique"
            ),
            models.UniqueConstraint(
                fields=["group", "placed_by", "request_id"], name="one_order_per_request"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values), name="order_status_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="order_channel_known"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="order_number_positive"),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
                name="order_cancelled_at_iff_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(received_fen__gte=0, received_fen__lt=10**12)
                & Q(refunded_fen__gte=0, refunded_fen__lte=F("received_fen")),
                name="order_refunded_within_received",
            ),
            models.CheckConstraint(
                condition=Q(proxy_pays=False, proxy_collects=False) | ~Q(placed_by=F("member")),
                name="order_proxy_is_another_person",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "member", "-placed_at"], name="order_of_member"),
            models.Index(fields=["group", "placed_by", "-placed_at"], name="order_by_proxy"),
        ]

    @property
    def door(self) -> str:
        """`3-502`, or `3-2-502` with a unit: what a desk helper looks for."""
        building = self.building.removesuffix("栋")
        return "-".join(part for part in (building, self.unit, self.room) if part)

    @property
    def masked_name(self) -> str:
        """`3栋·张*`: all that other members see (G2); the pseudonym of somebody erased."""
        if self.nickname.startswith(ERASED):
            return self.nickname
        return f"{self.building}·{self.nickname[:1]}*"

    @property
    def is_by_proxy(self) -> bool:
        return self.placed_by_id != self.member_id

    @property
    def payer_id(self) -> int:
        """Membership of who said to pay: the member, or who ordered for her."""
        return self.placed_by_id if self.proxy_pays else self.member_id

    @property
    def collector_id(self) -> int:
        """Membership of who said to fetch the bag."""
        return self.placed_by_id if self.proxy_collects else self.member_id

    def move_to(self, status: str, *, at: datetime) -> None:
        """The only place an order changes status. The caller holds its lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(
                _("这一单现在是「%(now)s」，不能改成「%(then)s」。")
                % {"now": self.get_status_display(), "then": OrderStatus(status).label}
            )
        self.status = status
        fields = ["status"]
        if status == OrderStatus.CANCELLED:
            self.cancelled_at = at
            fields.append("cancelled_at")
        rows.update(self, *fields)


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def live(self) -> OrderLineQuerySet:
        return self.exclude(order__status=OrderStatus.CANCELLED)

    def hand_over(self, order_id: int, unless_held: int | None = None) -> int:
        """All that is billed of an order goes; how many lines. Added, not set: where something
        went before, `line_returned_within_collected_within_billed` refuses it.

        `unless_held`: a round; while any of its goods are stopped, nothing goes.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "update orders_orderline set collected_quantity = collected_quantity"
                " + billed_quantity where order_id = %s and not exists"
                " (select from orders_hold where round_id = %s and released_at is null)",
                [order_id, unless_held],
            )
            return int(cursor.rowcount)

    def with_stopped(self, round_id: int) -> OrderLineQuerySet:
        """Adds `stopped`: whether these goods must not go for now (O16)."""
        here = Hold.objects.standing(round_id).filter(
            Q(batch__isnull=True) | Q(batch__parts__line_id=OuterRef("pk"))
        )
        holds = here.filter(Q(offer_id__isnull=True) | Q(offer_id=OuterRef("offer_id")))
        return self.annotate(stopped=Exists(holds))  # type: ignore[no-redef]

    def billed_by(self, key: str) -> dict[int, int]:
        """Billed fen per order, offer or round: {id: fen}. One query; a missing id means zero."""
        return dict(self.values_list(key).annotate(fen=Sum("billed_fen")).values_list(key, "fen"))

    def quantity_by(self, key: str) -> dict[int, Decimal]:
        return dict(self.values_list(key).annotate(q=Sum("quantity")).values_list(key, "q"))


class OrderLine(GroupOwned):
    """One offer in one order. billed_fen is computed by the database, rounded half up once (O6)."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    unit_price_fen = models.BigIntegerField()
    final_unit_price_fen = models.BigIntegerField(null=True)
    billed_quantity = models.DecimalField(max_digits=9, decimal_places=3)
    billed_fen = models.GeneratedField(
        expression=Cast(
            F("billed_quantity") * Coalesce(F("final_unit_price_fen"), F("unit_price_fen")),
            models.BigIntegerField(),
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    collected_quantity = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(0))
    returned_quantity = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(0))

    objects = OrderLineQuerySet.as_manager()

    # set by with_stopped()
    stopped: bool

    @property
    def left(self) -> Decimal:
        """What waits to be handed over."""
        return self.billed_quantity - self.collected_quantity

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "order", "offer"], name="line_once_per_offer"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(
                condition=Q(unit_price_fen__gt=0, unit_price_fen__lt=10**8),
                name="line_price_bounds",
            ),
            models.CheckConstraint(
                condition=Q(final_unit_price_fen__isnull=True)
                | Q(final_unit_price_fen__gt=0, final_unit_price_fen__lte=F("unit_price_fen")),
                name="line_final_price_never_above",
            ),
            models.CheckConstraint(
                condition=Q(billed_quantity__gte=0), name="line_billed_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(billed_quantity__lte=F("quantity")), name="line_billed_within_ordered"
            ),
            models.CheckConstraint(
                condition=Q(collected_quantity__gte=0, collected_quantity__lte=F("billed_quantity"))
                & Q(returned_quantity__gte=0, returned_quantity__lte=F("collected_quantity")),
                name="line_returned_within_collected_within_billed",
            ),
        ]
        indexes = [models.Index(fields=["group", "offer"], name="line_of_offer")]


class ChangeKind(models.TextChoices):
    PLACED = "placed", _("下单")
    AMENDED = "amended", _("改单")
    CANCELLED = "cancelled", _("取消")
    REPRICED = "repriced", _("按阶梯价结算")
    SHORT = "short", _("货没到齐")


class OrderChangeQuerySet(rows.Rows["OrderChange"]):
    """New rows in a kept sentence."""


class OrderChange(GroupOwned):
    """Who changed what of an order, when and why (O5). Append-only; source of postings (O7)."""

    append_only = True

    order = models.ForeignKey(Order, models.PROTECT, related_name="history")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=9, choices=ChangeKind)
    actor = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)

    objects = OrderChangeQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "order", "number"], name="change_number_unique"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ChangeKind.values), name="change_kind_known"
            ),
        ]
