"""Households and the people in them (G2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from groups.models.groups import Building, GroupOwned
from groups.models.mandates import Deputy, Mandate
from tuangou.core.errors import InvalidTransition
from tuangou.core.models import ERASED, User


class Household(GroupOwned):
    """One flat: (group, building, unit, room). Several people may share it."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="+")
    unit = models.CharField(max_length=10, blank=True)
    room = models.CharField(max_length=12)
    activated_at = models.DateTimeField(null=True)

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "building", "unit", "room"], name="household_unique"
            ),
        ]

    def __str__(self) -> str:
        """`3栋502`, `3栋2单元502`."""
        unit = _("%(unit)s单元") % {"unit": self.unit} if self.unit else ""
        return f"{self.building.name}{unit}{self.room}"


class MembershipStatus(models.TextChoices):
    PENDING = "pending", _("等团长核对")
    ACTIVE = "active", _("群友")
    LEFT = "left", _("已退群")
    REMOVED = "removed", _("已移出")


MOVES: dict[str, set[str]] = {
    MembershipStatus.PENDING: {MembershipStatus.ACTIVE, MembershipStatus.REMOVED},
    MembershipStatus.ACTIVE: {MembershipStatus.LEFT, MembershipStatus.REMOVED},
    MembershipStatus.LEFT: {MembershipStatus.ACTIVE},
    MembershipStatus.REMOVED: {MembershipStatus.ACTIVE},
}


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> MembershipQuerySet:
        return self.filter(status=MembershipStatus.ACTIVE)

    def of_group(self, group_id: int) -> MembershipQuerySet:
        return self.filter(group_id=group_id)

    def with_office(self) -> MembershipQuerySet:
        """Adds holds_mandate and is_deputy, so that one query answers who may."""
        return self.annotate(  # type: ignore[no-redef]
            holds_mandate=Exists(
                Mandate.objects.filter(membership_id=OuterRef("pk"), ended_at__isnull=True)
            ),
            is_deputy=Exists(
                Deputy.objects.filter(membership_id=OuterRef("pk"), ended_at__isnull=True)
            ),
        )

    def in_door_order(self) -> MembershipQuerySet:
        return self.order_by(
            "household__building__position", "household__unit", "household__room", "pk"
        )


class Membership(GroupOwned):
    """A person in a group. Without `user`: a neighbour known from paper, chain or spreadsheet.

    Real name, room and phone are for the initiator; others see `masked_name` (G2).
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    nickname = models.CharField(max_length=30)
    real_name = models.CharField(max_length=30)
    status = models.CharField(
        max_length=8, choices=MembershipStatus, default=MembershipStatus.PENDING
    )
    invited_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    activated_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    # E.164, as she typed it when she joined: where to call her; proves nothing, signs nobody in
    contact_phone = models.CharField(max_length=16, blank=True)
    # the latest HouseRules she accepted, 0 for none
    rules_version = models.PositiveIntegerField(default=0)

    objects = MembershipQuerySet.as_manager()

    # set by MembershipQuerySet.with_office()
    holds_mandate: bool
    is_deputy: bool
    # set by groups.access: new lines of her inbox here, at most UNREAD_SHOWN + 1
    unread: int

    class Meta(GroupOwned.Meta):
        constraints = [
            *GroupOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "user"],
                condition=Q(user__isnull=False),
                name="membership_once_per_group",
            ),
            models.CheckConstraint(
                condition=Q(status__in=MembershipStatus.values), name="membership_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | Q(activated_at__isnull=False),
                name="membership_active_has_date",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status__in=("left", "removed"), left_at__isnull=False)
                    | (~Q(status__in=("left", "removed")) & Q(left_at__isnull=True))
                ),
                name="membership_left_at_iff_gone",
            ),
            models.CheckConstraint(
                condition=Q(contact_phone="") | Q(contact_phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="membership_contact_phone_is_e164",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "status"], name="membership_by_status"),
            models.Index(fields=["user"], name="membership_by_user"),
            models.Index(fields=["group", "household"], name="membership_by_household"),
        ]

    def __str__(self) -> str:
        return self.nickname

    @property
    def masked_name(self) -> str:
        """`3栋·张*`: the building and the first character of the nickname, all that others see; the
        pseudonym of somebody erased."""
        if self.nickname.startswith(ERASED):
            return self.nickname
        return f"{self.household.building.name}·{self.nickname[:1]}*"

    @property
    def owes_rules(self) -> bool:
        """Whether the house rules changed since she last accepted them; the group is at hand."""
        return self.rules_version < self.group.rules_version

    @property
    def is_officer(self) -> bool:
        return self.holds_mandate or self.is_deputy

    def take_over(self, other: Membership) -> None:
        """What the later row of the same person knows better; the caller saves it."""
        self.contact_phone = other.contact_phone or self.contact_phone
        self.rules_version = max(self.rules_version, other.rules_version)
        self.invited_by_id = self.invited_by_id or other.invited_by_id

    def move_to(self, status: str, **stamps: object) -> None:
        """The only place a membership changes status. The caller holds the lock."""
        if status not in MOVES.get(self.status, ()):
            raise InvalidTransition(_("这位邻居现在不能这样改。"))
        self.status = status
        for name, value in stamps.items():
            setattr(self, name, value)
        self.save(update_fields=["status", *stamps])
