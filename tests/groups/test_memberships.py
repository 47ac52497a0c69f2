"""Who belongs to a group: limits, households, offices (G2, G5)."""

import pytest

from groups.models import Building, Deputy, Household, Membership
from groups.queries.memberships import deputies_of, groups_of, initiator_of, possible_deputies
from groups.services import memberships as service
from groups.services.memberships import (
    AlreadyMember,
    GroupFull,
    GroupVoid,
    HoldsMandate,
    Newcomer,
    NotADeputy,
)
from tests.factories import (
    make_deputy,
    make_group,
    make_household,
    make_initiator,
    make_member,
    make_user,
)
from tuangou.core.errors import InvalidInput, InvalidTransition
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return make_group()


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


@pytest.fixture
def door(group):
    return {"building_id": Building.objects.get(group=group, name="3栋").pk, "room": "502"}


def add(group, door, **changes):
    fields = {"nickname": "张三", "real_name": "张三丰"} | door | changes
    return service.add_member(group_id=group.pk, **fields)


def test_the_first_person_behind_a_door_makes_the_household(group, door):
    first = add(group, door, room="５０２室")
    second = add(group, door, nickname="李四", room="502")
    assert first.household == second.household
    household = Household.objects.get(group=group)
    assert household.activated_at == first.activated_at
    assert first.masked_name == "3栋·张*"
    kinds = Event.objects.order_by("pk").values_list("kind", "subject_id")
    assert list(kinds) == [
        ("membership.activated", first.pk),
        ("membership.activated", second.pk),
    ]


def test_units_tell_doors_apart(group, door):
    one, two = (add(group, door, unit=unit) for unit in ("1单元", "2"))
    assert one.household != two.household
    assert str(two.household) == "3栋2单元502"


def test_a_waiting_person_is_no_member_and_wakes_no_household(group, door, ziyi):
    waiting = add(group, door, active=False, invited_by_id=ziyi.pk, actor_id=ziyi.pk)
    assert (waiting.status, waiting.activated_at) == ("pending", None)
    assert waiting.household.activated_at is None
    event = Event.objects.get(kind="membership.asked")
    assert (event.actor_id, event.data) == (ziyi.user_id, {"invited_by": ziyi.pk})
    active = service.activate(membership_id=waiting.pk, actor_id=ziyi.pk)
    active.household.refresh_from_db()
    assert active.household.activated_at == active.activated_at is not None


def test_a_sleeping_household_wakes_with_its_first_active_member(group, door):
    waiting = add(group, door, active=False)
    add(group, door, nickname="李四")
    waiting.household.refresh_from_db()
    assert waiting.household.activated_at is not None


def test_nobody_joins_beyond_the_limit(door):
    group = make_group(member_limit=2)
    make_member(group)
    building = Building.objects.filter(group=group).order_by("pk")[0].pk
    add(group, door, building_id=building)
    waiting = add(group, door, building_id=building, active=False)
    with pytest.raises(GroupFull, match="2 人"):
        add(group, door, building_id=building)
    with pytest.raises(GroupFull):
        service.activate(membership_id=waiting.pk, actor_id=waiting.pk)
    assert Membership.objects.of_group(group.pk).active().count() == 2


def test_those_who_left_make_room(group, door):
    group.member_limit = 1
    group.save(update_fields=["member_limit"])
    first = add(group, door)
    service.leave(membership_id=first.pk)
    assert add(group, door).status == "active"


def test_a_void_group_takes_nobody(door):
    group = make_group(status="void")
    with pytest.raises(GroupVoid):
        add(group, door)


def test_an_account_joins_once(group, door):
    lan = make_user()
    add(group, door, user_id=lan.pk)
    with pytest.raises(AlreadyMember):
        add(group, door, user_id=lan.pk)
    add(
        make_group(), {"building_id": Building.objects.latest("pk").pk, "room": "1"}, user_id=lan.pk
    )


def test_a_building_of_another_group_is_refused(group, door):
    elsewhere = make_group()
    with pytest.raises(InvalidInput) as refusal:
        add(elsewhere, door)
    assert refusal.value.field == "building"
    assert not Household.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"room": ""}, "room"), ({"nickname": " "}, "nickname"), ({"real_name": ""}, "real_name")],
)
def test_what_is_needed_is_named(group, door, change, field):
    with pytest.raises(InvalidInput) as refusal:
        add(group, door, **change)
    assert refusal.value.field == field


