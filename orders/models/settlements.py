"""What a round comes to for its merchant: a numbered statement, supplements, words, money (O12).

Every table here is append-only. What a settlement says is the sum of its parts: part 0 as it was
drawn up, and a part for each change since. The round's own state says whether it is settled.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.models import GroupOwned, Membership
from orders.models.offers import Offer
from orders.models.rounds import Payee, Round
from orders.models.shortfalls import ShortfallKind
from tuangou.core.models import User


class Party(models.TextChoices):
    """The two sides of a settlement."""

    INITIATOR = "initiator", pgettext_lazy("one side of a settlement", "团长")
    MERCHANT = "merchant", pgettext_lazy("one side of a settlement", "商家")


class WordKind(models.TextChoices):
    CONFIRMED = "confirmed", _("确认")
    OBJECTED = "objected", _("有异议")
    REPLIED = "replied", _("答复")


class Cause(models.TextChoices):
    """Why a supplement came: a return, or what came short, was counted anew or not handed out."""

    RETURN = "return", _("退货")
    UNANSWERED = "unanswered", _("商家没按时答复，先记的退款")
    DELIVERY = ShortfallKind.DELIVERY.value, ShortfallKind.DELIVERY.label
    CORRECTION = ShortfallKind.CORRECTION.value, ShortfallKind.CORRECTION.label
    LATER = ShortfallKind.LATER.value, ShortfallKind.LATER.label
    SPOT = ShortfallKind.SPOT.value, ShortfallKind.SPOT.label
    LEFT = ShortfallKind.LEFT.value, ShortfallKind.LEFT.label
    WITHDRAWN = ShortfallKind.WITHDRAWN.value, ShortfallKind.WITHDRAWN.label


class SettlementQuerySet(models.QuerySet["Settlement"]):
    def of_group(self, group_id: int) -> SettlementQuerySet:
        return self.filter(group_id=group_id)


class Settlement(GroupOwned):
    """One per round, numbered without gaps per group and year. `payee`, `commission_bp`: as the
    round had them then."""

    append_only = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="settlements")
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    payee = models.CharField(max_length=9, choices=Payee)
    commission_bp = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")

    objects = SettlementQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "round"], name="one_settlement_per_round"),
            models.UniqueConstraint(
                fields=["group", "year", "sequence"], name="settlement_number_unique"
            ),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="settlement_number_positive"),
            models.CheckConstraint(
                condition=Q(payee__in=Payee.values), name="settlement_payee_known"
            ),
            models.CheckConstraint(
                condition=Q(commission_bp__lte=3000), name="settlement_commission_bounds"
            ),
        ]

    @property
    def number(self) -> str:
        """S-2026-0042"""
        return f"S-{self.year}-{self.sequence:04d}"


class SettlementPart(GroupOwned):
    """What was drawn up (number 0), or one dated supplement: then all figures are differences.

    Sales are `ordered_fen` less `short_fen`. `transfer_fen`: what the initiator gives the merchant,
    negative where he gives her. `content_hash` is of this part and all before it. A supplement
    says why by its `cause` and what it is `about`, a remark code; an old one in words, `reason`.
    """

    append_only = True

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="parts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    cause = models.CharField(max_length=10, choices=Cause, blank=True, db_default="")
    about = models.CharField(max_length=30, blank=True, db_default="")
    reason = models.CharField(max_length=60, blank=True)
    ordered_fen = models.BigIntegerField()
    short_fen = models.BigIntegerField()
    returned_fen = models.BigIntegerField()
    commission_fen = models.BigIntegerField()
    transfer_fen = models.BigIntegerField()
    content_hash = models.CharField(max_length=64)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "settlement", "number"], name="settlement_part_number_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    ordered_fen__gt=-(10**12),
                    ordered_fen__lt=10**12,
                    short_fen__gt=-(10**12),
                    short_fen__lt=10**12,
                    returned_fen__gt=-(10**12),
                    returned_fen__lt=10**12,
                    commission_fen__gt=-(10**12),
                    commission_fen__lt=10**12,
                    transfer_fen__gt=-(10**12),
                    transfer_fen__lt=10**12,
                ),
                name="settlement_part_bounds",
            ),
            models.CheckConstraint(
                condition=Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="settlement_part_hashed"
            ),
            models.CheckConstraint(
                condition=Q(number=0, reason="", cause="")
                | (Q(number__gt=0) & ~Q(reason="", cause="")),
                name="settlement_supplement_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(cause__in=["", *Cause.values]), name="settlement_cause_known"
            ),
        ]

    @property
    def sales_fen(self) -> int:
        return self.ordered_fen - self.short_fen

    @property
    def due_fen(self) -> int:
        """Sales less returns and commission: what the merchant is due of it (O12)."""
        return self.sales_fen - self.returned_fen - self.commission_fen


class SettlementLine(GroupOwned):
    """One offer in one part; in a supplement the differences, of the offers that changed."""

    append_only = True

    part = models.ForeignKey(SettlementPart, models.PROTECT, related_name="lines")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    price_fen = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    short_quantity = models.DecimalField(max_digits=12, decimal_places=3)
    returned_quantity = models.DecimalField(max_digits=12, decimal_places=3)
    ordered_fen = models.BigIntegerField()
    short_fen = models.BigIntegerField()
    returned_fen = models.BigIntegerField()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "part", "offer"], name="settlement_line_once_per_offer"
            ),
            models.CheckConstraint(
                condition=Q(
                    price_fen__gt=0,
                    price_fen__lt=10**8,
                    ordered_fen__gt=-(10**12),
                    ordered_fen__lt=10**12,
                    short_fen__gt=-(10**12),
                    short_fen__lt=10**12,
                    returned_fen__gt=-(10**12),
                    returned_fen__lt=10**12,
                ),
                name="settlement_line_bounds",
            ),
        ]

    @property
    def sales_fen(self) -> int:
        return self.ordered_fen - self.short_fen


class SettlementWord(GroupOwned):
    """Who confirmed, objected or answered, and what exactly was on the page: by its content.

    `for_other`: the initiator wrote down what a merchant without an account said elsewhere.
    """

    append_only = True

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="words")
    kind = models.CharField(max_length=9, choices=WordKind)
    party = models.CharField(max_length=9, choices=Party)
    content_hash = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.CharField(max_length=300, blank=True)
    for_other = models.BooleanField(default=False)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "settlement", "party", "content_hash"],
                condition=Q(kind="confirmed"),
                name="settlement_confirmed_once",
            ),
            models.UniqueConstraint(
                fields=["group", "settlement", "by", "content_hash"],
                condition=Q(kind="confirmed", for_other=False),
                name="settlement_confirmed_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=WordKind.values), name="settlement_word_known"
            ),
            models.CheckConstraint(
                condition=Q(party__in=Party.values), name="settlement_party_known"
            ),
            models.CheckConstraint(
                condition=Q(for_other=False) | Q(party="merchant", kind="confirmed"),
                name="settlement_word_for_merchant_only",
            ),
        ]


class SettlementPayment(GroupOwned):
    """Money that went over for a settlement: positive from the initiator to the merchant.

    A mistake is taken back by a row with the opposite amount that names it, once.
    """

    append_only = True

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="payments")
    number = models.PositiveSmallIntegerField()
    amount_fen = models.BigIntegerField()
    paid_on = models.DateField()
    note = models.CharField(max_length=100, blank=True)
    party = models.CharField(max_length=9, choices=Party)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals")

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "settlement", "number"], name="settlement_payment_number_unique"
            ),
            models.UniqueConstraint(
                fields=["group", "reverses"], name="settlement_payment_reversed_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=-(10**12), amount_fen__lt=10**12) & ~Q(amount_fen=0),
                name="settlement_payment_bounds",
            ),
            models.CheckConstraint(
                condition=Q(party__in=Party.values), name="settlement_payment_party_known"
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True) | ~Q(reverses=F("id")),
                name="settlement_payment_reverses_another",
            ),
        ]
