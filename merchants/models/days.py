"""Days that shops ask a group for, and that it keeps for them (O1, G1)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models import GroupOwned, Membership
from merchants.models.applications import Application, ApplicationStatus
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import User


class DayStatus(models.TextChoices):
    ASKED = "asked", _("等团长回")
    CONFIRMED = "confirmed", _("留好了")
    DECLINED = "declined", _("没留")
    WITHDRAWN = "withdrawn", _("不要了")


STANDING = (DayStatus.ASKED, DayStatus.CONFIRMED)
MOVES: dict[str, set[str]] = {
    DayStatus.ASKED: {DayStatus.CONFIRMED, DayStatus.DECLINED, DayStatus.WITHDRAWN},
    DayStatus.CONFIRMED: {DayStatus.DECLINED, DayStatus.WITHDRAWN},
}


class MerchantDayQuerySet(models.QuerySet["MerchantDay"]):
    def of_group(self, group_id: int) -> MerchantDayQuerySet:
        return self.filter(group_id=group_id)

    def standing(self) -> MerchantDayQuerySet:
        """Asked for or kept; one of the past is over by itself."""
        return self.filter(status__in=STANDING)

    def kept_on(self, group_id: int, day: date) -> MerchantDayQuerySet:
        """Kept for shops that may open rounds."""
        return self.of_group(group_id).filter(
            day=day,
            status=DayStatus.CONFIRMED,
            application__status=ApplicationStatus.APPROVED,
        )

    def lock(self, merchant_day_id: int) -> MerchantDay:
        """Hold the day until the transaction ends. After the group."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=merchant_day_id)


class MerchantDay(GroupOwned):
    """A local day of the group on which a shop wants a cut-off. Kept until the day is over."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="days")
    day = models.DateField()
    status = models.CharField(max_length=9, choices=DayStatus, default=DayStatus.ASKED)
    wish = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = MerchantDayQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "application", "day"],
                condition=Q(status__in=STANDING),
                name="merchant_day_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=DayStatus.values), name="merchant_day_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("confirmed", "declined"))
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="merchant_day_decision_has_author",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(answer=""), name="merchant_day_no_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["group", "day"], name="merchant_day_by_day")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.day} {self.status}"

    def state_on(self, today: date) -> str:
        """Its status, or `over` once the day has passed."""
        return "over" if self.day < today and self.status in STANDING else self.status

    def move_to(
        self, status: str, *, at: datetime, by: Membership | None = None, answer: str = ""
    ) -> None:
        """The only place a day changes status. The caller holds the group and the day."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("这一天已经有了结果。刷新页面看看最新状态。"))
        self.status = status
        if by is not None:
            self.decided_by, self.decided_at, self.answer = by, at, answer
        self.save(update_fields=["status", "decided_by", "decided_at", "answer"])
