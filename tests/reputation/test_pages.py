"""The ledger and a standing as neighbours, officers and shops see them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from groups.models import Membership
from merchants.models import MerchantStaff
from orders.services import summaries
from reputation.models import Entry, Evidence, Kind
from reputation.queries.entries import ledger_page
from reputation.queries.personal import holdings
from reputation.queries.standings import standing_page
from reputation.services import ledger
from tests.orders.stages import Stage, at, make_stage
from tests.reputation.scenes import a_book, about, arrive, end
from tuangou.core import events
from tuangou.core.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """A round that was short, with one who did not come and one who did not pay; a sealed month."""
    stage = make_stage()
    owing, missed = stage.order(), stage.order(stage.neighbour)
    arrive(stage, "3.5")
    end(stage, fetched=[owing])
    stage.accept(stage.ask(owing), 500)
    with at(stage.start + timedelta(days=40)):
        summaries.publish_due(group_id=stage.group.pk)
    events.drain(stage.group.pk)
    assert missed.member == stage.neighbour
    return stage


def sign_in(person: Membership | User) -> Client:
    client = Client()
    user = person.user if isinstance(person, Membership) else person
    assert user is not None
    client.force_login(user)
    return client


def url(stage: Stage, name: str, *args: object) -> str:
    return reverse(f"reputation:{name}", args=[stage.group.slug, *args])


def seen(stage: Stage, who: Membership, query: str = "") -> str:
    response = sign_in(who).get(url(stage, "ledger") + query)
    assert response.status_code == 200
    return response.content.decode()


def member_of(stage: Stage, who: Membership) -> Any:
    """With her office, as access gives her."""
    return Membership.objects.with_office().select_related("group").get(pk=who.pk)


class TestLedger:
    def test_newest_first_with_the_seal_to_write_down(self, stage):
        page = ledger_page(member_of(stage, stage.member))
        assert [row.kind for row in page.rows] == [
            *("month_sealed", "return_accepted", "paid_late", "not_collected", "round_run"),
            *("short", "inspection_passed"),
        ]
        text = seen(stage, stage.member)
        assert page.rows[0].seal in text
        assert "封条" in text

    def test_a_neighbour_who_fell_short_is_named_to_herself_and_the_officers_alone(self, stage):
        who = {
            reader.nickname: {
                row.kind: (row.who, bool(row.url))
                for row in ledger_page(member_of(stage, reader)).rows
                if row.subject == "member"
            }
            for reader in (stage.member, stage.neighbour, stage.deputy)
        }
        assert who == {
            "张三": {"paid_late": ("张三", True), "not_collected": ("", False)},
            "王芳": {"paid_late": ("", False), "not_collected": ("王芳", True)},
            "老周": {"paid_late": ("张三", True), "not_collected": ("王芳", True)},
        }
        assert "王芳" not in seen(stage, stage.member)
        assert "一位邻居" in seen(stage, stage.member)

    def test_every_page_opens_its_evidence(self, stage):
        for reader in (stage.member, stage.deputy, stage.initiator):
            client = sign_in(reader)
            for row in ledger_page(member_of(stage, reader)).rows:
                assert row.url or row.subject == "member", row
                if row.url:
                    assert client.get(row.url).status_code == 200, row

    def test_filters(self, stage):
        def kinds(**asked: Any) -> set[str]:
            return {
                row.subject for row in ledger_page(member_of(stage, stage.member), **asked).rows
            }

        shop = stage.round.merchant_id
        assert kinds(view="merchant") == kinds(merchant_id=shop) == {"merchant"}
        assert kinds(view="mandate") == {"mandate"}
        assert kinds(view="group") == {"group"}
        assert kinds(view="mine") == {"member"}
        initiator = ledger_page(member_of(stage, stage.initiator), view="mine")
        assert [row.kind for row in initiator.rows] == ["round_run"]
        assert stage.round.merchant.brand in seen(stage, stage.member, f"?merchant={shop}")
        nobody = url(stage, "ledger") + f"?merchant={shop + 1_000_000}"
        assert sign_in(stage.member).get(nobody).status_code == 404
        assert "月报封存" in seen(stage, stage.member, "?view=nonsense&before=x")

    def test_long_books_turn_their_pages(self):
        stage = a_book(orders=5)
        first = ledger_page(member_of(stage, stage.member))
        second = ledger_page(member_of(stage, stage.member), before=first.older)
        assert (len(first.rows), first.older, len(second.rows), second.older) == (30, 11, 10, None)
        assert "before=11" in seen(stage, stage.member)

    def test_a_page_struck_out_stays_and_says_by_which(self, stage):
        proof = Entry.objects.get(kind="paid_late").evidence_id
        short = Entry.objects.get(kind="short").number
        ledger.strike_out(
            group_id=stage.group.pk,
            number=short,
            evidence=Evidence.ORDER,
            evidence_id=proof,
            at=stage.start + timedelta(days=41),
        )
        rows = {row.kind: row for row in ledger_page(member_of(stage, stage.member)).rows}
        assert (rows["short"].struck_by, rows["correction"].corrects) == (8, short)
        assert "更正了它" in seen(stage, stage.member)

    def test_as_many_statements_for_three_rows_as_for_thirty(self, django_assert_num_queries):
        few, many = make_stage(), a_book(orders=4)
        order = few.order()
        ledger.enter(group_id=few.group.pk, facts=[about(few, Kind.LATE, Evidence.ORDER, order.pk)])
        for stage in (few, many):
            member = member_of(stage, stage.member)
            with django_assert_num_queries(2):
                ledger_page(member)

    def test_the_export_is_every_page_and_names_nobody(self, stage):
        response = sign_in(stage.member).get(url(stage, "ledger-export"))
        lines = b"".join(response.streaming_content).decode("ascii").splitlines()  # type: ignore[attr-defined]
        assert [json.loads(line)["number"] for line in lines] == list(range(1, 8))
        assert "attachment" in response["Content-Disposition"]
        assert "张三" not in json.dumps(lines)


class TestStanding:
    def test_of_a_shop_with_its_facts_months_and_what_would_change_it(self, stage):
        shop = stage.round.merchant_id
        staff = MerchantStaff.objects.filter(merchant_id=shop).select_related("user").first()
        readers = [stage.member, *([staff.user] if staff else [])]
        for reader in readers:
            client = sign_in(reader)
            with at(stage.start + timedelta(days=41)):
                response = client.get(url(stage, "merchant-standing", shop))
            text = response.content.decode()
            assert response.status_code == 200
            assert "送货不足 <b>1</b> 次" in text
            assert "验货没通过一次" in text
            assert "每月底的分数" in text

    def test_the_next_band_is_so_many_good_rounds_away(self):
        stage = make_stage()
        page = standing_page(stage.group, "merchant", stage.round.merchant_id, at=stage.start)
        first = page.changes[0]
        assert (first.kind, first.n, first.band) == ("on_time", 5, "fair")
        assert (page.history, page.facts, page.entries) == ([], [], 0)

    def test_history_is_each_month_end_and_now(self):
        stage = a_book(orders=1)
        found = standing_page(
            *(stage.group, "merchant", stage.round.merchant_id),
            at=stage.start + timedelta(days=400),
        )
        assert len(found.history) == 12
        assert found.history[-1][1] == found.score
        fresh = standing_page(
            *(stage.group, "merchant", stage.round.merchant_id), at=stage.start + timedelta(days=1)
        )
        assert len(fresh.history) == 1

    def test_of_the_initiator(self, stage):
        client = sign_in(stage.member)
        with at(stage.start + timedelta(days=41)):
            response = client.get(url(stage, "initiator-standing"))
        assert response.status_code == 200
        assert "按时结团 <b>1</b> 次" in response.content.decode()

    def test_one_statement(self, stage, django_assert_num_queries):
        with django_assert_num_queries(1):
            standing_page(
                stage.group,
                "merchant",
                stage.round.merchant_id,
                at=stage.start + timedelta(days=50),
            )


def test_what_is_held_about_her_is_hers_to_see(stage):
    assert stage.member.user_id is not None
    assert stage.initiator.user_id is not None
    mine, *_said = holdings(stage.member.user_id)
    assert [(row["kind"], row["group"], row["round"]) for row in mine.rows] == [
        ("paid_late", stage.group.name, stage.round.title)
    ]
    hers, *_said = holdings(stage.initiator.user_id)
    assert [row["kind"] for row in hers.rows] == ["round_run"]
