"""The pages of joining: the form, waiting, yes and no, one neighbour, the house rules."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from groups.models import Consent, Membership
from groups.services import joining as service
from groups.services import memberships
from groups.services.rules import ConsentNeeded, change_consent, write_rules
from tests.factories import (
    make_deputy,
    make_group,
    make_household,
    make_initiator,
    make_member,
    make_user,
)
from tests.groups.doors import address, come, form, invite, knock, stranger
from tests.markup import problems
from tuangou.core.models import Event, Session, User

pytestmark = pytest.mark.django_db
HOSTILE = [
    "\x00",
    "<script>alert(1)</script>",
    "‮\u200b",
    "9" * 400,
    "'; drop table x --",
    "{{ 7 }}",
]


@pytest.fixture
def group():
    return make_group("foodie")


@pytest.fixture
def ziyi(group):
    return make_initiator(group)


@pytest.fixture
def lan(group, ziyi):
    return make_member(group, "兰兰", household=make_household(group, "502"))


@pytest.fixture
def link(lan):
    return address(invite(lan)[1])


def page(name, *args):
    return reverse(f"groups:{name}", args=["foodie", *args])


def text_of(response):
    return response.content.decode()


def newcomer():
    return Membership.objects.latest("pk")


# The form


def test_from_the_link_to_the_group_signed_in(client, group, link):
    assert client.get(link).status_code == 200
    response = client.post(link, form(group, room="601", sms="on"))
    assert response.headers["Location"] == reverse("orders:home", args=["foodie"])
    home = client.get(response.headers["Location"])
    assert home.status_code == 200
    assert "进群了" in text_of(home)
    assert newcomer().contact_phone == "+8613800138000"
    assert Consent.objects.filter(membership=newcomer(), purpose="sms").exists()
    assert Session.objects.get(user=newcomer().user).user_id == newcomer().user_id


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"building": ""}, "building", "选你住的楼栋"),
        ({"building": "123456"}, "building", "选你住的楼栋"),
        ({"building": "other"}, "other_building", "填你住的楼叫什么"),
        ({"room": ""}, "room", "填房号"),
        ({"real_name": " "}, "real_name", "填真实姓名"),
        ({"phone": "138 0013 800"}, "phone", "手机号要 11 位，例如 138 0013 8000"),
        ({"phone": ""}, "phone", "填手机号"),
        ({"orders": ""}, "orders", "下单要用到姓名和住址"),
    ],
)
def test_what_is_missing_stands_beside_its_box_and_the_rest_stays(
    client, group, link, change, field, said
):
    response = client.post(link, form(group, **change))
    text = text_of(response)
    assert response.status_code == 422
    assert said in text
    assert f'href="#id_{field}"' in text
    assert "<title>错误：" in text
    assert 'value="小雨"' in text
    assert problems(text) == []
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    "field",
    [
        *("nickname", "real_name", "phone", "building", "other_building", "unit", "room"),
        *("orders", "sms", "rules", "rules_version", "request_id"),
    ],
)
def test_hostile_input_is_an_answer_and_never_a_script(group, ziyi, field):
    for n, typed in enumerate(HOSTILE):
        body = form(group, **{"room": f"60{n}", field: typed})
        response = Client().post(address(invite(ziyi)[1]), body)
        assert response.status_code in (302, 422), (field, typed)
        assert "<script>alert" not in text_of(response)


def test_known_and_unknown_phones_have_one_answer(group, lan):
    known = make_user("老张")
    answers = []
    for phone, room in ((known.phone, "601"), ("+8613900000001", "602")):
        response = Client().post(address(invite(lan)[1]), form(group, room=room, phone=phone))
        answers.append((response.status_code, response.headers["Location"]))
    assert answers[0] == answers[1]
    assert Session.objects.filter(user=known).count() == 0


def test_a_signed_in_person_is_asked_nothing_twice(client, group, link):
    elsewhere = make_member(make_group("other"), "老张")
    client.force_login(elsewhere.user)
    text = text_of(client.get(link))
    assert 'name="phone"' not in text
    assert text.count('value="老张"') == 2
    assert "先登录" not in text
    response = client.post(link, form(group, room="601"))
    assert response.status_code == 302
    assert newcomer().user == elsewhere.user


def test_whoever_is_in_already_goes_on_and_uses_nothing_up(client, group, lan):
    _invitation, token = invite(lan)
    client.force_login(lan.user)
    assert client.get(address(token)).headers["Location"] == reverse("orders:home", args=["foodie"])
    waiting = make_member(group, "等等", status="pending")
    client.force_login(waiting.user)
    assert client.get(address(token)).headers["Location"] == page("waiting")
    gone = make_member(group, "走了")
    memberships.leave(membership_id=gone.pk)
    client.force_login(gone.user)
    refused = client.get(address(token))
    assert refused.status_code == 409
    assert "请团长恢复" in text_of(refused)
    assert Client().get(address(token)).status_code == 200


def test_the_answer_that_got_lost_comes_again_and_only_for_that_form(group, lan):
    _invitation, token = invite(lan)
    body = form(group, room="601")
    first, second = Client(), Client()
    assert first.post(address(token), body).status_code == 302
    again = second.post(address(token), body)
    assert again.status_code == 302
    assert second.get(again.headers["Location"]).status_code == 200
    assert Membership.objects.filter(user=newcomer().user).count() == 1
    other = Client().post(address(token), body | {"request_id": uuid4()})
    assert other.status_code == 404


def test_house_rules_are_read_and_accepted_in_their_version(client, group, ziyi, link):
    write_rules(group_id=group.pk, actor_id=ziyi.pk, text="按时取货")
    text = text_of(client.get(link))
    assert "按时取货" in text
    assert "第1版" in text
    assert client.post(link, form(group, room="601")).status_code == 422
    write_rules(group_id=group.pk, actor_id=ziyi.pk, text="按时取货，不拖")
    stale = client.post(link, form(group, room="601", rules="on", rules_version=1))
    assert stale.status_code == 422
    assert "群规刚改过" in text_of(stale)
    done = client.post(link, form(group, room="601", rules="on", rules_version=2))
    assert done.status_code == 302
    assert newcomer().rules_version == 2
    assert Consent.objects.filter(membership=newcomer(), purpose="rules", version=2).exists()


def test_the_join_page_takes_so_many_statements(client, link, django_assert_num_queries):
    client.get(link)
    # the limit (with its transaction), the invitation, the try given back, buildings, rules
    with django_assert_num_queries(5, exact=False):
        client.get(link)


# Waiting


def test_the_standing_link_leads_to_the_waiting_page(client, group, ziyi):
    knocked = knock(group, ziyi, stranger(group, "900"))
    client.force_login(knocked.user)
    text = text_of(client.get(page("waiting")))
    assert "等团长核对" in text
    assert problems(text) == []
    assert client.get(reverse("orders:home", args=["foodie"])).status_code == 404


def test_the_waiting_page_tells_whose_move_it_is(client, group, ziyi, lan):
    asked = come(ziyi, stranger(group))
    client.force_login(asked.user)
    assert "等那一户点头" in text_of(client.get(page("waiting")))
    service.reject(membership_id=asked.pk, actor_id=lan.pk, reason="不认识")
    text = text_of(client.get(page("waiting")))
    assert "不认识" in text
    assert problems(text) == []
    memberships.activate(membership_id=asked.pk, actor_id=ziyi.pk)
    assert client.get(page("waiting")).headers["Location"] == reverse(
        "orders:home", args=["foodie"]
    )


def test_the_waiting_page_tells_the_place_in_the_queue(client, group, ziyi, lan):
    group.member_limit = 2
    group.save(update_fields=["member_limit"])
    people = [come(ziyi, stranger(group, str(600 + n))) for n in range(3)]
    for person, said in zip(people, ("第一位", "还有 1户", "还有 2户"), strict=True):
        client.force_login(person.user)
        assert said in text_of(client.get(page("waiting")))


def test_strangers_and_former_members_wait_for_nothing(client, group, ziyi):
    client.force_login(make_user())
    assert client.get(page("waiting")).status_code == 404
    gone = make_member(group)
    memberships.remove(membership_id=gone.pk, actor_id=ziyi.pk)
    client.force_login(gone.user)
    assert client.get(page("waiting")).status_code == 404


# Yes and no


def send(client, name, *args, **data):
    return client.post(page(name, *args), {"request_id": uuid4()} | data)


def test_the_household_answers_on_its_page(client, group, ziyi, lan):
    asked = come(ziyi, stranger(group, phone="+8613800138000"))
    client.force_login(lan.user)
    text = text_of(client.get(page("joining")))
    assert "林小雨" in text
    assert "138 0013 8000" not in text
    assert page("member", asked.pk) not in text
    assert problems(text) == []
    assert send(client, "joining-accept", asked.pk).status_code == 302
    assert Membership.objects.get(pk=asked.pk).status == "active"


def test_other_neighbours_see_nobody_at_the_door(client, group, ziyi, lan):
    asked = come(ziyi, stranger(group))
    client.force_login(make_member(group, "王芳").user)
    assert "林小雨" not in text_of(client.get(page("joining")))
    for name in ("joining-accept", "joining-reject"):
        assert send(client, name, asked.pk, reason="x").status_code == 404


def test_a_member_cannot_move_a_door(client, group, ziyi, lan):
    asked = come(ziyi, stranger(group))
    client.force_login(lan.user)
    other = make_household(group, "1", "5栋").building_id
    response = send(client, "joining-accept", asked.pk, building=other, room="1")
    assert response.status_code == 422
    assert Membership.objects.get(pk=asked.pk).status == "pending"


def test_officers_see_who_waits_and_only_the_initiator_names_and_phones(client, group, ziyi, lan):
    zhou = make_deputy(group, ziyi)
    knock(group, ziyi, stranger(group, "900", phone="+8613800138000"))
    for officer, sees in ((ziyi, True), (zhou, False)):
        client.force_login(officer.user)
        text = text_of(client.get(page("joining")))
        assert ("林小雨" in text) == ("138 0013 8000" in text) == sees
        assert "3栋900" in text
        assert problems(text) == []


def test_a_refusal_needs_its_reason_and_says_so_there(client, group, ziyi):
    asked = knock(group, ziyi, stranger(group, "900"))
    client.force_login(ziyi.user)
    response = send(client, "joining-reject", asked.pk, reason="")
    text = text_of(response)
    assert response.status_code == 422
    assert "写一句理由" in text
    assert problems(text) == []
    assert send(client, "joining-reject", asked.pk, reason="不是本小区的").status_code == 302
    assert send(client, "joining-accept", asked.pk).status_code == 422


def test_a_building_not_in_the_list_is_put_right_on_the_page(client, group, ziyi, lan, link):
    done = Client().post(link, form(group, building="other", other_building="东门平房", room="101"))
    assert done.headers["Location"] == page("waiting")
    asked = newcomer()
    client.force_login(ziyi.user)
    assert "东门平房" in text_of(client.get(page("joining")))
    refused = send(client, "joining-accept", asked.pk)
    assert refused.status_code == 422
    assert problems(text_of(refused)) == []
    right = make_household(group, "9", "5栋").building_id
    assert send(client, "joining-accept", asked.pk, building=right, room="101").status_code == 302
    assert str(Membership.objects.get(pk=asked.pk).household) == "5栋101"


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_takes_the_same_statements_for_any_size(
    client, group, ziyi, people, django_assert_num_queries
):
    for n in range(people):
        come(ziyi, stranger(group, "707"))
        knock(group, ziyi, stranger(group, f"80{n}"))
    client.force_login(ziyi.user)
    # session and user, membership, buildings, rules, who waits
    with django_assert_num_queries(5):
        client.get(page("joining"))


# One neighbour


def test_a_neighbours_page_tells_who_brought_whom(client, group, ziyi, lan):
    new = come(lan, stranger(group, "601", phone="+8613800138000"))
    client.force_login(ziyi.user)
    text = text_of(client.get(page("member", new.pk)))
    for shown in ("林小雨", "3栋601", "138 0013 8000", "由 3栋·兰* 邀请", "下单和送货"):
        assert shown in text
    assert problems(text) == []
    assert "请来了 1 人" in text_of(client.get(page("member", lan.pk)))
    client.force_login(make_deputy(group, ziyi).user)
    text = text_of(client.get(page("member", new.pk)))
    assert "3栋601" in text
    assert "林小雨" not in text
    assert "138 0013 8000" not in text
    assert page("member-remove", new.pk) not in text


@pytest.mark.parametrize("brought", [1, 3])
def test_a_neighbours_page_takes_the_same_statements(
    client, group, ziyi, lan, brought, django_assert_num_queries
):
    for n in range(brought):
        come(lan, stranger(group, f"60{n}"))
    client.force_login(ziyi.user)
    # session and user, membership, the person, whom she brought, consents, how she came
    with django_assert_num_queries(6):
        client.get(page("member", lan.pk))


def test_removing_asks_once_more_and_restoring_brings_back(client, group, ziyi, lan):
    client.force_login(ziyi.user)
    text = text_of(client.get(page("member-remove", lan.pk)))
    assert "移出群？" in text
    assert problems(text) == []
    assert send(client, "member-remove", lan.pk).status_code == 302
    assert Membership.objects.get(pk=lan.pk).status == "removed"
    assert "恢复" in text_of(client.get(page("member", lan.pk)))
    assert send(client, "member-restore", lan.pk).status_code == 302
    assert Membership.objects.get(pk=lan.pk).status == "active"
    refused = send(client, "member-remove", ziyi.pk)
    assert refused.status_code == 409
    assert "团长在任时不能退群" in text_of(refused)


def test_leaving_asks_once_more_and_the_initiator_stays(client, group, ziyi, lan):
    client.force_login(lan.user)
    assert page("leave") in text_of(client.get(page("me")))
    text = text_of(client.get(page("leave")))
    assert f"退出「{group.name}」？" in text
    assert problems(text) == []
    assert send(client, "leave").status_code == 302
    assert Membership.objects.get(pk=lan.pk).status == "left"
    assert client.get(page("me")).status_code == 404
    client.force_login(ziyi.user)
    assert page("leave") not in text_of(client.get(page("me")))
    refused = send(client, "leave")
    assert refused.status_code == 409
    assert "团长在任时不能退群" in text_of(refused)


# House rules


def test_the_rules_are_written_read_and_accepted(client, group, ziyi, lan):
    client.force_login(ziyi.user)
    assert "还没有群规" in text_of(client.get(page("house-rules")))
    for version, typed in enumerate(("按时取货", "按时取货\n不占便宜"), 1):
        assert send(client, "house-rules-edit", text=typed).status_code == 302
        group.refresh_from_db()
        assert group.rules_version == version
    client.force_login(lan.user)
    home = text_of(client.get(reverse("orders:home", args=["foodie"])))
    assert "群规有了第 2 版" in home
    text = text_of(client.get(page("house-rules")))
    assert "不占便宜" in text
    assert problems(text) == []
    stale = send(client, "house-rules-accept", version=1)
    assert stale.status_code == 422
    assert send(client, "house-rules-accept", version=2).status_code == 302
    home = text_of(client.get(reverse("orders:home", args=["foodie"])))
    assert "群规有了" not in home


@pytest.mark.parametrize("typed", ["", " \n ", "\x00", "字" * 4001])
def test_wrong_rules_are_shown_again(client, group, ziyi, typed):
    client.force_login(ziyi.user)
    response = send(client, "house-rules-edit", text=typed)
    assert response.status_code == 422
    assert problems(text_of(response)) == []
    group.refresh_from_db()
    assert group.rules_version == 0


def test_rules_are_text_and_never_markup(client, group, ziyi):
    write_rules(group_id=group.pk, actor_id=ziyi.pk, text="<img src=x onerror=alert(1)>")
    client.force_login(ziyi.user)
    assert "<img src=x" not in text_of(client.get(page("house-rules")))


def test_the_same_text_is_no_new_version(group, ziyi):
    first = write_rules(group_id=group.pk, actor_id=ziyi.pk, text="按时取货")
    assert write_rules(group_id=group.pk, actor_id=ziyi.pk, text=" 按时取货\r\n") == first


def test_all_mistakes_are_named_at_once(client, link):
    text = text_of(client.post(link, {"request_id": uuid4()}))
    for field in ("real_name", "phone", "building", "room", "orders"):
        assert f'href="#id_{field}"' in text
    assert "有 5 处要改" in text


def test_text_messages_are_agreed_to_and_taken_back(client, group, ziyi, lan):
    new = come(lan, stranger(group, "601"))
    client.force_login(new.user)
    text = text_of(client.get(page("consents")))
    assert "下单和送货" in text
    assert problems(text) == []
    for given in ("1", "1", "0"):
        assert send(client, "consents", given=given).status_code == 302
    sms = Consent.objects.get(membership=new, purpose="sms")
    assert sms.withdrawn_at is not None
    assert Event.objects.filter(kind="consent.changed").count() == 2
    assert send(client, "consents", given="x").status_code == 422
    with pytest.raises(ConsentNeeded):
        change_consent(membership_id=new.pk, purpose="orders", given=False)


def test_whoever_waits_is_led_there_from_the_start_page(client, group, ziyi):
    asked = knock(group, ziyi, stranger(group, "900"))
    client.force_login(asked.user)
    assert client.get(reverse("home")).headers["Location"] == page("waiting")


def test_an_account_without_a_phone_is_led_to_adding_one(client, group, lan):
    new = come(lan, stranger(group, "601"))
    client.force_login(new.user)
    assert reverse("account_phone") in text_of(client.get(page("me")))
    client.force_login(lan.user)
    assert reverse("account_phone") not in text_of(client.get(page("me")))
