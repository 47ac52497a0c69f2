"""Who in a played group one can sign in as: its officers, its most eager member, a shop's owner."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from groups.models import Deputy, Group, Load, Mandate, Membership
from merchants.models import MerchantStaff, StaffRole
from orders.management.year.play import PASSWORD
from orders.models import Order, Round
from tuangou.core.models import User


@dataclass(frozen=True, slots=True)
class SignIn:
    role: str
    user: User

    def __str__(self) -> str:
        known = self.user.check_password(PASSWORD)
        password = f"password {PASSWORD}" if known else "with the password that was set since"
        return f"{self.role} {self.user.nickname}: {self.user.phone}, {password}"


def was_loaded(group: Group) -> bool:
    return Load.objects.filter(group=group, finished_at__isnull=False).exists()


def signins(group: Group) -> list[SignIn]:
    """One account for each role, where there is one."""
    owner = MerchantStaff.objects.filter(merchant=busiest_merchant(group), role=StaffRole.OWNER)
    found = {
        "initiator": _user(Mandate.objects.filter(group=group, ended_at=None)),
        "deputy": _user(Deputy.objects.filter(group=group, ended_at=None)),
        "member": _user_of(most_eager_member(group)),
        "merchant": owner.values_list("user_id", flat=True).first(),
    }
    users = User.objects.in_bulk([user for user in found.values() if user])
    return [SignIn(role, users[user]) for role, user in found.items() if user]


def most_eager_member(group: Group) -> int | None:
    """Membership with the most orders of those who have an account and no office."""
    officers = {
        *Mandate.objects.filter(group=group, ended_at=None).values_list("membership", flat=True),
        *Deputy.objects.filter(group=group, ended_at=None).values_list("membership", flat=True),
    }
    orders = Order.objects.live().filter(group=group, member__user__isnull=False)
    members = orders.exclude(member__in=officers).values_list("member").annotate(n=Count("pk"))
    return next((member for member, _ in members.order_by("-n", "member")), None)


def busiest_merchant(group: Group) -> int | None:
    rounds = Round.objects.counted().filter(group=group).values_list("merchant")
    merchants = rounds.annotate(n=Count("pk")).order_by("-n", "merchant")
    return next((merchant for merchant, _ in merchants), None)


def _user(offices: QuerySet[Mandate] | QuerySet[Deputy]) -> int | None:
    return offices.values_list("membership__user_id", flat=True).first()


def _user_of(membership_id: int | None) -> int | None:
    if membership_id is None:
        return None
    return Membership.objects.values_list("user_id", flat=True).get(pk=membership_id)
