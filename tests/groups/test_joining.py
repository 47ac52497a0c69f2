"""Coming in: at once, after a yes, in the queue; taken flats, other buildings, paper neighbours."""

from uuid import uuid4

import pytest

from groups.models import Building, Consent, Household, Invitation, Joining, Membership
from groups.services import groups as group_services
from groups.services import joining as service
from groups.services import memberships
from groups.services.groups import Rules
from groups.services.joining import Door, LinkGone
from groups.services.memberships import AlreadyMember
from groups.services.rules import Agreed, ConsentNeeded
from tests.factories import make_group, make_household, make_initiator, make_member, make_user
from tests.groups.doors import YES, come, door, invite, knock, stranger
from tuangou.core import events
from tuangou.core.errors import InvalidInput, InvalidTransition
from tuangou.core.models import Event, Notice, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return make_group("foodie")


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


@pytest.fixture
def lan(group, ziyi):
    return make_member(group, "兰兰", household=make_household(group, "502"))


def waits(membership):
    return Joining.objects.get(membership=membership).waits_for


def told(group):
    events.drain(group.pk)
    return set(Notice.objects.values_list("user_id", "kind"))


def limit(group, ziyi, most):
    group_services.change_rules(
        group_id=group.pk,
        actor_id=ziyi.pk,
        name=group.name,
        compound=group.compound,
        rules=Rules(member_limit=most),
    )


def test_a_free_flat_is_open_at_once_and_makes_the_account(group, lan):
    invitation, _token = invite(lan)
    new = come(invitation, stranger(group, "601", phone="+8613800138000", language="en"))
    new.refresh_from_db()
    assert (new.status, new.invited_by, new.contact_phone) == ("active", lan, "+8613800138000")
    assert new.user is not None
    assert (new.user.phone, new.user.nickname, new.user.language) == (None, "小雨", "en")
    assert not new.user.has_usable_password()
    assert new.household.activated_at == new.activated_at
    invitation.refresh_from_db()
    assert (invitation.used_by, invitation.used_at is not None) == (new, True)
    event = Event.objects.get(kind="membership.activated")
    assert (event.subject_id, event.data) == (new.pk, {"invited_by": lan.pk})
    purposes = Consent.objects.filter(membership=new).values_list("purpose", "version")
    assert set(purposes) == {("orders", 1), ("nickname", 1)}


def test_a_phone_of_somebody_else_changes_nothing_of_hers(group, lan):
    owner = make_user("老张")
    new = come(lan, stranger(group, "601", phone=owner.phone))
    owner.refresh_from_db()
    assert new.user not in (None, owner)
    assert (new.status, User.objects.get(pk=new.user_id or 0).phone) == ("active", None)
    assert owner.phone == new.contact_phone


def test_without_a_nickname_nothing_of_her_name_is_shown(group, lan):
    new = come(lan, stranger(group, "601", nickname=""))
    assert new.masked_name == "3栋·邻*"
    assert not Consent.objects.filter(membership=new, purpose="nickname").exists()


def test_one_seat_is_one_seat(group, lan):
    invitation, _token = invite(lan)
    come(invitation, stranger(group, "601"))
    before = User.objects.count(), Membership.objects.count()
    with pytest.raises(LinkGone):
        come(invitation, stranger(group, "602"))
    assert (User.objects.count(), Membership.objects.count()) == before


def test_a_form_that_comes_twice_is_one_person(group, ziyi, lan):
    key, (invitation, _token) = uuid4(), invite(lan)
    first = come(invitation, stranger(group, "601"), request_id=key)
    assert come(invitation, stranger(group, "601"), request_id=key) == first
    asked = knock(group, ziyi, stranger(group, "602"), request_id=(other := uuid4()))
    assert knock(group, ziyi, stranger(group, "602"), request_id=other) == asked


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"real_name": " "}, "real_name"),
        ({"nickname": "长" * 31}, "nickname"),
        ({"door": Door(building_id=None, room="1", other_building="")}, "other_building"),
        ({"door": Door(building_id=987654321, room="1")}, "building"),
        ({"agreed": Agreed(orders=False, rules_version=0)}, "orders"),
        ({"agreed": Agreed(orders=True, rules_version=3)}, "rules"),
    ],
)
def test_a_refused_form_uses_up_nothing(group, lan, change, field):
    invitation, _token = invite(lan)
    agreed = {"agreed": change.pop("agreed")} if "agreed" in change else {}
    with pytest.raises((InvalidInput, ConsentNeeded)) as refusal:
        service.join_by_invitation(
            invitation_id=invitation.pk,
            stranger=stranger(group, **change),
            request_id=uuid4(),
            **({"agreed": YES} | agreed),
        )
    assert refusal.value.field == field