def newcomers(group, number, **fields):
    building = Building.objects.filter(group=group).order_by("pk")[0]
    return [
        Newcomer(
            building_id=building.pk,
            room=str(100 + n // 2),
            nickname=f"邻居{n}",
            real_name=f"邻居{n}",
            **fields,
        )
        for n in range(number)
    ]


@pytest.mark.parametrize("number", [2, 30])
def test_many_are_added_in_a_handful_of_statements(group, number, django_assert_num_queries):
    many = newcomers(group, number)
    # lock, clock, count, known accounts (none named), buildings, households, 2 inserts, event
    # and the savepoints of the service and of each bulk insert
    with django_assert_num_queries(12, exact=False):
        members = service.add_members(group_id=group.pk, newcomers=many)
    assert [m.nickname for m in members] == [n.nickname for n in many]
    assert Household.objects.filter(group=group).count() == number // 2
    assert not Household.objects.filter(activated_at=None).exists()
    (event,) = Event.objects.all()
    assert event.data["memberships"] == [m.pk for m in members]


def test_many_are_all_or_nothing(group, ziyi):
    group.member_limit = 10
    group.save(update_fields=["member_limit"])
    with pytest.raises(GroupFull):
        service.add_members(group_id=group.pk, newcomers=newcomers(group, 10))
    lan = make_user()
    with pytest.raises(AlreadyMember):
        service.add_members(group_id=group.pk, newcomers=newcomers(group, 2, user_id=lan.pk))
    assert Membership.objects.of_group(group.pk).count() == 1
    service.add_members(group_id=group.pk, newcomers=newcomers(group, 9), actor_id=ziyi.pk)
    assert Event.objects.get().actor_id == ziyi.user_id


def test_many_wake_a_sleeping_household(group):
    first, *_ = many = newcomers(group, 2)
    asleep = service.add_member(
        group_id=group.pk,
        building_id=first.building_id,
        room=first.room,
        nickname="等",
        real_name="等",
        active=False,
    ).household
    service.add_members(group_id=group.pk, newcomers=many)
    asleep.refresh_from_db()
    assert asleep.activated_at is not None


def test_leaving_ends_an_office_and_coming_back_does_not_restore_it(group, ziyi):
    zhou = make_deputy(group, ziyi)
    gone = service.leave(membership_id=zhou.pk)
    assert (gone.status, gone.left_at is not None) == ("left", True)
    assert deputies_of(group.pk) == []
    back = service.activate(membership_id=zhou.pk, actor_id=ziyi.pk)
    assert (back.status, back.left_at, back.activated_at) == ("active", None, zhou.activated_at)
    assert deputies_of(group.pk) == []


def test_the_initiator_in_office_neither_leaves_nor_is_removed(group, ziyi):
    with pytest.raises(HoldsMandate):
        service.leave(membership_id=ziyi.pk)
    with pytest.raises(HoldsMandate):
        service.remove(membership_id=ziyi.pk, actor_id=ziyi.pk)


def test_removal_names_who_removed(group, ziyi):
    lan = make_member(group)
    assert service.remove(membership_id=lan.pk, actor_id=ziyi.pk).status == "removed"
    assert Event.objects.get(kind="membership.removed").actor_id == ziyi.user_id
    with pytest.raises(InvalidTransition):
        service.leave(membership_id=lan.pk)


def test_an_active_member_is_not_activated_again(group, ziyi):
    with pytest.raises(InvalidTransition):
        service.activate(membership_id=ziyi.pk, actor_id=ziyi.pk)


def test_a_deputy_is_named_once_and_ended_once(group, ziyi):
    lan = make_member(group)
    act = {"group_id": group.pk, "actor_id": ziyi.pk, "membership_id": lan.pk}
    assert service.name_deputy(**act) == service.name_deputy(**act)
    assert [m.pk for m in deputies_of(group.pk)] == [lan.pk]
    for _ in range(2):
        service.end_deputy(**act)
    assert deputies_of(group.pk) == []
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["group.deputy_named", "group.deputy_ended"]
    assert service.name_deputy(**act).ended_at is None
    assert Deputy.objects.filter(membership=lan).count() == 2


def test_only_an_active_member_with_an_account_can_be_deputy(group, ziyi):
    paper = make_member(group, account=False)
    waiting = make_member(group, status="pending")
    for membership in (ziyi, paper, waiting):
        with pytest.raises(NotADeputy):
            service.name_deputy(group_id=group.pk, actor_id=ziyi.pk, membership_id=membership.pk)


def test_a_member_of_another_group_cannot_be_deputy_here(group, ziyi):
    stranger = make_member(make_group())
    with pytest.raises(Membership.DoesNotExist):
        service.name_deputy(group_id=group.pk, actor_id=ziyi.pk, membership_id=stranger.pk)


def test_who_possible_deputies(group, ziyi):
    lan = make_member(group, "兰")
    zhou = make_deputy(group, ziyi)
    make_member(group, account=False)
    make_member(group, status="pending")
    make_member(make_group())
    people = {m.pk: m.is_deputy for m in possible_deputies(group.pk)}
    assert people == {lan.pk: False, zhou.pk: True}


def test_groups_of_a_person_are_living_or_loading_ones(django_assert_num_queries):
    lan = make_user()
    make_initiator(make_group("b", name="乙群"), user=lan)
    make_member(make_group("a", name="甲群", status="loading"), user=lan)
    make_member(make_group("void", status="void"), user=lan)
    make_member(make_group("gone"), user=lan, status="pending")
    with django_assert_num_queries(1):
        rows = groups_of(lan.pk)
    assert {(r.slug, r.is_loading, r.is_officer) for r in rows} == {
        ("a", True, False),
        ("b", False, True),
    }


def test_the_initiator_of_a_group_in_one_query(group, ziyi, django_assert_num_queries):
    make_household(group)
    with django_assert_num_queries(1):
        found = initiator_of(group.pk)
        assert (found, found.user) == (ziyi, ziyi.user)
        assert str(found.household) == str(ziyi.household)
