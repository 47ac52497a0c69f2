"""Returns: asked for, decided with a reason, refunded (O11)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import Group, GroupOwned, Membership
from orders.models.orders import Order, OrderLine
from orders.models.payments import Payment
from orders.models.rounds import Round
from tuangou.core.errors import InvalidTransition


class ReturnStatus(models.TextChoices):
    REQUESTED = "requested", _("等团长决定")
    ACCEPTED = "accepted", _("同意退")
    REJECTED = "rejected", _("没同意")
    WITHDRAWN = "withdrawn", _("已撤回")
    REFUNDED = "refunded", _("已退款")


class ReturnReason(models.TextChoices):
    SHORT = "short", _("少了")
    DAMAGED = "damaged", _("坏了")
    NOT_FRESH = "not_fresh", _("不新鲜")
    WRONG = "wrong", _("不对板")
    OTHER = "other", _("其他")


class Wish(models.TextChoices):
    REFUND = "refund", _("退款")
    REPLACE = "replace", _("换")
    MAKE_UP = "make_up", _("下次补")
    TELL = "tell", _("只反馈")


MOVES: dict[str, set[str]] = {
    ReturnStatus.REQUESTED: {
        ReturnStatus.ACCEPTED,
        ReturnStatus.REJECTED,
        ReturnStatus.WITHDRAWN,
    },
    ReturnStatus.ACCEPTED: {ReturnStatus.REFUNDED},
    ReturnStatus.REFUNDED: {ReturnStatus.ACCEPTED},  # its repayment was undone
}

# Returns that the return rate counts (O13).
COUNTED_RETURNS = (ReturnStatus.ACCEPTED, ReturnStatus.REFUNDED)
# Claims that stand: neither withdrawn nor refused.
OPEN_OR_GRANTED = (ReturnStatus.REQUESTED, *COUNTED_RETURNS)

# What nobody sees at pick-up, only on opening or at the stove, may be said for longer (O11).
HIDDEN_FAULTS = (ReturnReason.NOT_FRESH, ReturnReason.WRONG)
# From the request, in hours that pass: no calendar and no clock change makes them shorter.
ANSWER_WITHIN = timedelta(hours=24)
DECIDE_WITHIN = timedelta(hours=72)


def window_hours(reason: str, group: Group) -> int:
    """Hours after the hand-over in which this may be said in this group; hidden faults never
    shorter than the others."""
    hours = group.return_window_hours
    return max(hours, group.hidden_fault_days * 24) if reason in HIDDEN_FAULTS else hours


class ReturnQuerySet(models.QuerySet["Return"]):
    def of_group(self, group_id: int) -> ReturnQuerySet:
        return self.filter(group_id=group_id)

    def counted(self) -> ReturnQuerySet:
        return self.filter(status__in=COUNTED_RETURNS)

    def lock(self, return_id: int) -> Return:
        return self.select_for_update(of=("self",), no_key=True).get(pk=return_id)

    def lock_repaid_by(self, payment_id: int) -> Return | None:
        """The return that this repayment settled, held; None if it was for none."""
        held = self.select_for_update(of=("self",), no_key=True)
        return held.filter(repayment_id=payment_id, status=ReturnStatus.REFUNDED).first()


class Return(GroupOwned):
    """One order line, or part of it, that the member wants to give back or be paid for."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returns")
    number = models.PositiveSmallIntegerField()
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    reason = models.CharField(max_length=9, choices=ReturnReason)
    wish = models.CharField(max_length=7, choices=Wish, default=Wish.REFUND)
    text = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=9, choices=ReturnStatus, default=ReturnStatus.REQUESTED)
    requested_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=300, blank=True)
    accepted_fen = models.BigIntegerField(null=True)
    refunded_at = models.DateTimeField(null=True)
    repayment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="+")

    objects = ReturnQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "order", "number"], name="return_number_unique"
            ),
            models.UniqueConstraint(
                fields=["group", "line"],
                condition=Q(status="requested"),
                name="one_open_return_per_line",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ReturnStatus.values), name="return_status_known"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=ReturnReason.values), name="return_reason_known"
            ),
            models.CheckConstraint(condition=Q(wish__in=Wish.values), name="return_wish_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_quantity_positive"),
            models.CheckConstraint(
                condition=(
                    Q(
                        status__in=("accepted", "refunded"),
                        accepted_fen__gte=0,
                        accepted_fen__lt=10**10,
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                    )
                    | Q(
                        status="rejected",
                        accepted_fen__isnull=True,
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                    )
                    | Q(status__in=("requested", "withdrawn"), accepted_fen__isnull=True)
                ),
                name="return_amount_iff_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(status="rejected") | ~Q(decision=""),
                name="return_rejection_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(decided_at__gte=F("requested_at")),
                name="return_decided_after_request",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "status", "-requested_at"], name="return_by_status"),
            models.Index(fields=["group", "round"], name="return_of_round"),
        ]

    @property
    def answer_due_at(self) -> datetime:
        """By when the merchant answers."""
        return self.requested_at + ANSWER_WITHIN

    @property
    def decide_due_at(self) -> datetime:
        """By when the initiator decides."""
        return self.requested_at + DECIDE_WITHIN

    def move_to(self, status: str, *, at: datetime, by: Membership | None = None) -> None:
        """The only place a return changes status. The caller holds the lock, and has set
        accepted_fen, decision and repayment beforehand where the new status needs them."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(
                _("这次退货现在是「%(now)s」，不能改成「%(then)s」。")
                % {"now": self.get_status_display(), "then": ReturnStatus(status).label}
            )
        reopened = self.status == ReturnStatus.REFUNDED
        self.status = status
        fields = ["status"]
        if reopened:
            self.refunded_at = self.repayment = None
            fields += ["refunded_at", "repayment"]
        elif status in (ReturnStatus.ACCEPTED, ReturnStatus.REJECTED):
            self.decided_at, self.decided_by = at, by
            fields += ["decided_at", "decided_by", "accepted_fen", "decision"]
        if status == ReturnStatus.REFUNDED:
            self.refunded_at = at
            fields += ["refunded_at", "repayment"]
        self.save(update_fields=fields)


class ReturnPhoto(GroupOwned):
    """A re-encoded picture; at most four per return."""

    ret = models.ForeignKey(Return, models.PROTECT, related_name="photos")
    position = models.PositiveSmallIntegerField()
    file = models.FileField(upload_to="returns/")
    sha256 = models.CharField(max_length=64)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "ret", "position"], name="return_photo_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=4), name="return_photos_at_most_four"
            ),
        ]
