"""The inbox: newest first, what is new is marked once, and the count costs no statement."""

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from groups.models import Membership
from groups.queries import notices as queries
from tests.factories import initiator_of, make_group, make_member, make_user
from tuangou.core import events, notices

SENT = "收到你的 ¥{}.00"


@pytest.fixture
def member(db) -> Membership:
    return make_member(make_group("wutong"), "张三")


@pytest.fixture
def phone(member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def send(*people: Membership, fen: int = 100, group_id: int | None = None) -> None:
    with transaction.atomic():
        event = events.publish(
            "thing.happened",
            group_id=group_id or people[0].group_id,
            subject_id=1,
            actor_id=None,
            at=timezone.now(),
        )
    context = {"title": "周六牛肉团", "code": "7KQ-31", "fen": fen, "direction": "in"}
    notices.notify(
        event,
        user_ids=[member.user_id or 0 for member in people],
        kind="orders.payment_received",
        path="/g/wutong/orders/",
        context=context,
    )


def read(client: Client, path: str = "/g/wutong/notices/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_newest_first_new_ones_marked_and_read_once_they_were_shown(phone, member):
    for yuan in (1, 2):
        send(member, fen=yuan * 100)
    page = read(phone)
    assert page.index(SENT.format(2)) < page.index(SENT.format(1))
    assert page.count('<li class="new">') == 2
    assert 'href="/g/wutong/orders/"' in page
    assert notices.unread_count(member.user_id) == 0
    send(member, fen=300)
    again = read(phone)
    assert again.count('<li class="new">') == 1
    assert SENT.format(1) in again


def test_the_sign_in_the_head_counts_what_is_new_in_this_group(phone, member):
    elsewhere = make_member(make_group(), user=member.user)
    send(elsewhere, group_id=elsewhere.group_id)
    assert "条没看" not in read(phone, "/g/wutong/me/")
    for _ in range(3):
        send(member)
    assert "3<span" in read(phone, "/g/wutong/me/")
    assert "条没看" not in read(phone), "the page itself shows them"
    assert "条没看" not in read(phone, "/g/wutong/me/")


def test_the_sign_ends_at_99(phone, member):
    for _ in range(101):
        send(member)
    assert "99+<span" in read(phone, "/g/wutong/me/")


def test_the_sign_costs_no_statement(phone, member, django_assert_num_queries):
    def me() -> int:
        with django_assert_num_queries(counted, exact=False) as seen:
            read(phone, "/g/wutong/me/")
        return len(seen)

    counted = 100
    none = me()
    for _ in range(5):
        send(member)
    assert me() == none


def test_statements_do_not_grow_with_the_inbox(phone, member, django_assert_num_queries):
    def statements() -> int:
        with django_assert_num_queries(100, exact=False) as seen:
            read(phone)
        return len(seen)

    send(member)
    one = statements()
    for _ in range(20):
        send(member)
    assert statements() == one == 4, "session, membership, lines, read"


def test_pages_hold_thirty_and_lead_to_the_older_ones(phone, member):
    for yuan in range(queries.PAGE + 2):
        send(member, fen=yuan * 100)
    first = read(phone)
    assert first.count("<li") - first.count("<link") >= queries.PAGE
    assert SENT.format(1) + "（" not in first
    older = first.split('rel="next" href="')[1].split('"')[0]
    second = read(phone, f"/g/wutong/notices/{older}")
    assert SENT.format(1) + "（" in second
    assert SENT.format(0) + "（" in second
    assert 'rel="next"' not in second


def test_what_was_not_shown_stays_new_until_all_are_read_by_a_button(phone, member):
    for _ in range(queries.PAGE + 2):
        send(member)
    assert "notices/read/" in read(phone)
    assert notices.unread_count(member.user_id) == 2
    other = make_member(make_group(), user=member.user)
    send(other, group_id=other.group_id)
    for _ in range(2):
        response = phone.post("/g/wutong/notices/read/")
        assert (response.status_code, response.url) == (302, "/g/wutong/notices/")
    assert notices.unread_count(member.user_id) == 1, "another group's stay new"
    assert "notices/read/" not in read(phone)
    assert phone.get("/g/wutong/notices/read/").status_code == 405


def test_an_empty_inbox_says_what_will_come(phone):
    assert "没有消息" in read(phone)


@pytest.mark.parametrize("typed", ["", "x", "-1", "²", "9" * 40, "0"])
def test_a_strange_key_is_no_crash(phone, member, typed):
    send(member)
    read(phone, f"/g/wutong/notices/?before={typed}")


def test_nobody_reads_another_ones_lines(phone, member):
    neighbour = make_member(member.group, "王芳")
    send(neighbour, fen=900)
    assert SENT.format(9) not in read(phone)
    assert notices.unread_count(neighbour.user_id or 0) == 1
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.get("/g/wutong/notices/").status_code == 404
    assert stranger.post("/g/wutong/notices/read/").status_code == 404
    assert Client().get("/g/wutong/notices/").status_code == 302


def test_whoever_is_at_home_in_no_group_reads_all_her_lines_in_one_place(member):
    send(member, fen=500)
    staff = Client()
    staff.force_login(member.user)
    assert SENT.format(5) in read(staff, "/notices/")
    assert notices.unread_count(member.user_id) == 0
    assert Client().get("/notices/").status_code == 302


def test_texts_with_markup_are_escaped(phone, member):
    with transaction.atomic():
        event = events.publish(
            "thing.happened",
            group_id=member.group_id,
            subject_id=1,
            actor_id=None,
            at=timezone.now(),
        )
    context = {"brand": "<script>x</script>"}
    notices.notify(
        event,
        user_ids=[member.user_id],
        kind="merchants.application_submitted",
        path="/g/wutong/merchants/",
        context=context,
    )
    page = read(phone)
    assert "&lt;script&gt;x" in page
    assert "<script>x" not in page


def test_the_initiator_has_an_inbox_like_everyone(member):
    client = Client()
    user = initiator_of(member.group).user
    assert user
    client.force_login(user)
    assert "没有消息" in read(client)
