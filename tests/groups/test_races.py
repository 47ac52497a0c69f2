"""The member limit under a crowd, and what happens without the lock."""

from functools import partial
from threading import Barrier

import pytest

from groups.models import Building, Group, Membership
from groups.models.groups import GroupQuerySet
from groups.services import memberships as service
from groups.services.memberships import GroupFull
from tests.factories import make_group
from tests.threads import together

CROWD = 8
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def crowd(group: Group) -> list[object]:
    """CROWD people join at once; what became of each."""
    building = Building.objects.filter(group=group).order_by("pk")[0].pk

    def join(room: int) -> str:
        service.add_member(
            group_id=group.pk, building_id=building, room=str(room), nickname="挤", real_name="挤"
        )
        return "in"

    return together([partial(join, 100 + n) for n in range(CROWD)])


def test_a_crowd_at_the_door_stops_at_the_limit():
    group = make_group(member_limit=3)
    outcomes = crowd(group)
    assert outcomes.count("in") == 3
    assert sum(isinstance(outcome, GroupFull) for outcome in outcomes) == CROWD - 3
    assert Membership.objects.of_group(group.pk).active().count() == 3


def test_twin_without_the_lock_the_limit_breaks(monkeypatch):
    """All have counted before anyone is in: that is what the lock forbids."""
    group = make_group(member_limit=3)
    counted = Barrier(CROWD, timeout=30)
    refuse_full = service._refuse_full

    def count_then_wait(*args) -> None:
        refuse_full(*args)
        counted.wait()

    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, group_id: self.get(pk=group_id))
    monkeypatch.setattr(service, "_refuse_full", count_then_wait)
    assert crowd(group) == ["in"] * CROWD
    assert Membership.objects.of_group(group.pk).active().count() == CROWD > group.member_limit
