"""The group's own pages: who sees them, what they do, what they say when they cannot."""

from uuid import uuid4

import pytest
from django.urls import reverse

from groups.models import Building, Deputy, Load, PickupPoint
from groups.queries.memberships import readable_phone
from tests.factories import (
    LONG_AGO,
    make_deputy,
    make_group,
    make_household,
    make_initiator,
    make_member,
    make_user,
)
from tests.markup import problems
from tuangou.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return make_group("foodie")


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


@pytest.fixture
def lan(group, ziyi):
    return make_member(group, "兰兰")


@pytest.fixture
def as_ziyi(client, ziyi):
    client.force_login(ziyi.user)
    return client


def address(name, /, *args):
    return reverse(f"groups:{name}", args=["foodie", *args])


def text_of(response):
    return response.content.decode()


def send(client, name, /, *args, **data):
    return client.post(address(name, *args), {"request_id": uuid4()} | data)


RULES = {
    "name": "新名",
    "compound": "梧桐里",
    "member_limit": "４00",
    "merchants_per_day": "3",
    "min_discount": "5%",
    "commission": "4.5",
    "return_window_hours": "24",
    "hidden_fault_days": "10",
}


@pytest.mark.parametrize("who", ["lan", "zhou", "ziyi"])
@pytest.mark.parametrize("name", ["me", "help", "settings", "rules", "notice", "building"])
def test_pages_are_sound_for_all_who_see_them(client, group, ziyi, lan, name, who):
    """Who sees which is held by tests/test_permissions.py."""
    make_member(group, "阿圆", account=False)
    zhou = make_deputy(group, ziyi)
    client.force_login({"lan": lan, "zhou": zhou, "ziyi": ziyi}[who].user)
    target = [Building.objects.get(group=group, name="5栋").pk] if name == "building" else []
    assert problems(text_of(client.get(address(name, *target)))) == []


def test_a_deputy_keeps_the_ground_and_leaves_rules_and_offices_alone(client, group, ziyi):
    zhou = make_deputy(group, ziyi)
    client.force_login(zhou.user)
    assert address("settings") in text_of(client.get(address("me")))
    assert send(client, "notice", notice="改走南门").status_code == 302
    page = text_of(client.get(address("settings")))
    for door in ("rules", "deputy-name"):
        assert address(door) not in page
        assert send(client, door, **RULES).status_code == 403
    assert Event.objects.get().actor_id == zhou.user_id


@pytest.mark.parametrize("name", ["building-new", "pickup-point-new", "deputy-name"])
def test_what_changes_something_is_never_a_link(as_ziyi, name):
    assert as_ziyi.get(address(name)).status_code == 405


def test_a_page_of_another_group_leads_nowhere(as_ziyi):
    other = make_group("other")
    building = Building.objects.filter(group=other).order_by("pk")[0]
    point = PickupPoint.objects.get(group=other)
    stranger = make_member(other)
    assert as_ziyi.get(address("building", building.pk)).status_code == 404
    assert send(as_ziyi, "building", building.pk, name="9栋").status_code == 404
    assert send(as_ziyi, "pickup-point-close", point.pk).status_code == 404
    assert send(as_ziyi, "deputy-end", stranger.pk).status_code == 404
    response = send(as_ziyi, "deputy-name", membership=stranger.pk)
    assert response.status_code == 422
    assert not Event.objects.exists()


def test_rules_are_typed_as_people_type_and_kept_as_rules(as_ziyi, group):
    assert send(as_ziyi, "rules", **RULES).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.member_limit, group.min_discount_bp, group.commission_bp) == (
        "新名",
        400,
        500,
        450,
    )
    page = as_ziyi.get(address("rules")).content.decode()
    assert 'value="4.5"' in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "给群起个名字"),
        ({"member_limit": "很多"}, "填一个整数"),
        ({"member_limit": "9999999999999999999999"}, "填 1 到 2000 之间的数"),
        ({"commission": "31"}, "填 0 到 30 之间的数"),
        ({"min_discount": "百分之五"}, "百分数写成 5 或 4.5 这样"),
        ({"min_discount": ""}, "填一个百分数"),
        ({"name": "\x00"}, "不允许是用空字符"),
    ],
)
def test_wrong_rules_are_shown_again_with_what_was_typed(as_ziyi, group, change, said):
    response = send(as_ziyi, "rules", **(RULES | change))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "<title>错误：改群规" in page
    assert 'value="梧桐里"' in page
    assert not Event.objects.exists()


def test_the_same_form_twice_is_one_change(as_ziyi, group):
    key = uuid4()
    for _ in range(2):
        response = as_ziyi.post(address("building-new"), {"request_id": key, "name": "7栋"})
        assert response.status_code == 302
    assert Building.objects.filter(group=group).count() == 3
    other = as_ziyi.post(address("building-new"), {"request_id": key, "name": "8栋"})
    assert other.status_code == 422
    assert "已经提交过" in other.content.decode()


