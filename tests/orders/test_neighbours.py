"""Ordering for a neighbour: whom, by whose word, who pays, who fetches, who is told (O4, G2)."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from groups.access import membership_for
from orders.models import Order, Proxy
from orders.queries.neighbours import neighbours
from orders.services import neighbours as service
from orders.services.neighbours import AskFirst, Errand, NoAnswerForHerself, ProxyRefused
from orders.services.orders import place_order
from tests.factories import make_group, make_household, make_member, offer_of
from tests.markup import problems
from tests.orders.stages import Stage, make_stage
from tests.orders.support import counts
from tuangou.core import clock, events
from tuangou.core.models import Event, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """A round that is open today; `member` orders, `neighbour` (王芳) is ordered for."""
    return make_stage(start=clock.now())


@pytest.fixture
def granny(stage: Stage):
    """Behind 3-601, known from paper."""
    return make_member(
        stage.group, "李奶奶", household=make_household(stage.group, "601"), account=False
    )


def order_for(stage: Stage, person, **errand: bool) -> Order:
    return place_order(
        round_id=stage.round.pk,
        member_id=person.pk,
        placed_by_id=stage.member.pk,
        quantities={offer_of(stage.round).pk: Decimal(1)},
        request_id=uuid4(),
        errand=Errand(**errand),
    )


def path(stage: Stage, name: str, *args: object) -> str:
    return reverse(f"orders:{name}", args=[stage.group.slug, *args])


def post_order(client, stage: Stage, person, **fields: object):
    body = {
        "request_id": str(uuid4()),
        "for": person.pk,
        f"offer_{offer_of(stage.round).pk}": "1",
    }
    return client.post(path(stage, "round", stage.round.pk), body | fields)


class TestTheWord:
    def test_a_neighbour_without_an_account_must_have_asked_and_that_is_kept(self, stage, granny):
        before = counts()
        with pytest.raises(AskFirst) as refusal:
            order_for(stage, granny)
        assert (refusal.value.field, counts()) == ("asked", before)
        order_for(stage, granny, asked=True)
        word = Proxy.objects.get()
        assert (word.member_id, word.proxy_id, word.answer) == (granny.pk, stage.member.pk, "asked")
        assert word.said_by_id == stage.member.pk
        order_for(stage, granny)  # once is enough
        assert Proxy.objects.count() == Event.objects.filter(kind="proxy.asked").count() == 1

    def test_somebody_else_s_tick_is_not_mine(self, stage, granny):
        order_for(stage, granny, asked=True)
        with pytest.raises(AskFirst):
            place_order(
                round_id=stage.round.pk,
                member_id=granny.pk,
                placed_by_id=stage.neighbour.pk,
                quantities={offer_of(stage.round).pk: Decimal(1)},
                request_id=uuid4(),
                errand=Errand(),
            )

    def test_no_means_no_until_it_means_yes(self, stage):
        wang = stage.neighbour
        order_for(stage, wang)
        pair = {"member_id": wang.pk, "proxy_id": stage.member.pk}
        service.answer_proxy(**pair, welcome=False)
        before = counts()
        with pytest.raises(ProxyRefused) as refusal:
            order_for(stage, wang, asked=True)
        assert "3栋·王* 说过不要别人代下单" in str(refusal.value)
        assert counts() == before
        with pytest.raises(ProxyRefused):  # nor in a round about way
            stage.order(wang, placed_by=stage.member)
        stage.order(wang, placed_by=stage.initiator)  # it was said of one person
        service.answer_proxy(**pair, welcome=True)
        order_for(stage, wang)
        assert [
            e.data["answer"] for e in Event.objects.filter(kind="proxy.answered").order_by("pk")
        ] == [
            "no",
            "yes",
        ]

    def test_twin_without_the_check_the_order_is_placed(self, stage, granny, monkeypatch):
        service.answer_proxy(member_id=stage.neighbour.pk, proxy_id=stage.member.pk, welcome=False)
        monkeypatch.setattr("orders.services.orders.admit", lambda **_: None)
        order_for(stage, stage.neighbour)
        order_for(stage, granny)
        assert Order.objects.count() == 2

    def test_a_slip_is_the_buyers_own_word(self, stage):
        service.answer_proxy(
            member_id=stage.neighbour.pk, proxy_id=stage.initiator.pk, welcome=False
        )
        stage.order(stage.neighbour, placed_by=stage.initiator, channel="paper")

    def test_nobody_answers_for_herself(self, stage):
        with pytest.raises(NoAnswerForHerself):
            service.answer_proxy(member_id=stage.member.pk, proxy_id=stage.member.pk, welcome=True)

    def test_the_database_keeps_whose_word_it_is(self, stage, granny):
        wang, at = stage.neighbour, clock.now()
        stranger = make_member(make_group())
        good = {"group": stage.group, "member": wang, "proxy": stage.member, "said_at": at}
        for change in (
            {"answer": "yes", "said_by": stage.member},
            {"answer": "asked", "said_by": wang},
            {"answer": "maybe", "said_by": wang},
            {"answer": "yes", "said_by": wang, "proxy": wang},
            {"answer": "yes", "said_by": stranger, "member": stranger},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Proxy.objects.create(**(good | change))
        mine = stage.order(stage.member)
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(pk=mine.pk).update(proxy_pays=True)


class TestWhoDoesWhat:
    def test_the_payer_is_told_to_pay_and_the_collector_to_fetch(self, stage):
        mine, wang = stage.member.user_id, stage.neighbour.user_id
        pays = order_for(stage, stage.neighbour, pays=True)
        fetches = order_for(stage, stage.neighbour, collects=True)
        stage.arrive()
        events.drain(stage.group.pk)

        def told(kind: str) -> dict[int, str]:
            return {n.user_id: n.path for n in Notice.objects.filter(kind=f"orders.{kind}")}

        assert told("pay_now") == {
            mine: path(stage, "order", pays.pk),
            wang: path(stage, "order", fetches.pk),
        }
        assert told("round_arrived") == {
            wang: path(stage, "order", pays.pk),
            mine: path(stage, "order", fetches.pk),
        }

    @pytest.mark.parametrize(
        ("errand", "mine", "hers"),
        [
            ({}, [], ["fetch"]),
            ({"pays": True}, ["pay"], ["fetch"]),
            ({"collects": True}, ["fetch"], ["pay"]),
            ({"pays": True, "collects": True}, ["fetch"], []),
        ],
    )
    def test_the_front_page_shows_each_her_own_part(self, stage, client, errand, mine, hers):
        order_for(stage, stage.neighbour, **errand)
        stage.arrive()
        for person, kinds in ((stage.member, mine), (stage.neighbour, hers)):
            client.force_login(person.user)
            page = client.get(path(stage, "home"))
            assert [thing.kind for thing in page.context["todo"]] == kinds


class TestChoosing:
    @pytest.fixture
    def flat(self, stage):
        return stage.flat("12栋", "2", "1804", "欧阳长河")

    @pytest.mark.parametrize(
        "typed",
        [
            "12-2-1804",
            "12栋2单元1804室",
            "12 - 1804",
            "１２－２－１８０４",
            "12栋1804",
            "12—1804",
            "欧阳长河",
        ],
    )
    def test_a_whole_door_or_nickname_leads_on_at_once(self, stage, client, flat, typed):
        client.force_login(stage.member.user)
        answer = client.get(path(stage, "neighbours", stage.round.pk), {"q": typed})
        round_path = path(stage, "round", stage.round.pk)
        assert answer["Location"] == f"{round_path}?for={flat.pk}"

    @pytest.mark.parametrize("typed", ["12-2-18", "12", "欧阳", "1804", "-", "栋", "%", "1 2"])
    def test_members_cannot_read_the_list_off(self, stage, flat, typed):
        found = neighbours(membership_for(stage.member.user, stage.group.slug), typed)
        assert (found.rows, found.only) == ([], None)

    @pytest.mark.parametrize("typed", ["12-2-18", "12-18", "欧阳"])
    def test_officers_find_a_staircase_by_its_beginning(self, stage, flat, typed):
        found = neighbours(membership_for(stage.initiator.user, stage.group.slug), typed)
        assert [(row.door, row.nickname) for row in found.rows] == [("12-2-1804", "欧阳长河")]
        assert found.only is None

    def test_two_behind_one_door_are_asked_about(self, stage, client, flat):
        make_member(stage.group, "小欧", household=flat.household)
        client.force_login(stage.member.user)
        page = client.get(path(stage, "neighbours", stage.round.pk), {"q": "12-2-1804"})
        assert {row.initial for row in page.context["rows"]} == {"欧", "小"}
        main = page.content.decode().split("<main")[1]
        main = main.replace('value="12-2-1804"', "").replace(stage.group.slug, "")
        assert "1804" not in main

    def test_recent_ones_come_first_and_once(self, stage, client, granny):
        for person in (stage.neighbour, granny, stage.neighbour):
            order_for(stage, person, asked=True)
        client.force_login(stage.member.user)
        page = client.get(path(stage, "neighbours", stage.round.pk))
        assert [row.id for row in page.context["rows"]] == [stage.neighbour.pk, granny.pk]
        assert problems(page.content.decode()) == []

    @pytest.mark.parametrize("typed", ["x" * 300, "\x00", "<b>", "３" * 40])
    def test_what_cannot_be_a_name_finds_nobody(self, stage, client, typed):
        client.force_login(stage.member.user)
        answer = client.get(path(stage, "neighbours", stage.round.pk), {"q": typed})
        assert answer.status_code == 200


class TestPages:
    def test_the_form_asks_who_pays_who_fetches_and_once_whether_she_asked(
        self, stage, client, granny
    ):
        client.force_login(stage.member.user)
        form = client.get(path(stage, "round", stage.round.pk), {"for": granny.pk})
        page = form.content.decode()
        assert problems(page) == []
        assert 'name="asked"' in page
        refused = post_order(client, stage, granny, payer="me", collector="me", note="切块")
        page = refused.content.decode()
        assert refused.status_code == 422
        assert "本人托过你，就勾上再提交" in page
        assert "checked" in page
        assert "切块" in page
        done = post_order(client, stage, granny, payer="me", collector="me", asked="on")
        order = Order.objects.get()
        assert (order.proxy_pays, order.proxy_collects) == (True, True)
        page = client.get(done["Location"]).content.decode()
        assert "对方收不到通知，当面说一声" in page
        assert "说好你付钱，你去取" in page
        assert "李奶奶" not in page.split("<main")[1].split("取货码")[0]
        again = client.get(path(stage, "round", stage.round.pk), {"for": granny.pk})
        assert 'name="asked"' not in again.content.decode()

    def test_she_is_told_with_a_link_in_big_type_and_can_say_no_at_once(self, stage, client):
        wang = stage.neighbour
        client.force_login(stage.member.user)
        done = post_order(client, stage, wang)
        order = Order.objects.get()
        page = client.get(done["Location"]).content.decode()
        name = offer_of(stage.round).name
        assert f"已告诉 3栋·王*：你帮着下了 {name} 1斤" in page
        assert f"http://testserver{path(stage, 'order', order.pk)}?big=1" in page
        assert problems(page) == []
        events.drain(stage.group.pk)
        client.force_login(wang.user)
        notice = Notice.objects.get(kind="orders.order_placed", user=wang.user)
        page = client.get(notice.path).content.decode()
        assert "不要这一单" in page
        assert problems(page) == []
        no = client.post(
            path(stage, "proxy-answer", stage.member.pk), {"answer": "no", "order": order.pk}
        )
        assert no["Location"] == path(stage, "order", order.pk)
        body = {"request_id": str(uuid4())}
        for _twice in range(2):
            answer = client.post(path(stage, "order-decline", order.pk), body)
            assert answer["Location"] == path(stage, "order", order.pk)
        order.refresh_from_db()
        assert order.status == "cancelled"
        assert order.history.get(kind="cancelled").reason == "本人不要"
        client.force_login(stage.member.user)
        refused = client.get(path(stage, "round", stage.round.pk), {"for": wang.pk})
        assert refused.status_code == 403
        assert "说过不要别人代下单" in refused.content.decode()
        assert post_order(client, stage, wang).status_code == 403

    def test_what_she_said_can_be_changed_on_a_page_of_its_own(self, stage, client):
        order_for(stage, stage.neighbour)
        client.force_login(stage.neighbour.user)
        page = client.get(path(stage, "proxies")).content.decode()
        assert "3栋·张*" in page
        assert "帮你下过 1 单" in page
        assert problems(page) == []
        answer = client.post(path(stage, "proxy-answer", stage.member.pk), {"answer": "yes"})
        assert answer["Location"] == path(stage, "proxies")
        page = client.get(path(stage, "proxies")).content.decode()
        assert 'value="yes"' not in page.split("<main")[1]

    @pytest.mark.parametrize(
        "body",
        [{}, {"answer": "maybe"}, {"answer": "yes", "order": "x" * 5000}, {"answer": "\x00"}],
    )
    def test_a_button_pressed_wrongly_is_a_sentence(self, stage, client, body):
        client.force_login(stage.neighbour.user)
        answer = client.post(path(stage, "proxy-answer", stage.member.pk), body)
        assert answer.status_code == 422
        assert not Proxy.objects.exists()

    def test_only_its_owner_declines_an_order_and_strangers_are_missing(self, stage, client):
        order = order_for(stage, stage.neighbour)
        other = make_member(make_group())
        for person in (stage.member, stage.initiator, other):
            client.force_login(person.user)
            body = {"request_id": str(uuid4())}
            assert client.post(path(stage, "order-decline", order.pk), body).status_code == 404
        client.force_login(stage.neighbour.user)
        answer = client.post(path(stage, "proxy-answer", other.pk), {"answer": "no"})
        assert answer.status_code == 404

    @pytest.mark.parametrize("chosen", ["me", "you", "", "\x00", "x" * 9999])
    def test_hostile_answers_are_answered(self, stage, client, chosen):
        client.force_login(stage.member.user)
        answer = post_order(client, stage, stage.neighbour, payer=chosen, collector=chosen)
        assert answer.status_code == (302 if chosen in ("me", "") else 422)
