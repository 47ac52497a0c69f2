"""A free seat goes to whoever has waited longest (G1, G3). The caller holds the group's lock."""

from __future__ import annotations

from datetime import datetime

from groups.models import Group, Household, Joining, Membership, MembershipStatus, WaitsFor
from tuangou.core import events


def is_full(group: Group) -> bool:
    """Whether a newcomer has to queue: no seat is left, or somebody waits for one."""
    members = Membership.objects.of_group(group.pk).active().count()
    return members >= group.member_limit or Joining.objects.of_group(group.pk).queue().exists()


def let_in(membership: Membership, at: datetime) -> None:
    """She is a member from now on, and her household takes part."""
    membership.move_to(
        MembershipStatus.ACTIVE, activated_at=membership.activated_at or at, left_at=None
    )
    Household.objects.filter(pk=membership.household_id, activated_at=None).update(activated_at=at)


def admit_waiting(group: Group, at: datetime) -> list[Membership]:
    """Let in from the front of the queue while there are seats. One statement if nobody waits."""
    queue = list(Joining.objects.of_group(group.pk).queue().select_related("membership"))
    if not queue:
        return []
    free = group.member_limit - Membership.objects.of_group(group.pk).active().count()
    admitted = queue[: max(free, 0)]
    for joining in admitted:
        joining.waits_for = WaitsFor.NOBODY
        joining.save(update_fields=["waits_for"])
        let_in(joining.membership, at)
        events.publish(
            "membership.activated",
            group_id=group.pk,
            subject_id=joining.membership_id,
            actor_id=None,
            at=at,
            waited=True,
        )
    return [joining.membership for joining in admitted]