def test_a_signed_in_person_keeps_her_account_and_joins_once(group, lan):
    wei = make_user("小魏")
    new = come(lan, stranger(group, "601", user_id=wei.pk))
    assert new.user == wei
    with pytest.raises(AlreadyMember):
        come(lan, stranger(group, "602", user_id=wei.pk))


# A taken flat


def test_a_taken_flat_asks_the_household_and_the_officers(group, ziyi, lan):
    paper = make_member(group, "阿公", household=lan.household, account=False)
    new = come(ziyi, stranger(group, "５０２室"))
    assert (new.status, waits(new), new.household) == ("pending", "household", lan.household)
    assert paper.user_id is None
    assert told(group) == {
        (lan.user_id, "groups.household_asked"),
        (ziyi.user_id, "groups.membership_asked"),
    }
    yes = service.accept(membership_id=new.pk, actor_id=lan.pk)
    assert yes.status == "active"
    assert (new.user_id, "groups.membership_activated") in told(group)
    with pytest.raises(InvalidTransition):
        service.accept(membership_id=new.pk, actor_id=lan.pk)


def test_the_household_says_no_with_a_reason(group, ziyi, lan):
    new = come(ziyi, stranger(group))
    with pytest.raises(InvalidInput):
        service.reject(membership_id=new.pk, actor_id=lan.pk, reason=" ")
    assert (
        service.reject(membership_id=new.pk, actor_id=lan.pk, reason="不认识").status == "removed"
    )
    joining = Joining.objects.get(membership=new)
    assert (joining.reason, joining.decided_by) == ("不认识", lan)
    assert (new.user_id, "groups.membership_rejected") in told(group)


def test_neighbours_next_door_have_no_say(group, ziyi, lan):
    new = come(ziyi, stranger(group))
    wang = make_member(group, "王芳")
    with pytest.raises(InvalidTransition):
        service.accept(membership_id=new.pk, actor_id=wang.pk)
    with pytest.raises(InvalidTransition):
        service.reject(membership_id=new.pk, actor_id=wang.pk, reason="不")
    by_link = knock(group, ziyi, stranger(group))
    with pytest.raises(InvalidTransition):
        service.accept(membership_id=by_link.pk, actor_id=lan.pk)


def test_a_flat_known_from_paper_alone_asks_the_officers(group, ziyi, lan):
    make_member(group, "李奶奶", household=make_household(group, "701"), account=False)
    new = come(lan, stranger(group, "701"))
    assert (new.status, waits(new)) == ("pending", "officers")
    assert told(group) == {(ziyi.user_id, "groups.membership_asked")}


# Somebody known from paper


@pytest.fixture
def granny(group):
    return make_member(group, "李奶奶", household=make_household(group, "701"), account=False)


def test_a_paper_neighbour_is_claimed_by_a_yes_and_not_silently(group, ziyi, lan, granny):
    invitation, _token = invite(lan)
    who = stranger(group, "701", nickname="", real_name="李奶奶", phone="+8613800138000")
    new = come(invitation, who)
    granny.refresh_from_db()
    assert (new.status, granny.user_id) == ("pending", None)
    assert Joining.objects.get(membership=new).claims == granny
    account = new.user_id
    same = service.accept(membership_id=new.pk, actor_id=ziyi.pk, same_person=True)
    granny.refresh_from_db()
    assert (same, granny.user_id, granny.status) == (granny, account, "active")
    assert (granny.contact_phone, granny.invited_by) == ("+8613800138000", lan)
    assert not Membership.objects.filter(pk=new.pk).exists()
    assert Invitation.objects.get(pk=invitation.pk).used_by == granny
    assert set(Consent.objects.values_list("membership_id", flat=True)) == {granny.pk}
    assert (account, "groups.membership_activated") in told(group)


def test_or_she_is_another_person_of_that_flat(group, ziyi, lan, granny):
    new = come(lan, stranger(group, "701", real_name="李奶奶"))
    assert service.accept(membership_id=new.pk, actor_id=ziyi.pk).status == "active"
    granny.refresh_from_db()
    assert granny.user_id is None


