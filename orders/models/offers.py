"""What a round sells: offers, pooled price tiers, and the guard of household limits (O3, O6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, models
from django.db.models import F, Q

from groups.models import GroupOwned, Household
from merchants.models import Category, Item
from orders.models.rounds import Round

# Goods that a scale decides about, by the unit they are sold in.
WEIGHED = frozenset(("斤", "公斤", "千克", "kg", "克", "g", "两"))


@dataclass(frozen=True, slots=True)
class TakenOffer:
    id: int
    price_fen: int
    step: Decimal
    minimum: Decimal | None
    household_limit: Decimal | None
    waiting: int = 0  # how many wait for it
    left: Decimal | None = None


class OfferQuerySet(models.QuerySet["Offer"]):
    def of_round(self, round_id: int) -> OfferQuerySet:
        return self.filter(round_id=round_id).order_by("position", "pk")

    def take(self, round_id: int, quantities: Mapping[int, Decimal]) -> dict[int, TakenOffer]:
        """Take stock in id order; an offer missing from the answer had too little, or is stopped.

        Negative quantities give stock back. The condition and the CHECK on the table both hold the
        capacity; the rows are locked sorted, so that two orders never wait for each other.
        """
        ids = sorted(quantities)
        with connection.cursor() as cursor:
            cursor.execute(
                "with want as materialized ("
                "  select w.id, w.q from unnest(%s::bigint[], %s::numeric[]) as w(id, q)),"
                " held as materialized (select o.id from orders_offer o join want using (id)"
                "  where o.round_id = %s order by o.id for no key update of o)"
                " update orders_offer o set taken = o.taken + want.q from want, held"
                " where o.id = want.id and o.id = held.id"
                "  and (want.q <= 0 or o.stopped_at is null"
                "    and (o.capacity is null or o.taken + want.q <= o.capacity))"
                " returning o.id, o.price_fen, o.step, o.minimum, o.household_limit, o.waiting,"
                " case when o.stopped_at is null then o.capacity - o.taken else 0 end",
                [ids, [quantities[i] for i in ids], round_id],
            )
            return {row[0]: TakenOffer(*row) for row in cursor.fetchall()}

    def count_waiting(self, offer_ids: Iterable[int]) -> None:
        """Write anew how many wait for these offers. The caller holds the round."""
        with connection.cursor() as cursor:
            cursor.execute(
                "update orders_offer o set waiting = (select count(*) from orders_waitlistentry w"
                " where w.offer_id = o.id and w.status = 'waiting') where o.id = any(%s)",
                [sorted(offer_ids)],
            )


class Offer(GroupOwned):
    """One item in one round; prices are copied at opening (O3). Names are copies too."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="offers")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    spec = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=8)
    category = models.CharField(max_length=12, choices=Category)
    price_fen = models.BigIntegerField()
    store_price_fen = models.BigIntegerField()
    final_price_fen = models.BigIntegerField(null=True)
    step = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(1))
    minimum = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    household_limit = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    capacity = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    taken = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(0))
    waiting = models.PositiveIntegerField(default=0, db_default=0)
    # since when nobody may order it, until a complaint is ruled (SaleStop)
    stopped_at = models.DateTimeField(null=True)

    objects = OfferQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "round", "item"], name="offer_once_per_round"),
            models.UniqueConstraint(
                fields=["group", "round", "position"], name="offer_position_unique"
            ),
            models.CheckConstraint(condition=Q(taken__gte=0), name="offer_taken_not_negative"),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(taken__lte=F("capacity")),
                name="offer_never_oversold",
            ),
            models.CheckConstraint(
                condition=Q(price_fen__gt=0, store_price_fen__lt=10**8)
                & Q(price_fen__lt=F("store_price_fen")),
                name="offer_under_store_price",
            ),
            models.CheckConstraint(
                condition=Q(final_price_fen__isnull=True)
                | Q(final_price_fen__gt=0, final_price_fen__lte=F("price_fen")),
                name="offer_final_price_never_above",
            ),
            models.CheckConstraint(condition=Q(step__gt=0), name="offer_step_positive"),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gt=0),
                name="offer_capacity_positive",
            ),
            models.CheckConstraint(
                condition=Q(household_limit__isnull=True) | Q(household_limit__gt=0),
                name="offer_limit_positive",
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(minimum__gt=0), name="offer_minimum_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def by_weight(self) -> bool:
        return self.unit.lower() in WEIGHED

    @property
    def left(self) -> Decimal | None:
        """What may still be ordered, None for any quantity; nothing of what is stopped."""
        if self.stopped_at is not None:
            return Decimal(0)
        return None if self.capacity is None else self.capacity - self.taken

    @property
    def as_taken(self) -> TakenOffer:
        """As `take` gives it, for whoever holds the round and takes nothing."""
        return TakenOffer(
            self.pk,
            self.price_fen,
            self.step,
            self.minimum,
            self.household_limit,
            self.waiting,
            self.left,
        )


class PriceTier(GroupOwned):
    """From total quantity q of the offer on, the price is p for everyone (O3)."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="tiers")
    from_quantity = models.DecimalField(max_digits=9, decimal_places=3)
    price_fen = models.BigIntegerField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "offer", "from_quantity"], name="tier_quantity_unique"
            ),
            models.CheckConstraint(
                condition=Q(from_quantity__gt=0, price_fen__gt=0), name="tier_positive"
            ),
        ]


class BasketLineQuerySet(models.QuerySet["BasketLine"]):
    def take(
        self,
        *,
        group_id: int,
        household_id: int,
        quantities: Mapping[int, Decimal],
        limits: Mapping[int, Decimal],
    ) -> None:
        """Count a household's share of limited offers; the CHECK refuses what goes over the limit.

        Negative quantities give back. The round's lock is held, so these rows never deadlock.
        """
        more = [i for i in sorted(quantities) if quantities[i] > 0]
        less = [i for i in sorted(quantities) if quantities[i] < 0]
        with connection.cursor() as cursor:
            if more:
                cursor.execute(
                    "insert into orders_basketline"
                    " (group_id, offer_id, household_id, household_limit, taken)"
                    " select %s, w.id, %s, w.l, w.q"
                    " from unnest(%s::bigint[], %s::numeric[], %s::numeric[]) as w(id, q, l)"
                    " on conflict (group_id, offer_id, household_id)"
                    " do update set taken = orders_basketline.taken + excluded.taken",
                    [
                        group_id,
                        household_id,
                        more,
                        [quantities[i] for i in more],
                        [limits[i] for i in more],
                    ],
                )
            if less:
                cursor.execute(
                    "update orders_basketline b set taken = b.taken + w.q"
                    " from unnest(%s::bigint[], %s::numeric[]) as w(id, q)"
                    " where b.group_id = %s and b.offer_id = w.id and b.household_id = %s",
                    [less, [quantities[i] for i in less], group_id, household_id],
                )


class BasketLine(GroupOwned):
    """How much of a limited offer one household holds: the row that its limit is held on."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    household_limit = models.DecimalField(max_digits=9, decimal_places=3)
    taken = models.DecimalField(max_digits=9, decimal_places=3)

    objects = BasketLineQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "offer", "household"], name="basket_line_unique"
            ),
            models.CheckConstraint(
                condition=Q(taken__gte=0, taken__lte=F("household_limit")),
                name="basket_within_household_limit",
            ),
        ]
