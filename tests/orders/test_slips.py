"""Paper slips: printed for neighbours without a phone, and keyed in one after the other (O4)."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Membership
from orders.models import Order, Round
from orders.queries.slips import LAST
from tests.factories import (
    make_group,
    make_household,
    make_initiator,
    make_member,
    make_order,
    make_round,
)
from tests.markup import problems
from tuangou.core import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def rnd() -> Round:
    """Open now; A and B are its goods."""
    group = make_group("foodie")
    make_initiator(group, household=make_household(group, "101"))
    return make_round(group, offers=2)


@pytest.fixture
def officer(rnd: Round, client):
    client.force_login(rnd.initiator.user)
    return client


def path(rnd: Round, name: str, *args: int) -> str:
    return reverse(f"orders:{name}", args=["foodie", rnd.pk, *args])


def key_in(client, rnd: Round, door: str, letters: str = "A2 B1", **fields: object):
    body = {"request_id": str(uuid4()), "door": door, "letters": letters}
    return client.post(path(rnd, "slip-new"), body | fields)


def held(order: Order) -> dict[str, Decimal]:
    return {f"{x.offer.position}": x.quantity for x in order.lines.select_related("offer")}


@pytest.mark.parametrize(
    ("typed", "a", "b"),
    [
        ("A2 B1", 2, 1),
        ("a2b1", 2, 1),
        ("Ａ２，Ｂ１", 2, 1),
        ("B 1、A×2", 2, 1),
        ("A1.5", "1.5", None),
        ("A B", 1, 1),
        ("a*2+b", 2, 1),
    ],
)
def test_letters_are_read_as_they_are_written(officer, rnd, typed, a, b):
    make_member(rnd.group, "王奶奶", household=make_household(rnd.group, "701"), account=False)
    make_offer_step_small(rnd)
    assert key_in(officer, rnd, "3-701", typed).status_code == 302
    wanted = {"1": a, "2": b}
    assert held(Order.objects.get()) == {n: Decimal(q) for n, q in wanted.items() if q}


def make_offer_step_small(rnd: Round) -> None:
    rnd.offers.update(step="0.5")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "写上订了什么"),
        ("C1", "这个团没有 C"),
        ("A1 A2", "A 写了两次"),
        ("A0", "A 的数量要大于 0"),
        ("牛肉两斤", "看不懂「牛肉两斤」"),
        ("A2 -1", "看不懂「-1」"),
        ("A99999999", "看不懂"),
        ("A1e5", "这个团没有 E"),
        ("A" * 201, "200"),
        ("\x00", "不允许是用空字符"),
        ("<script>", "看不懂"),
    ],
)
def test_letters_that_mean_nothing_are_a_sentence_and_keep_the_slip(officer, rnd, typed, said):
    make_member(rnd.group, "王奶奶", household=make_household(rnd.group, "701"), account=False)
    answer = key_in(officer, rnd, "3-701", typed, note="门口放")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert 'value="3-701"' in page
    assert 'value="门口放"' in page
    assert not Order.objects.exists()


def test_boxes_do_as_well_as_letters_but_not_both(officer, rnd):
    make_member(rnd.group, "王奶奶", household=make_household(rnd.group, "701"), account=False)
    box = {f"offer_{rnd.offers.get(position=2).pk}": "３"}
    assert "字母和数量只填一样" in key_in(officer, rnd, "3-701", "A1", **box).content.decode()
    assert key_in(officer, rnd, "3-701", "", **box).status_code == 302
    assert held(Order.objects.get()) == {"2": Decimal(3)}


def test_the_door_comes_first_and_the_next_slip_follows(officer, rnd):
    granny = make_member(
        rnd.group, "王奶奶", household=make_household(rnd.group, "701"), account=False
    )
    answer = key_in(officer, rnd, "3栋701室")
    assert answer["Location"] == path(rnd, "slip-new")
    order = Order.objects.get()
    assert (order.member_id, order.placed_by_id, order.channel) == (
        granny.pk,
        rnd.initiator_id,
        "paper",
    )
    page = officer.get(path(rnd, "slip-new")).content.decode()
    assert "第1单：3-701 王奶奶" in page
    assert page.index('name="door"') < page.index('name="letters"') < page.index("录入，下一张")
    assert problems(page) == []


def test_a_new_flat_needs_a_name_once(officer, rnd):
    answer = key_in(officer, rnd, "5-1802")
    assert answer.status_code == 422
    assert "这户还没有人，写上姓名就加进来" in answer.content.decode()
    body = {"name": "陈爷爷", "request_id": str(uuid4())}
    for _twice in range(2):  # the same form sent twice is one person and one order
        assert key_in(officer, rnd, "5-1802", **body).status_code == 302
    added = Membership.objects.get(nickname="陈爷爷")
    assert (added.user_id, str(added.household)) == (None, "5栋1802")
    assert Order.objects.get().member_id == added.pk
    assert key_in(officer, rnd, "5-1802", "A1").status_code == 302
    assert Order.objects.filter(member=added).count() == 2


def test_several_behind_one_door_are_asked_about(officer, rnd):
    flat = make_household(rnd.group, "701")
    wang, li = (make_member(rnd.group, n, household=flat, account=False) for n in ("老王", "老李"))
    asked = key_in(officer, rnd, "3-701")
    page = asked.content.decode()
    assert asked.status_code == 422
    assert "这户有不止一位" in page
    assert problems(page) == []
    assert key_in(officer, rnd, "3-701", person=li.pk).status_code == 302
    assert key_in(officer, rnd, "3-701", name="老王").status_code == 302
    assert set(Order.objects.values_list("member_id", flat=True)) == {wang.pk, li.pk}
    another = key_in(officer, rnd, "3-701", name="小王")
    assert "新加「小王」" in another.content.decode()
    assert key_in(officer, rnd, "3-701", name="小王", person="new").status_code == 302
    assert Membership.objects.filter(household=flat).count() == 3


@pytest.mark.parametrize("typed", ["", "9-101", "三楼王家", "3", "3-2-5-7", "-", "\x00", "3-" * 30])
def test_a_door_nobody_can_find_is_a_sentence_and_the_list_of_buildings_helps(officer, rnd, typed):
    answer = key_in(officer, rnd, typed, name="老王")
    assert answer.status_code == 422
    assert Membership.objects.count() == 1
    building = rnd.initiator.household.building_id
    by_list = key_in(
        officer, rnd, typed[:5].strip("\x00"), name="老王", building=building, room="９01"
    )
    assert by_list.status_code == 302
    assert str(Membership.objects.get(nickname="老王").household) == "3栋901"


def test_units_are_part_of_the_door(officer, rnd):
    assert key_in(officer, rnd, "3-2-502", name="老王").status_code == 302
    assert str(Membership.objects.get(nickname="老王").household) == "3栋2单元502"
    assert key_in(officer, rnd, "3-502", "A1").status_code == 302  # the only 502 there is
    assert Membership.objects.filter(nickname="老王").count() == 1
    assert Order.objects.count() == 2


def test_a_refused_order_keeps_the_slip(officer, rnd):
    rnd.offers.filter(position=1).update(capacity=1)
    make_member(rnd.group, "王奶奶", household=make_household(rnd.group, "701"), account=False)
    answer = key_in(officer, rnd, "3-701", "A2")
    assert answer.status_code == 422
    assert "只剩 1" in answer.content.decode()
    assert 'value="A2"' in answer.content.decode()


def test_the_last_ones_are_listed_and_can_be_undone_once(officer, rnd):
    for n in range(LAST + 2):
        key_in(officer, rnd, f"3-{900 + n}", "A1", name=f"邻居{n}")
    page = officer.get(path(rnd, "slip-new"))
    rows = page.context["last"]
    assert [row.number for row in rows] == list(range(LAST + 2, 2, -1))
    body = {"request_id": str(uuid4())}
    for _twice in range(2):
        assert officer.post(path(rnd, "slip-undo", rows[0].id), body).status_code == 302
    order = Order.objects.get(pk=rows[0].id)
    assert (order.status, order.history.get(kind="cancelled").reason) == ("cancelled", "纸条录错了")
    assert officer.post(path(rnd, "slip-undo", rows[0].id)).status_code == 422


def test_only_slips_of_this_round_are_undone_here(officer, rnd):
    web = make_order(rnd, rnd.initiator)
    other = make_round(rnd.group, merchant=rnd.merchant, title="另一团")
    key_in(officer, other, "3-701", "A1", name="王奶奶")
    slip = Order.objects.get(channel="paper")
    for order in (web, slip):
        body = {"request_id": str(uuid4())}
        assert officer.post(path(rnd, "slip-undo", order.pk), body).status_code == 404


def test_a_closed_round_takes_no_slips(officer, rnd):
    rnd.opens_at, rnd.cut_off_at = clock.now(), clock.now()
    Round.objects.filter(pk=rnd.pk).update(cut_off_at=clock.now())
    page = officer.get(path(rnd, "slip-new")).content.decode()
    assert "现在不接单" in page
    answer = key_in(officer, rnd, "3-701", name="王奶奶")
    assert answer.status_code == 422
    assert "已截单" in answer.content.decode()


def test_the_page_takes_the_same_statements_for_any_pile(officer, rnd):
    officer.get(path(rnd, "slip-new"))
    counts = []
    for n in range(3):
        with CaptureQueriesContext(connection) as sent:
            officer.get(path(rnd, "slip-new"))
        counts.append(len(sent))
        key_in(officer, rnd, f"3-{900 + n}", "A1 B1", name=f"邻居{n}")
        officer.get(path(rnd, "slip-new"))  # the words of what was done are read once
    assert len(set(counts[1:])) == 1


@pytest.mark.parametrize(("asked", "copies"), [("", 4), ("2", 2), ("4", 4), ("9", 4), ("x", 4)])
def test_the_printed_slip_has_boxes_prices_the_cut_off_and_where_to_hand_it_in(
    officer, rnd, asked, copies
):
    page = officer.get(path(rnd, "slip"), {"n": asked}).content.decode()
    assert page.count('class="paper"') == copies
    assert problems(page) == []
    for text in ("<b>A</b>", "<b>B</b>", "前交", "姓名", "楼栋房号", path(rnd, "round-qr")):
        assert text in page
    assert officer.get(path(rnd, "round-qr"))["Content-Type"] == "image/png"
