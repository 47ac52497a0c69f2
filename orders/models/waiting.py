"""Who waits for goods that are sold out, in order of asking (O5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Household, Membership, MembershipStatus
from orders.models.leftovers import Leftover
from orders.models.offers import Offer
from orders.models.orders import Order
from orders.models.rounds import Round
from tuangou.core import rows
from tuangou.core.errors import InvalidTransition


class WaitStatus(models.TextChoices):
    WAITING = "waiting", _("候补中")
    SERVED = "served", _("已帮下单")
    PASSED = "passed", _("接了没人取的")
    LEFT = "left", _("不等了")
    ENDED = "ended", _("团没成")


MOVES: dict[str, set[str]] = {
    WaitStatus.WAITING: {
        WaitStatus.SERVED,
        WaitStatus.PASSED,
        WaitStatus.LEFT,
        WaitStatus.ENDED,
    },
}


class WaitlistEntryQuerySet(rows.Rows["WaitlistEntry"]):
    def waiting(self) -> WaitlistEntryQuerySet:
        return self.filter(status=WaitStatus.WAITING)

    def in_line(self, offer_ids: Iterable[int]) -> list[WaitlistEntry]:
        """Who waits for these offers and is still in the group, in order of asking.

        The caller holds the round, so the list stands. The members are held too: whoever is
        leaving at this moment is waited for, and then no longer in line.
        """
        return rows.select(
            WaitlistEntry,
            "t0.offer_id = any(%s) and t0.status = %s and t1.status = %s"
            " order by t0.id for share of t1",
            [sorted(offer_ids), WaitStatus.WAITING, MembershipStatus.ACTIVE],
            "member__household__building",
        )

    def end_with_round(self, round_id: int, at: datetime) -> int:
        """Nothing is left to wait for. The caller holds the round."""
        ended = self.waiting().filter(round_id=round_id)
        return ended.update(status=WaitStatus.ENDED, ended_at=at)

    def forget(self, member_ids: Iterable[int], *, nowhere: Household, at: datetime) -> None:
        """An erased person waits no longer, and her entries are at no door."""
        hers = self.filter(member_id__in=member_ids, group_id=nowhere.group_id)
        hers.waiting().update(status=WaitStatus.LEFT, ended_at=at)
        hers.update(household=nowhere)


class WaitlistEntry(GroupOwned):
    """One household's wish for goods that were sold out when it asked.

    Written under the round's lock. It stays `waiting` over the cut-off: what nobody fetches may be
    passed on to whoever still stands here.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    status = models.CharField(max_length=7, choices=WaitStatus, default=WaitStatus.WAITING)
    request_id = models.UUIDField()
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+")
    leftover = models.ForeignKey(Leftover, models.PROTECT, null=True, related_name="+")

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "offer", "household"],
                condition=Q(status="waiting"),
                name="one_wait_per_household",
            ),
            models.UniqueConstraint(
                fields=["group", "member", "request_id"], name="one_wait_per_request"
            ),
            models.UniqueConstraint(fields=["group", "order"], name="one_wait_per_order"),
            models.UniqueConstraint(fields=["group", "leftover"], name="one_wait_per_leftover"),
            models.CheckConstraint(
                condition=Q(status__in=WaitStatus.values), name="wait_status_known"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="wait_quantity_positive"),
            models.CheckConstraint(
                condition=Q(status="waiting", ended_at__isnull=True)
                | (~Q(status="waiting") & Q(ended_at__isnull=False)),
                name="wait_ended_iff_not_waiting",
            ),
            models.CheckConstraint(
                condition=Q(status="served", order__isnull=False)
                | (~Q(status="served") & Q(order__isnull=True)),
                name="wait_served_by_an_order",
            ),
            models.CheckConstraint(
                condition=Q(status="passed", leftover__isnull=False)
                | (~Q(status="passed") & Q(leftover__isnull=True)),
                name="wait_passed_a_leftover",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "member", "-asked_at"], name="wait_of_member"),
            models.Index(
                fields=["offer", "id"], condition=Q(status="waiting"), name="wait_in_line"
            ),
        ]

    @property
    def waits(self) -> bool:
        return self.status == WaitStatus.WAITING

    def move_to(
        self,
        status: str,
        *,
        at: datetime,
        order: Order | None = None,
        leftover: Leftover | None = None,
    ) -> None:
        """The only place an entry changes status. The caller holds the round."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(
                _("这个候补现在是「%(now)s」，不能改成「%(then)s」。")
                % {"now": self.get_status_display(), "then": WaitStatus(status).label}
            )
        self.status, self.ended_at, self.order, self.leftover = status, at, order, leftover
        rows.update(self, "status", "ended_at", "order", "leftover")
