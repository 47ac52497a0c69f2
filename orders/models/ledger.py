"""The money book: double entry, append-only, integer fen (O7)."""

from __future__ import annotations

from django.db import connection, models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned
from orders.models.orders import Order
from orders.models.rounds import Round


class Account(models.TextChoices):
    """Positive = debit. `holder_id` names whose account it is."""

    MEMBER = "member", _("邻居欠款")  # holder: membership; positive = still owes
    MERCHANT = "merchant", _("应付商家")  # holder: merchant; negative = the group owes the merchant
    COMMISSION = "commission", _("团长佣金")  # holder: initiator's membership; negative = earned
    CASH_INITIATOR = "cash_initiator", _("团长手里")  # holder: initiator's membership
    CASH_MERCHANT = "cash_merchant", _("商家手里")  # holder: merchant
    OWN = "own", _("团长已取佣金")  # holder: initiator's membership; her commission, taken out
    ROUNDING = "rounding", _("尾差")  # holder 0; always 0


class Source(models.TextChoices):
    """The kind of the single act a posting comes from; source_id is that act's row."""

    ORDER_CHANGE = "order_change", _("下单和改单")
    PAYMENT = "payment", _("收款")
    PAYMENT_UNDO = "payment_undo", _("撤销收款")
    RETURN_DECISION = "return_decision", _("退货决定")
    PROVISIONAL = "provisional", _("商家没按时答复，先记的退款")
    PROVISIONAL_END = "provisional_end", _("先记的退款收回，以决定为准")
    SHORTFALL = "shortfall", _("货没到齐")
    ROUND_CONFIRMED = "round_confirmed", _("成团")
    ROUND_CANCELLED = "round_cancelled", _("取消团")
    SETTLEMENT = "settlement", _("结算")
    SUPPLEMENT = "supplement", _("结算补充单")
    SETTLEMENT_PAYMENT = "settle_payment", _("结算付款")


# What members are credited for returns, until and by their decision.
RETURN_SOURCES = (Source.RETURN_DECISION, Source.PROVISIONAL, Source.PROVISIONAL_END)
# Between initiator and merchant alone: they move no sale, no return and no commission (O12).
SETTLEMENT_SOURCES = (Source.SETTLEMENT, Source.SUPPLEMENT, Source.SETTLEMENT_PAYMENT)


class PostingQuerySet(models.QuerySet["Posting"]):
    def of_group(self, group_id: int) -> PostingQuerySet:
        return self.filter(group_id=group_id)

    def owed(self, order_id: int) -> int:
        """What is left on the member's account for this order, in fen; negative = credit."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select coalesce(sum(amount_fen), 0)::bigint from orders_posting"
                " where order_id = %s and account = 'member'",
                [order_id],
            )
            return int(cursor.fetchone()[0])

    def balance_by(self, key: str) -> dict[int, int]:
        """Sum of fen per order, round or holder: {id: fen}. One query; a missing id means zero."""
        return dict(self.values_list(key).annotate(fen=Sum("amount_fen")).values_list(key, "fen"))


class Posting(GroupOwned):
    """One leg of one act. The legs of an act sum to zero (deferred trigger at commit)."""

    append_only = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=15, choices=Source)
    source_id = models.BigIntegerField()
    account = models.CharField(max_length=14, choices=Account)
    holder_id = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    posted_at = models.DateTimeField()

    objects = PostingQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "source", "source_id", "account", "holder_id"],
                name="posting_once_per_act_and_account",
            ),
            models.CheckConstraint(
                condition=Q(account__in=Account.values), name="posting_account_known"
            ),
            models.CheckConstraint(
                condition=Q(source__in=Source.values), name="posting_source_known"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=-(10**12), amount_fen__lt=10**12) & ~Q(amount_fen=0),
                name="posting_amount_bounds",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "order"], name="posting_of_order"),
            models.Index(fields=["group", "round", "account"], name="posting_of_round"),
            models.Index(fields=["group", "account", "holder_id"], name="posting_of_holder"),
        ]