def test_two_claim_the_same_neighbour_and_one_gets_her(group, ziyi, lan, granny):
    first, second = (come(lan, stranger(group, "701", real_name="李奶奶")) for _n in range(2))
    service.accept(membership_id=first.pk, actor_id=ziyi.pk, same_person=True)
    with pytest.raises(AlreadyMember):
        service.accept(membership_id=second.pk, actor_id=ziyi.pk, same_person=True)


# Other buildings, the standing link


def test_a_building_that_is_not_in_the_list_waits_for_its_door(group, ziyi, lan):
    other = Door(building_id=None, room="101", other_building="东门平房")
    new = come(lan, stranger(group, door=other))
    assert (new.status, waits(new), str(new.household)) == ("pending", "officers", "其他101")
    with pytest.raises(InvalidInput) as refusal:
        service.accept(membership_id=new.pk, actor_id=ziyi.pk)
    assert refusal.value.field == "building"
    moved = service.accept(membership_id=new.pk, actor_id=ziyi.pk, door=door(group, "101"))
    moved.refresh_from_db()
    assert (moved.status, str(moved.household)) == ("active", "3栋101")
    assert not Household.objects.filter(building__name="其他").exists()


def test_a_building_written_though_it_is_in_the_list_is_that_building(group, lan):
    written = Door(building_id=None, room="808", other_building="5栋")
    new = come(lan, stranger(group, door=written))
    assert (new.status, str(new.household)) == ("active", "5栋808")
    assert not Building.objects.filter(name="其他").exists()


def test_the_standing_link_waits_for_an_officer_even_before_a_free_door(group, ziyi, lan):
    new = knock(group, ziyi, stranger(group, "909"))
    assert (new.status, waits(new), new.invited_by) == ("pending", "officers", None)
    assert new.household.activated_at is None
    service.accept(membership_id=new.pk, actor_id=ziyi.pk)
    new.household.refresh_from_db()
    assert new.household.activated_at is not None


# The queue


def test_beyond_the_limit_there_is_a_queue_and_it_moves_in_order(group, ziyi, lan):
    limit(group, ziyi, 2)
    first, second, third = (come(ziyi, stranger(group, room)) for room in ("601", "602", "603"))
    assert {waits(m) for m in (first, second, third)} == {"seat"}
    assert told(group) == set()
    memberships.leave(membership_id=lan.pk)
    states = [Membership.objects.get(pk=m.pk).status for m in (first, second, third)]
    assert states == ["active", "pending", "pending"]
    limit(group, ziyi, 3)
    assert Membership.objects.get(pk=second.pk).status == "active"
    assert Membership.objects.get(pk=third.pk).status == "pending"
    assert told(group) == {(m.user_id, "groups.membership_activated") for m in (first, second)}


def test_nobody_passes_the_queue(group, ziyi, lan):
    limit(group, ziyi, 2)
    first = come(ziyi, stranger(group, "601"))
    group.member_limit = 9  # a seat is free and nobody has called the first yet
    group.save(update_fields=["member_limit"])
    assert waits(come(ziyi, stranger(group, "602"))) == "seat"
    assert waits(first) == "seat"


def test_a_yes_beyond_the_limit_leads_to_the_queue(group, ziyi, lan):
    asked = knock(group, ziyi, stranger(group, "909"))
    limit(group, ziyi, 2)
    queued = service.accept(membership_id=asked.pk, actor_id=ziyi.pk)
    assert (queued.status, waits(queued)) == ("pending", "seat")
    assert (asked.user_id, "groups.membership_queued") in told(group)
    with pytest.raises(InvalidTransition):
        service.accept(membership_id=asked.pk, actor_id=ziyi.pk)
    gone = service.reject(membership_id=asked.pk, actor_id=ziyi.pk, reason="转走了")
    assert gone.status == "removed"


def test_removing_somebody_lets_the_next_one_in(group, ziyi, lan):
    limit(group, ziyi, 2)
    next_one = come(ziyi, stranger(group, "601"))
    memberships.remove(membership_id=lan.pk, actor_id=ziyi.pk)
    assert Membership.objects.get(pk=next_one.pk).status == "active"


def test_a_queued_flat_is_taken_for_the_next_stranger(group, ziyi, lan):
    limit(group, ziyi, 2)
    first, second = (come(ziyi, stranger(group, "601")) for _n in range(2))
    assert (waits(first), waits(second)) == ("seat", "officers")
