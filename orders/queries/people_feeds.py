"""The people of a group for programs: by key, each as the reader may see him (G2)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from groups.models import Mandate, MandateOrigin, Membership
from orders.models import Order, OrderStatus
from orders.queries.members import RANK_WINDOW, MemberRow, member_row
from tuangou.core.feeds import Feed, feed


def members_feed(
    viewer: Membership, *, at: datetime, after: int | None, limit: int
) -> Feed[MemberRow]:
    """Active members in the order they came. Three queries."""
    people = (
        Membership.objects.active()
        .of_group(viewer.group_id)
        .select_related("household__building", "user", "invited_by__household__building")
        .with_office()
    )
    found = feed(people, after=after, limit=limit, newest_first=False)
    collected = dict(
        Order.objects.of_group(viewer.group_id)
        .filter(
            member__in=[person.pk for person in found.rows],
            status__in=(OrderStatus.COLLECTED, OrderStatus.PARTLY_COLLECTED),
            placed_at__gt=at - RANK_WINDOW,
        )
        .values_list("member_id")
        .annotate(Count("pk"))
    )
    founders = set(
        Mandate.objects.filter(group_id=viewer.group_id, origin=MandateOrigin.FOUNDER).values_list(
            "membership_id", flat=True
        )
    )
    return found.of(
        lambda person: member_row(
            person, viewer, collected.get(person.pk, 0), is_founder=person.pk in founders
        )
    )
