"""Founding a group and laying out its ground (G1, G5)."""

import pytest

from groups.models import Building, Group, Household, Mandate, Membership, PickupPoint
from groups.services import groups as service
from groups.services.groups import Founder, LastPickupPoint, NameTaken, Rules, SlugTaken
from tests.factories import make_group, make_initiator, make_user
from tuangou.core.errors import InvalidInput
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


def found(**changes):
    user = changes.pop("user", None) or make_user("子怡")
    person = {"nickname": "子怡", "real_name": "苏子怡", "building": "3栋", "room": "502室"}
    person |= changes.pop("founder", {})
    fields = {
        "name": "梧桐里美食群",
        "slug": "foodie",
        "compound": "梧桐里",
        "buildings": ["1栋", "3栋"],
        "pickup_points": ["3栋架空层"],
    }
    return service.found_group(founder=Founder(user_id=user.pk, **person), **(fields | changes))


def test_the_founder_lives_there_and_holds_the_first_mandate():
    group = found(rules=Rules(member_limit=300, commission_bp=400))
    mandate = Mandate.objects.get(group=group, ended_at=None)
    founder = mandate.membership
    assert (group.status, group.member_limit, group.commission_bp) == ("active", 300, 400)
    assert (mandate.origin, founder.status) == ("founder", "active")
    assert str(founder.household) == "3栋502"
    assert founder.household.activated_at == founder.activated_at == group.created_at
    names = Building.objects.filter(group=group).order_by("position").values_list("name", flat=True)
    assert list(names) == ["1栋", "3栋"]
    event = Event.objects.get(kind="group.founded")
    assert (event.group_id, event.subject_id, event.actor_id) == (
        group.pk,
        group.pk,
        founder.user_id,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " \u200b "}, "name"),
        ({"name": "长" * 81}, "name"),
        ({"compound": ""}, "compound"),
        ({"slug": "Foodie"}, "slug"),
        ({"slug": "a-"}, "slug"),
        ({"slug": "a" * 41}, "slug"),
        ({"time_zone": "Asia/Nowhere"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"buildings": []}, "buildings"),
        ({"buildings": ["3栋", "1栋", "3 栋", "3栋"]}, "buildings"),
        ({"buildings": [f"{n}栋" for n in range(201)]}, "buildings"),
        ({"pickup_points": []}, "pickup_points"),
        ({"founder": {"building": "9栋"}}, "building"),
        ({"founder": {"room": "室"}}, "room"),
        ({"founder": {"nickname": ""}}, "nickname"),
        ({"rules": Rules(member_limit=0)}, "member_limit"),
        ({"rules": Rules(commission_bp=3001)}, "commission_bp"),
    ],
)
def test_a_group_that_cannot_be_leaves_nothing(change, field):
    with pytest.raises(InvalidInput) as refusal:
        found(**change)
    assert refusal.value.field == field
    assert not Group.objects.exists()
    assert not Household.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("status", "taken"), [("active", True), ("loading", True), ("void", False)]
)
def test_a_slug_belongs_to_one_group_that_is_not_void(status, taken):
    make_group("foodie", status=status)
    if taken:
        with pytest.raises(SlugTaken, match="foodie"):
            found()
    else:
        assert found().slug == "foodie"


@pytest.fixture
def group():
    return make_group()


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


def test_changed_rules_are_kept_and_told_with_before_and_after(group, ziyi):
    rules = Rules(member_limit=10, merchants_per_day=3, min_discount_bp=500)
    service.change_rules(
        group_id=group.pk, actor_id=ziyi.pk, name="新名", compound="梧桐里二期", rules=rules
    )
    group.refresh_from_db()
    assert (group.name, group.compound, group.merchants_per_day) == ("新名", "梧桐里二期", 3)
    event = Event.objects.get(kind="group.rules_changed")
    assert event.data["changed"] == {
        "member_limit": [500, 10],
        "merchants_per_day": [2, 3],
        "min_discount_bp": [300, 500],
    }
    assert event.actor_id == ziyi.user_id


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (Rules(merchants_per_day=21), "merchants_per_day"),
        (Rules(min_discount_bp=9001), "min_discount_bp"),
        (Rules(return_window_hours=0), "return_window_hours"),
        (Rules(hidden_fault_days=91), "hidden_fault_days"),
    ],
)
def test_rules_out_of_bounds_are_refused(group, ziyi, rules, field):
    with pytest.raises(InvalidInput) as refusal:
        service.change_rules(
            group_id=group.pk, actor_id=ziyi.pk, name="名", compound="区", rules=rules
        )
    assert refusal.value.field == field


def test_the_notice_is_one_line_and_may_be_taken_down(group, ziyi):
    for typed, kept in ((" 换灯，\n取货走南门\x00 ", "换灯， 取货走南门"), ("", "")):
        service.update_notice(group_id=group.pk, actor_id=ziyi.pk, notice=typed)
        group.refresh_from_db()
        assert group.notice == kept
    assert Event.objects.filter(kind="group.notice_changed").count() == 2


def test_buildings_are_added_last_and_renamed(group, ziyi):
    new = service.add_building(group_id=group.pk, actor_id=ziyi.pk, name="7栋")
    assert new.position == 3
    service.rename_building(group_id=group.pk, actor_id=ziyi.pk, building_id=new.pk, name="8栋")
    assert Building.objects.filter(group=group, name="8栋", position=3).exists()
    with pytest.raises(NameTaken):
        service.add_building(group_id=group.pk, actor_id=ziyi.pk, name=" 8栋")
    with pytest.raises(NameTaken):
        service.rename_building(group_id=group.pk, actor_id=ziyi.pk, building_id=new.pk, name="3栋")


def test_a_building_of_another_group_cannot_be_renamed(group, ziyi):
    foreign = Building.objects.filter(group=make_group()).order_by("pk")[0]
    with pytest.raises(Building.DoesNotExist):
        service.rename_building(
            group_id=group.pk, actor_id=ziyi.pk, building_id=foreign.pk, name="9栋"
        )


def test_the_number_of_buildings_has_an_end(group, ziyi, monkeypatch):
    monkeypatch.setattr(service, "MOST_BUILDINGS", 2)
    with pytest.raises(InvalidInput, match="最多 2 栋"):
        service.add_building(group_id=group.pk, actor_id=ziyi.pk, name="7栋")


def test_pickup_points_open_close_and_open_again(group, ziyi):
    act = {"group_id": group.pk, "actor_id": ziyi.pk}
    first = PickupPoint.objects.get(group=group)
    with pytest.raises(LastPickupPoint):
        service.close_pickup_point(pickup_point_id=first.pk, **act)
    gate = service.add_pickup_point(name="南门", **act)
    for _ in range(2):
        assert not service.close_pickup_point(pickup_point_id=gate.pk, **act).is_active
    assert Event.objects.filter(kind="group.pickup_point_closed").count() == 1
    assert service.add_pickup_point(name="南门", **act).pk == gate.pk
    with pytest.raises(NameTaken):
        service.add_pickup_point(name="南门", **act)


def test_loading_groups_are_founded_closed():
    group = found(loading=True)
    assert group.status == "loading"
    assert Membership.objects.of_group(group.pk).active().count() == 1
