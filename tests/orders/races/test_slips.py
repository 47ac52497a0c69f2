"""One slip keyed in twice at the same moment adds one neighbour, and what the lock is for."""

from __future__ import annotations

from functools import partial
from threading import Barrier

import pytest

from groups.models import Building, Group, Household, Membership
from groups.models.groups import GroupQuerySet
from groups.services.memberships import add_member
from orders.services import slips
from tests.factories import initiator_of, make_group
from tests.threads import together

TWINS = 4
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def group() -> Group:
    group = make_group()
    building = Building.objects.get(group=group, name="5栋")
    Household.objects.create(group=group, building=building, room="1802")
    return group


def key_in_together(group: Group) -> list[object]:
    call = partial(
        slips.neighbour_at,
        group_id=group.pk,
        actor_id=initiator_of(group).pk,
        building_id=Building.objects.get(group=group, name="5栋").pk,
        unit="",
        room="1802",
        name="陈爷爷",
    )
    return together([call] * TWINS)


def test_twins_of_a_slip_are_one_neighbour(group):
    assert len({getattr(person, "pk", person) for person in key_in_together(group)}) == 1
    assert Membership.objects.filter(nickname="陈爷爷").count() == 1


def test_twin_without_the_lock_each_slip_adds_one(group, monkeypatch):
    looked = Barrier(TWINS, timeout=30)

    def add_when_all_have_looked(**fields):
        looked.wait()
        return add_member(**fields)

    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, group_id: self.get(pk=group_id))
    monkeypatch.setattr(slips, "add_member", add_when_all_have_looked)
    key_in_together(group)
    assert Membership.objects.filter(nickname="陈爷爷").count() == TWINS
