"""How somebody came to the door, what she waits for, and what she agreed to (G3, G7)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groups.models.groups import GroupOwned
from groups.models.invitations import Invitation
from groups.models.memberships import Membership, MembershipStatus

# The name under which the doors of a building stand that is not in the list yet.
OTHER_BUILDING = "其他"


class Way(models.TextChoices):
    INVITATION = "invitation", _("邻居邀请")
    LINK = "link", _("小区链接")


class WaitsFor(models.TextChoices):
    """Whose move it is while the membership is pending."""

    NOBODY = "nobody", _("不用等")
    OFFICERS = "officers", _("等团长核对")
    HOUSEHOLD = "household", _("等那一户或团长点头")
    SEAT = "seat", _("排队等名额")


class JoiningQuerySet(models.QuerySet["Joining"]):
    def of_group(self, group_id: int) -> JoiningQuerySet:
        return self.filter(group_id=group_id)

    def waiting(self) -> JoiningQuerySet:
        """Whose membership is still pending."""
        return self.filter(membership__status=MembershipStatus.PENDING)

    def queue(self) -> JoiningQuerySet:
        """Those who were let in and wait for a free seat, in order of asking."""
        return self.waiting().filter(waits_for=WaitsFor.SEAT).order_by("asked_at", "pk")


class Joining(GroupOwned):
    """One person's way in; one row per membership that came by a link.

    `claims` is the neighbour without an account, known from paper or chain, whom she seems to be;
    `other_building` is what she wrote where her building was not in the list.
    """

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    way = models.CharField(max_length=10, choices=Way)
    invitation = models.ForeignKey(Invitation, models.PROTECT, null=True, related_name="+")
    waits_for = models.CharField(max_length=9, choices=WaitsFor)
    other_building = models.CharField(max_length=20, blank=True)
    claims = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    request_id = models.UUIDField()
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    objects = JoiningQuerySet.as_manager()

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(fields=["group", "membership"], name="joining_once"),
            models.UniqueConstraint(fields=["group", "request_id"], name="joining_request_once"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="joining_way_known"),
            models.CheckConstraint(
                condition=Q(waits_for__in=WaitsFor.values), name="joining_waits_for_known"
            ),
            models.CheckConstraint(
                condition=Q(invitation__isnull=False) | ~Q(way="invitation"),
                name="joining_by_invitation_has_one",
            ),
        ]
        indexes = [models.Index(fields=["group", "waits_for", "asked_at"], name="joining_queue")]

    def __str__(self) -> str:
        return f"{self.way} {self.membership_id}"


class Purpose(models.TextChoices):
    """What a neighbour's data are used for, each agreed to by itself."""

    ORDERS = "orders", _("下单和送货")
    NICKNAME = "nickname", _("邻居看到我的昵称")
    SMS = "sms", _("短信通知")
    RULES = "rules", _("群规")


# The wording of each purpose on the join form. A new wording is a new version.
CONSENT_VERSION = 1


class Consent(GroupOwned):
    """One purpose, agreed to in one wording; `rules` counts the versions of the house rules."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=8, choices=Purpose)
    version = models.PositiveIntegerField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "membership", "purpose", "version"],
                condition=Q(withdrawn_at__isnull=True),
                name="consent_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="consent_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=models.F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"
