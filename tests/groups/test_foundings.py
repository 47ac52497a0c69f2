"""Founding a group in the browser: three steps, a look at it all, and the first day (G5)."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from groups.models import Building, Group, HouseRules, Mandate, PickupPoint
from groups.services import foundings as service
from groups.services.foundings import FoundedEnough, building_names
from groups.services.groups import Founder, Rules
from tests.factories import make_group, make_member, make_user
from tests.markup import problems
from tuangou.core.errors import InvalidInput
from tuangou.core.models import User

pytestmark = pytest.mark.django_db

GROUND = {"name": "梧桐里美食群", "compound": "梧桐里"}
BUILDINGS = {
    "buildings": "1-3栋\n东门平房",
    "point": "3栋架空层",
    "building": "3",
    "room": "502室",
    "nickname": "子怡",
    "real_name": "苏子怡",
}
RULES = {
    "member_limit": "300",
    "merchants_per_day": "2",
    "min_discount": "3",
    "commission": "4.5",
    "return_window_hours": "48",
    "hidden_fault_days": "7",
    "house_rules": "按时取货",
}
STEPS = (("found", GROUND), ("found-buildings", BUILDINGS), ("found-rules", RULES))


@pytest.fixture
def ziyi(client):
    user = make_user("子怡")
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode()


def walk(client, **changes):
    """All three steps; where the last one leads."""
    for name, fields in STEPS:
        response = client.post(reverse(name), fields | changes)
    return response


def plan(user: User, **fields: Any) -> service.Plan:
    founder = Founder(user.pk, "子怡", "苏子怡", "1栋", "101")
    defaults: dict[str, Any] = {
        "name": "群",
        "compound": "小区",
        "founder": founder,
        "buildings": ("1栋",),
        "points": ("门口",),
        "rules": Rules(),
        "house_rules": "",
    }
    return service.Plan(**(defaults | fields))


def test_three_steps_and_a_button(client, ziyi):
    page = reverse("found")
    for name, fields in STEPS:
        assert page == reverse(name)
        assert problems(text_of(client.get(page))) == []
        page = client.post(page, fields).headers["Location"]
    assert page == reverse("found-check")
    text = text_of(client.get(page))
    for shown in ("梧桐里美食群", "1栋 · 2栋 · 3栋 · 东门平房", "苏子怡", "4.5%", "按时取货"):
        assert shown in text
    assert problems(text) == []
    done = client.post(page, {"request_id": uuid4()})
    group = Group.objects.get()
    assert done.headers["Location"] == reverse("groups:start", args=[group.slug])
    mandate = Mandate.objects.get(group=group)
    assert (mandate.origin, mandate.membership.user) == ("founder", ziyi)
    assert str(mandate.membership.household) == "3栋502"
    assert list(
        Building.objects.filter(group=group).order_by("position").values_list("name", flat=True)
    ) == ["1栋", "2栋", "3栋", "东门平房"]
    assert PickupPoint.objects.get(group=group).name == "3栋架空层"
    assert (group.member_limit, group.commission_bp, group.rules_version) == (300, 450, 1)
    assert HouseRules.objects.get(group=group).text == "按时取货"
    first_day = client.get(done.headers["Location"])
    assert problems(text_of(first_day)) == []
    for step in ("groups:settings", "merchants:apply", "orders:round-new"):
        assert reverse(step, args=[group.slug]) in text_of(first_day)


def test_the_button_twice_is_one_group(client, ziyi):
    walk(client)
    session = client.session
    draft, key = dict(session["founding"]), uuid4()
    first = client.post(reverse("found-check"), {"request_id": key})
    session = client.session
    session["founding"] = draft  # the twin was on its way before the draft was cleared
    session.save()
    second = client.post(reverse("found-check"), {"request_id": key})
    assert first.headers["Location"] == second.headers["Location"]
    assert Group.objects.count() == 1


def test_a_draft_is_kept_and_a_step_left_out_is_shown(client, ziyi):
    client.post(reverse("found"), GROUND)
    assert 'value="梧桐里美食群"' in text_of(client.get(reverse("found")))
    assert client.get(reverse("found-check")).headers["Location"] == reverse("found-buildings")
    wrong = client.post(reverse("found-buildings"), BUILDINGS | {"room": ""})
    assert wrong.status_code == 422
    assert "东门平房" in text_of(client.get(reverse("found-buildings")))
    assert not Group.objects.exists()


@pytest.mark.parametrize(
    ("step", "change", "said"),
    [
        ("found", {"name": " "}, "给群起个名字"),
        ("found", {"compound": ""}, "填小区名"),
        ("found", {"parent": "987654321"}, ""),
        ("found-buildings", {"buildings": ""}, "至少填一栋楼"),
        ("found-buildings", {"buildings": "12-1栋"}, "前面的数要小"),
        ("found-buildings", {"buildings": "1-999栋"}, "最多 200 栋"),
        ("found-buildings", {"building": "9"}, "9不在楼栋表里"),
        ("found-buildings", {"building": ""}, "填你住的楼栋"),
        ("found-buildings", {"point": ""}, "填自提点"),
        ("found-buildings", {"room": ""}, "填房号"),
        ("found-rules", {"member_limit": "9999"}, "填 1 到 2000 之间的数"),
        ("found-rules", {"commission": "31"}, "填 0 到 30 之间的数"),
        ("found-rules", {"commission": "很多"}, "百分数写成"),
    ],
)
def test_what_is_wrong_is_said_on_its_step(client, ziyi, step, change, said):
    fields = dict(STEPS)[step] | change
    if "parent" in change:
        make_member(make_group("mine"), user=ziyi)
    response = client.post(reverse(step), fields)
    assert response.status_code == 422
    assert said in text_of(response)
    assert problems(text_of(response)) == []


@pytest.mark.parametrize("typed", ["\x00", "<script>alert(1)</script>", "9" * 9000, "1-2-3-4"])
def test_hostile_input_founds_nothing_it_should_not(client, ziyi, typed):
    for step, fields in STEPS:
        for field in fields:
            response = client.post(reverse(step), fields | {field: typed})
            assert response.status_code in (302, 422), (step, field)
            assert "<script>alert" not in text_of(response)
    assert client.get(reverse("found-check")).status_code in (200, 302)


def test_a_group_grows_out_of_one_of_hers_and_of_no_other(client, ziyi):
    mine, other = make_group("mine"), make_group("other")
    make_member(mine, user=ziyi)
    walk(client, parent=mine.pk)
    client.post(reverse("found-check"), {"request_id": uuid4()})
    assert Group.objects.latest("pk").parent == mine
    with pytest.raises(InvalidInput):
        service.found(plan=plan(ziyi, parent_id=other.pk))


def test_one_person_founds_so_many(ziyi):
    for _n in range(service.MOST_FOUNDED):
        service.found(plan=plan(ziyi))
    with pytest.raises(FoundedEnough, match="5"):
        service.found(plan=plan(ziyi))
    assert service.found(plan=plan(make_user())).slug.isalnum()


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("1栋\n2栋", ["1栋", "2栋"]),
        ("1-3栋", ["1栋", "2栋", "3栋"]),
        ("１栋～３栋", ["1栋", "2栋", "3栋"]),
        ("8号楼至10号楼", ["8号楼", "9号楼", "10号楼"]),
        ("A1-A3", ["A1", "A2", "A3"]),
        ("1栋，2栋、1栋", ["1栋", "2栋"]),
        ("东区-西区", ["东区-西区"]),
        ("3-东", ["3-东"]),
        (" \n ", []),
    ],
)
def test_a_pasted_list_of_buildings(typed, names):
    assert building_names(typed) == names