def test_a_refused_form_can_be_mended(as_ziyi, group):
    response = send(as_ziyi, "building-new", name="3栋")
    page = response.content.decode()
    assert response.status_code == 422
    assert "「3栋」已经有了" in page
    assert 'id="id_building_name"' in page
    assert 'href="#id_building_name"' in page


@pytest.mark.parametrize("request_id", ["", "nonsense"])
def test_a_form_without_its_id_is_refused_not_broken(as_ziyi, group, request_id):
    point = PickupPoint.objects.get(group=group)
    response = as_ziyi.post(address("pickup-point-close", point.pk), {"request_id": request_id})
    assert response.status_code == 422
    response = as_ziyi.post(address("notice"), {"request_id": request_id, "notice": "x"})
    assert response.status_code == 422


def test_the_last_pickup_point_stays(as_ziyi, group):
    response = send(as_ziyi, "pickup-point-close", PickupPoint.objects.get(group=group).pk)
    assert response.status_code == 409
    assert "至少留一个自提点" in response.content.decode()


def test_naming_and_ending_a_deputy(as_ziyi, lan):
    key = uuid4()
    body = {"request_id": key, "membership": lan.pk}
    for _ in range(2):  # the second copy comes when she is deputy already
        assert as_ziyi.post(address("deputy-name"), body).status_code == 302
    page = as_ziyi.get(address("settings")).content.decode()
    assert "兰兰" in page
    assert f'<option value="{lan.pk}"' not in page
    assert send(as_ziyi, "deputy-end", lan.pk).status_code == 302
    assert not Deputy.objects.filter(ended_at=None).exists()
    assert f'<option value="{lan.pk}"' in as_ziyi.get(address("settings")).content.decode()


def test_choosing_nobody_is_a_sentence(as_ziyi, lan):
    response = send(as_ziyi, "deputy-name", membership="")
    assert response.status_code == 422
    assert "选一位邻居" in response.content.decode()


@pytest.mark.parametrize("size", [1, 3])
def test_settings_take_the_same_statements_for_any_size(
    as_ziyi, group, ziyi, size, django_assert_num_queries
):
    for n in range(size):
        make_deputy(group, ziyi)
        make_member(group)
        Building.objects.create(group=group, name=f"{n}号", position=10 + n)
        PickupPoint.objects.create(group=group, name=f"{n}号门")
    # session and user, membership, buildings, points, deputies, candidates
    with django_assert_num_queries(SETTINGS_STATEMENTS):
        as_ziyi.get(address("settings"))


SETTINGS_STATEMENTS = 6


def test_me_shows_what_is_hers_and_not_the_settings(client, lan):
    client.force_login(lan.user)
    page = client.get(address("me")).content.decode()
    for text in (str(lan.household), lan.masked_name, readable_phone(lan.user.phone)):
        assert text in page
    assert address("settings") not in page


def test_me_leads_to_the_other_groups(client, lan):
    make_member(make_group("loading", status="loading"), user=lan.user)
    make_member(make_group("second"), user=lan.user)
    client.force_login(lan.user)
    page = client.get(address("me")).content.decode()
    assert reverse("orders:home", args=["second"]) in page
    assert reverse("groups:loading", args=["loading"]) in page


def test_help_names_whom_to_call(client, group):
    door = make_household(group, "西阁")  # digits could stand in a phone, or in a file's name
    ziyi = make_initiator(group, household=door)
    client.force_login(make_member(group).user)
    page = client.get(address("help")).content.decode()
    assert ziyi.nickname in page
    assert ziyi.user is not None
    assert f"tel:{ziyi.user.phone}" in page
    assert ziyi.household.room not in page


@pytest.mark.parametrize(
    ("phone", "shown"), [("+8613800138000", "138 0013 8000"), ("+4915112345678",) * 2, (None, "")]
)
def test_phones_are_readable(phone, shown):
    assert readable_phone(phone) == shown


def test_the_loading_page_tells_how_far_it_is(client):
    group = make_group("foodie", status="loading")
    lan = make_member(group)
    Load.objects.create(
        group=group,
        source="table1.csv",
        seed=1,
        steps_total=200,
        steps_done=74,
        month="2022-11",
        started_at=LONG_AGO,
    )
    client.force_login(lan.user)
    page = client.get(address("loading")).content.decode()
    assert "37%" in page
    assert "2022年11月" in page
    assert 'value="37" max="100"' in page
    for closed in ("me", "help", "settings"):
        assert client.get(address(closed)).status_code == 404


def test_the_front_page_of_a_loading_group_leads_to_its_progress(client):
    lan = make_user()
    make_member(make_group("foodie", status="loading"), user=lan)
    client.force_login(lan)
    front = client.get(reverse("orders:home", args=["foodie"]))
    assert front.headers["Location"] == address("loading")
    assert client.get(address("loading")).status_code == 200
    client.force_login(make_user())
    assert client.get(reverse("orders:home", args=["foodie"])).status_code == 404


def test_loaded_the_page_leads_on(client, lan):
    client.force_login(lan.user)
    response = client.get(address("loading"))
    assert response.headers["Location"] == reverse("orders:home", args=["foodie"])
