"""Two people at one door at once, and what happens without what keeps them apart (G3, G10)."""

from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest

from groups.models import Invitation, Membership
from groups.models.groups import GroupQuerySet
from groups.models.invitations import InvitationQuerySet
from groups.services import joining as service
from groups.services.joining import LinkGone
from tests.factories import make_group, make_household, make_initiator
from tests.groups.doors import YES, invite, stranger
from tests.threads import together
from tuangou.core import clock
from tuangou.core.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
CROWD = 6


@pytest.fixture
def ziyi():
    return make_initiator(make_group())


def crowd(invitations, rooms):
    """Each takes an invitation for a room, all at once; what became of each."""

    def join(invitation, who):
        return service.join_by_invitation(
            invitation_id=invitation.pk, stranger=who, agreed=YES, request_id=uuid4()
        ).status

    group = invitations[0].group
    strangers = [stranger(group, room) for room in rooms]
    return together([partial(join, i, who) for i, who in zip(invitations, strangers, strict=True)])


def test_one_seat_takes_one_of_a_crowd(ziyi):
    invitation, _token = invite(ziyi)
    outcomes = crowd([invitation] * CROWD, [str(600 + n) for n in range(CROWD)])
    assert outcomes.count("active") == 1
    assert sum(isinstance(outcome, LinkGone) for outcome in outcomes) == CROWD - 1
    assert User.objects.count() == Membership.objects.count() == 2


def test_twin_a_look_before_the_update_seats_the_crowd(ziyi, monkeypatch):
    """Without the lock, and with the seat looked at first and taken later, all find it free."""
    invitation, _token = invite(ziyi)
    looked = Barrier(CROWD, timeout=30)

    def look_then_take(self, invitation_id):
        free = self.filter(pk=invitation_id, used_at=None).exists()
        looked.wait()
        self.filter(pk=invitation_id).update(used_at=clock.now())
        return free

    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, group_id: self.get(pk=group_id))
    monkeypatch.setattr(InvitationQuerySet, "take", look_then_take)
    outcomes = crowd([invitation] * CROWD, [str(600 + n) for n in range(CROWD)])
    assert outcomes == ["active"] * CROWD


def test_the_statement_alone_keeps_the_seat(ziyi, monkeypatch):
    """Even without the group's lock, the update takes it once."""
    invitation, _token = invite(ziyi)
    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, group_id: self.get(pk=group_id))
    outcomes = crowd([invitation] * CROWD, [str(600 + n) for n in range(CROWD)])
    assert outcomes.count("active") == 1
    assert Invitation.objects.get().used_by_id is not None


def test_a_free_flat_takes_one_stranger_and_asks_about_the_others(ziyi):
    invitations = [invite(ziyi)[0] for _n in range(CROWD)]
    outcomes = crowd(invitations, ["601"] * CROWD)
    assert sorted(outcomes) == ["active"] + ["pending"] * (CROWD - 1)


def test_twin_without_the_lock_a_flat_fills_with_strangers(ziyi, monkeypatch):
    """All have seen an empty flat before anyone is in it."""
    invitations = [invite(ziyi)[0] for _n in range(CROWD)]
    make_household(ziyi.group, "601")  # known and empty, so that only the look is raced
    seen = Barrier(CROWD, timeout=30)
    waits_for = service._waits_for

    def look_then_wait(*args):
        answer = waits_for(*args)
        seen.wait()
        return answer

    monkeypatch.setattr(GroupQuerySet, "lock", lambda self, group_id: self.get(pk=group_id))
    monkeypatch.setattr(service, "_waits_for", look_then_wait)
    assert crowd(invitations, ["601"] * CROWD) == ["active"] * CROWD
