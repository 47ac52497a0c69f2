"""Sanctions: in force at once, by evidence, for a time; over by themselves or lifted (R7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from threading import Event as Flag
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from merchants.models import Application, ApplicationStatus
from merchants.services import applications
from orders.models import Order, Round
from orders.services import openings, returns
from orders.services.openings import MerchantNotApproved
from orders.services.orders import RoundNotOpen
from reputation.models import Entry, Evidence, Kind, Sanction, SanctionProposal
from reputation.models.consequences import DEFAULT_LINES, Line
from reputation.queries.sanctions import returns_for
from reputation.services import ledger, proposals, sanction_appeals, sanctions
from reputation.services.consequences import SameTable, publish_table
from reputation.services.panels import AlreadyVoted, NoSeat, TooFewMembers
from reputation.services.sanction_appeals import NothingToAppeal
from reputation.services.sanctions import Decision, NothingToSanction
from reputation.tasks import end_sanction, replace_absent, watch_sanctions
from tests.databases import owner_cursor
from tests.factories import (
    make_group,
    make_member,
    make_merchant,
    make_order,
    make_round,
    pass_lines,
)
from tests.orders.stages import Stage, at, make_stage
from tests.orders.support import refused
from tests.reputation.judging import (
    DAY,
    appeal,
    decide,
    judge,
    owner_of,
    prove,
    shop_of,
    three_short,
)
from tests.reputation.scenes import about
from tests.threads import together
from tuangou.core import events
from tuangou.core.errors import InvalidInput, NotAllowed
from tuangou.core.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage(group=make_group(merchants_per_day=20))


def kinds(stage: Stage) -> list[str]:
    found = Entry.objects.of_group(stage.group.pk).order_by("number")
    return list(
        found.exclude(kind__in=("short", "inspection_passed")).values_list("kind", flat=True)
    )


def fresh(row: Sanction) -> Sanction:
    return Sanction.objects.get(pk=row.pk)


# In force at once


def test_a_suspension_stops_orders_and_openings_in_the_same_second_and_nothing_else(stage):
    order = stage.order()
    with at(stage.start):
        draft = make_round(stage.group, merchant=stage.round.merchant, opened=False)
    row = decide(stage)
    stage.round.refresh_from_db()
    assert stage.round.paused_at == stage.ordering
    with refused(RoundNotOpen, "暂停接单"):
        stage.order()
    with at(stage.ordering), refused(MerchantNotApproved, "停团"):
        openings.open_round(round_id=draft.pk, actor_id=stage.initiator.pk)
    events.drain(stage.group.pk)
    assert kinds(stage) == ["sanctioned"]
    stage.arrive()
    stage.hand_over(order)
    stage.accept(stage.ask(order), 500)
    shop = shop_of(stage)
    assert (shop.status, shop.sanction, shop.is_stopped) == ("suspended", "suspension", True)
    assert shop.sanction_last_day == stage.group.local(stage.ordering).date() + 13 * DAY
    assert row.ends_at == datetime(2026, 12, 4, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_it_ends_by_itself_on_its_day_once_and_orders_go_on(stage):
    row = decide(stage, days=1)
    events.drain(stage.group.pk)
    assert row.ends_at is not None
    with at(row.ends_at - timedelta(seconds=1)):
        assert sanctions.due_sanctions() == []
        assert sanctions.end_if_due(sanction_id=row.pk) is False
    with at(row.ends_at):
        assert sanctions.due_sanctions() == [row.pk]
        assert sanctions.end_if_due(sanction_id=row.pk) is True
        assert sanctions.end_if_due(sanction_id=row.pk) is False
        assert sanctions.due_sanctions() == []
    events.drain(stage.group.pk)
    assert fresh(row).status == "over"
    shop = shop_of(stage)
    assert (shop.status, shop.sanction, shop.sanction_last_day) == ("approved", "", None)
    assert Round.objects.get(pk=stage.round.pk).paused_at is None
    assert kinds(stage) == ["sanctioned", "sanction_lifted"]


def test_two_stops_one_over_the_shop_still_stands_still(stage):
    short = decide(stage, days=1)
    longer = decide(stage, days=3, reason="还在缺")
    assert short.ends_at is not None
    with at(short.ends_at):
        sanctions.end_if_due(sanction_id=short.pk)
    assert shop_of(stage).status == "suspended"
    with at(stage.ordering + 2 * DAY):
        sanctions.lift(sanction_id=longer.pk, actor_id=stage.initiator.pk, reason="谈妥了")
    assert shop_of(stage).status == "approved"
    assert (fresh(longer).lifted_how, fresh(longer).lifted_by) == ("initiator", stage.initiator)


def test_a_warning_and_a_notice_stop_nothing_and_are_seen(stage):
    decide(stage, level="warning", days=30)
    assert (shop_of(stage).status, shop_of(stage).sanction) == ("approved", "warning")
    decide(stage, level="notice", days=10)
    assert (shop_of(stage).status, shop_of(stage).sanction) == ("approved", "notice")
    assert not shop_of(stage).is_stopped
    stage.order()


def test_reinstated_by_hand_the_sanction_is_lifted_too(stage):
    row = decide(stage)
    with at(stage.ordering):
        applications.reinstate(
            group_id=stage.group.pk,
            merchant_id=stage.round.merchant_id,
            actor_id=stage.initiator.pk,
        )
    events.drain(stage.group.pk)
    assert fresh(row).status == "lifted"
    assert shop_of(stage).sanction == ""


def test_a_removal_takes_the_shop_out_once_it_cannot_be_appealed(stage):
    row = decide(stage, level="removal", days=None)
    assert (shop_of(stage).status, row.ends_at) == ("suspended", None)
    with at(row.appeal_until - timedelta(seconds=1)):
        assert sanctions.due_sanctions() == []
    row_appeal = appeal(stage, row)
    with at(row.appeal_until):
        assert sanctions.due_sanctions() == [], "an appeal waits"
        assert sanctions.end_if_due(sanction_id=row.pk) is False
    judge(row_appeal, "refused", "refused")
    with at(row.appeal_until):
        assert sanctions.due_sanctions() == [row.pk]
        sanctions.end_if_due(sanction_id=row.pk)
        assert sanctions.due_sanctions() == []
    assert shop_of(stage).status == ApplicationStatus.EXITED
    assert Round.objects.get(pk=stage.round.pk).paused_at is not None


def test_a_shop_that_left_comes_back_by_the_initiator_alone_and_that_ends_its_removal(stage):
    """Else its next suspension would be taken for the old removal, and the shop thrown out."""
    key = {"group_id": stage.group.pk, "merchant_id": stage.round.merchant_id}
    row = decide(stage, level="removal", days=None)
    with at(row.appeal_until):
        sanctions.end_if_due(sanction_id=row.pk)
        applications.submit(**key, user_id=owner_of(stage))
        applications.start_review(**key, actor_id=stage.deputy.pk)
        pass_lines(shop_of(stage), stage.initiator, at=row.appeal_until)
        with refused(NotAllowed, "只有团长"):
            applications.approve(**key, actor_id=stage.deputy.pk)
        applications.approve(**key, actor_id=stage.initiator.pk)
    events.drain(stage.group.pk)
    assert (fresh(row).status, fresh(row).lifted_by) == ("lifted", stage.initiator)
    assert (shop_of(stage).status, shop_of(stage).sanction) == ("approved", "")
    again = decide(stage, days=1, when=row.appeal_until + DAY)
    assert again.ends_at is not None
    with at(again.ends_at - timedelta(seconds=1)):
        assert sanctions.due_sanctions() == []
        assert sanctions.end_if_due(sanction_id=row.pk) is False
    with at(again.ends_at):
        sanctions.end_if_due(sanction_id=again.pk)
    assert shop_of(stage).status == "approved"


def test_the_alarm_clock_finds_what_is_due(stage, monkeypatch):
    row = decide(stage, days=1)
    appealed = appeal(stage, row, when=row.decided_at)
    panel = sanction_appeals.panel_of(appealed)
    before = set(panel.seats.filter(left_at=None).values_list("member_id", flat=True))
    for n in range(3):
        make_member(stage.group, f"后来的{n}")
    ran: list[dict[str, int]] = []
    for task in (end_sanction, replace_absent):
        monkeypatch.setattr(task, "apply_async", lambda kwargs, expires: ran.append(kwargs))
    with at(stage.ordering + 4 * DAY):
        watch_sanctions()
        assert ran == [{"sanction_id": row.pk}, {"panel_id": panel.pk}]
        end_sanction(sanction_id=row.pk)
        replace_absent(panel_id=panel.pk)
        watch_sanctions()
        assert len(ran) == 2, "nothing is due any more"
    after = set(panel.seats.filter(left_at=None).values_list("member_id", flat=True))
    assert fresh(row).status == "over"
    assert not before & after, "who did not vote made room"


# Evidence and what was typed


def test_no_sanction_without_evidence_of_this_shop(stage):
    other = make_merchant(stage.group, "江边水产")
    order = stage.order(stage.neighbour, 1)
    with at(stage.ordering):
        fact = about(stage, Kind.SHORT, Evidence.ORDER, order.pk)
        ledger.enter(group_id=stage.group.pk, facts=[fact])
        (page,) = Entry.objects.of_group(stage.group.pk)
    with refused(InvalidInput, "没有证据", field="pages"):
        decide(stage, pages=[])
    with refused(InvalidInput, "不是这家", field="pages"):
        decide(stage, pages=[page.number, 99])
    with at(stage.ordering), refused(InvalidInput, "不是这家", field="pages"):
        sanctions.decide(
            group_id=stage.group.pk,
            merchant_id=other.pk,
            actor_id=stage.initiator.pk,
            decision=Decision(
                level="warning", days=1, broken="short", reason="缺斤", pages=[page.number]
            ),
        )
    with at(stage.ordering):
        ledger.strike_out(
            group_id=stage.group.pk,
            number=page.number,
            evidence=Evidence.ORDER,
            evidence_id=order.pk,
            at=stage.ordering,
        )
    with refused(NothingToSanction, "已经更正"):
        decide(stage, pages=[page.number])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "长" * 301}, "reason"),
        ({"level": "fine"}, "level"),
        ({"days": None}, "days"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"broken": "nothing"}, "broken"),
    ],
)
def test_what_cannot_be_is_said_plainly(stage, said, field):
    pages = prove(stage, Kind.SHORT)
    with refused(InvalidInput, field=field):
        decide(stage, pages=pages, **said)


def test_a_return_proves_too_but_only_of_this_shop(stage):
    order = stage.collected()
    ret = stage.ask(order)
    row = decide(stage, return_id=ret.pk, when=stage.pickup + DAY, level="warning", days=9)
    assert (row.pages, row.ret) == ([], ret)
    elsewhere = make_stage()
    with refused(InvalidInput, "不是这家", field="ret"):
        decide(elsewhere, return_id=ret.pk)


def test_a_return_that_was_taken_back_proves_nothing(stage):
    ret = stage.ask(stage.collected())
    moment = ret.requested_at
    assert [pk for pk, _title in returns_for(shop_of(stage), at=moment)] == [ret.pk]
    with at(moment):
        returns.withdraw_return(return_id=ret.pk, actor_id=ret.order.member_id, request_id=uuid4())
    assert returns_for(shop_of(stage), at=moment) == []
    with refused(InvalidInput, "撤回了", field="ret"):
        decide(stage, return_id=ret.pk, when=moment)


def test_who_does_not_sell_here_is_not_sanctioned(stage):
    pages = prove(stage, Kind.SHORT)
    here = Application.objects.filter(pk=shop_of(stage).pk)
    here.update(status="in_review")
    with refused(NothingToSanction, "重新审核"):
        decide(stage, pages=pages)
    decide(stage, pages=pages, level="warning", days=3)
    here.update(status="approved")
    here.update(status="exited")
    with refused(NothingToSanction, "不在本群卖"):
        decide(stage, pages=pages)


def test_the_database_keeps_what_was_decided_and_its_proof(stage):
    """And the twin: without its guard the same change goes through."""
    row = decide(stage)
    rows = Sanction.objects.filter(pk=row.pk)
    for change in ({"pages": [1, 2]}, {"level": "warning"}, {"days": 1}, {"ends_at": stage.start}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(status="lifted")  # without saying how
    rows.update(reason="")  # as erasing does
    with pytest.raises(IntegrityError, match="pages_prove"), transaction.atomic():
        Sanction.objects.create(**facts_of(row, pages=[77]))


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_guards_facts_move_and_nothing_proves():
    stage = make_stage()
    row = decide(stage)
    with owner_cursor() as cursor:
        cursor.execute("drop trigger reputation_sanction_facts_stay on reputation_sanction")
        cursor.execute("drop trigger reputation_pages_prove on reputation_sanction")
    Sanction.objects.filter(pk=row.pk).update(days=1)
    Sanction.objects.create(**facts_of(row, pages=[77]))
    assert Sanction.objects.count() == 2


def facts_of(row: Sanction, **changed: object) -> dict[str, Any]:
    names = (
        *("group_id", "merchant_id", "level", "broken", "reason", "pages", "days", "ends_at"),
        *("table_version", "decided_by_id", "decided_at", "appeal_until"),
    )
    return {name: getattr(row, name) for name in names} | changed


# What the ledger proposes


def test_the_third_short_delivery_is_proposed_once_with_its_pages(stage):
    pages = three_short(stage)
    (proposal,) = SanctionProposal.objects.all()
    assert (proposal.broken, proposal.level, proposal.days) == ("short", "suspension", 14)
    assert (proposal.pages, proposal.table_version) == (pages, 1)
    more = prove(stage, Kind.SHORT, days=4)
    assert SanctionProposal.objects.count() == 1, "pages count once: two more are missing"
    with at(stage.ordering):
        entries = list(Entry.objects.filter(number__in=[*pages, *more], group=stage.group))
        assert proposals.consider(group_id=stage.group.pk, entries=entries) == []


def test_older_ones_and_struck_ones_do_not_count(stage):
    first = prove(stage, Kind.SHORT, days=0)
    with at(stage.ordering):
        ledger.strike_out(
            group_id=stage.group.pk,
            number=first[0],
            evidence=Evidence.ROUND,
            evidence_id=stage.round.pk,
            at=stage.ordering,
        )
    prove(stage, Kind.SHORT, days=1)
    prove(stage, Kind.SHORT, days=2)
    assert not SanctionProposal.objects.exists()
    prove(stage, Kind.SHORT, days=62)
    assert not SanctionProposal.objects.exists(), "the first two are older than 60 days"


def test_what_is_long_past_when_it_is_written_down_proposes_nothing(stage):
    """An upgrade enters a year at once: nobody is asked to decide about last winter."""
    for days in (-63, -62, -61):
        prove(stage, Kind.SHORT, days=days)
    assert not SanctionProposal.objects.exists()
    for days in (-59, -58, -57):
        prove(stage, Kind.SHORT, days=days)
    assert SanctionProposal.objects.count() == 1


def test_a_grave_ruling_alone_is_proposed_a_light_one_is_not(stage):
    prove(stage, Kind.RULING, weight_milli=-1000)
    assert not SanctionProposal.objects.exists()
    prove(stage, Kind.RULING, weight_milli=-10_000)
    found = dict(SanctionProposal.objects.values_list("broken", "level"))
    assert found == {"grave": "removal", "ruled": "suspension"}


def test_a_proposal_is_followed_or_not_once(stage):
    three_short(stage)
    (proposal,) = SanctionProposal.objects.all()
    row = decide(stage, pages=proposal.pages, proposal_id=proposal.pk, days=7)
    proposal.refresh_from_db()
    assert (proposal.status, row.proposal, row.days) == ("accepted", proposal, 7)
    with refused(NothingToSanction, "定过了"):
        decide(stage, pages=proposal.pages, proposal_id=proposal.pk)
    with at(stage.ordering), refused(NothingToSanction, "定过了"):
        dismiss(stage, proposal)


def test_the_initiator_may_decide_against_it_with_a_reason(stage):
    three_short(stage)
    (proposal,) = SanctionProposal.objects.all()
    with at(stage.ordering):
        with refused(InvalidInput, field="reason"):
            dismiss(stage, proposal, reason="")
        assert dismiss(stage, proposal).status == "dismissed"
    assert not Sanction.objects.exists()


def dismiss(stage: Stage, proposal: SanctionProposal, reason: str = "下雨封路") -> SanctionProposal:
    return proposals.dismiss(
        group_id=stage.group.pk,
        merchant_id=stage.round.merchant_id,
        proposal_id=proposal.pk,
        actor_id=stage.initiator.pk,
        reason=reason,
    )


@pytest.mark.django_db(transaction=True)
def test_twin_without_its_guard_a_page_counts_twice():
    stage = make_stage()
    three_short(stage)
    (proposal,) = SanctionProposal.objects.all()
    again = {
        name: getattr(proposal, name)
        for name in ("group_id", "merchant_id", "broken", "table_version", "level", "days", "pages")
    } | {"made_at": stage.start}
    with pytest.raises(IntegrityError, match="page_counts_once"), transaction.atomic():
        SanctionProposal.objects.create(**again)
    with owner_cursor() as cursor:
        cursor.execute("drop trigger reputation_page_counts_once on reputation_sanctionproposal")
    SanctionProposal.objects.create(**again)


# The table


def test_a_new_table_holds_from_its_publication_on(stage):
    from_first = table(stage, short=("warning", 2))
    with at(stage.ordering + DAY):
        made = publish_table(
            group_id=stage.group.pk, actor_id=stage.initiator.pk, lines=from_first, month_rounds=2
        )
        with refused(SameTable, "不用再公布"):
            publish_table(
                group_id=stage.group.pk,
                actor_id=stage.initiator.pk,
                lines=from_first,
                month_rounds=2,
            )
    assert made.version == 2
    prove(stage, Kind.SHORT, days=0)
    prove(stage, Kind.SHORT, days=1)
    assert not SanctionProposal.objects.exists(), "both happened under the first"
    prove(stage, Kind.SHORT, days=2)
    (proposal,) = SanctionProposal.objects.all()
    assert (proposal.table_version, proposal.level, len(proposal.pages)) == (2, "warning", 3)


@pytest.mark.parametrize(
    ("short", "rounds", "field"),
    [
        (("fine", 2), 2, "short_level"),
        (("warning", 0), 2, "short_times"),
        (("warning", 2, 0), 2, "short_within"),
        (("warning", 2, 60, 0), 2, "short_days"),
        (("warning", 2), 0, "month_rounds"),
    ],
)
def test_a_table_out_of_bounds_is_refused(stage, short, rounds, field):
    with at(stage.ordering), refused(InvalidInput, field=field):
        publish_table(
            group_id=stage.group.pk,
            actor_id=stage.initiator.pk,
            lines=table(stage, short=short),
            month_rounds=rounds,
        )


def table(stage: Stage, *, short: tuple[Any, ...]) -> list[Line]:
    """The first table with another first line: level, times, and within and days if they matter."""
    given: list[Any] = [*short, *(60, 10)[len(short) - 2 :]]
    return [Line("short", given[1], given[2], given[0], given[3]), *DEFAULT_LINES[1:]]


# Appeals


def test_two_of_three_overturn_it_and_the_shop_sells_again(stage):
    row = decide(stage)
    events.drain(stage.group.pk)
    appealed = appeal(stage, row)
    panel = sanction_appeals.panel_of(appealed)
    seated = set(panel.seats.values_list("member_id", flat=True))
    assert stage.initiator.pk not in seated
    assert stage.deputy.pk not in seated
    judge(appealed, "granted", "refused")
    assert fresh(row).status == "in_force"
    judge(appealed, "granted")
    events.drain(stage.group.pk)
    appealed.refresh_from_db()
    assert (appealed.status, fresh(row).status, fresh(row).lifted_how) == (
        "granted",
        "lifted",
        "appeal",
    )
    assert shop_of(stage).status == "approved"
    assert Round.objects.get(pk=stage.round.pk).paused_at is None
    assert kinds(stage) == ["sanctioned", "sanction_lifted"]


def test_two_of_three_keep_it_and_the_third_is_not_asked(stage):
    row = decide(stage)
    appealed = appeal(stage, row)
    judge(appealed, "refused", "refused")
    assert (fresh(row).status, shop_of(stage).status) == ("in_force", "suspended")
    left = sanction_appeals.panel_of(appealed).seats.filter(votes=None).get()
    with at(appealed.made_at), pytest.raises(NoSeat):
        sanction_appeals.vote(
            appeal_id=appealed.pk, member_id=left.member_id, choice="granted", reason="晚了"
        )


def test_who_may_not_appeal_or_vote(stage):
    row = decide(stage)
    with at(row.decided_at), refused(TooFewMembers, "不到 3 户"):
        sanction_appeals.appeal(sanction_id=row.pk, user_id=owner_of(stage), text="不对")
    with at(row.decided_at), refused(InvalidInput, field="text"):
        sanction_appeals.appeal(sanction_id=row.pk, user_id=owner_of(stage), text=" ")
    appealed = appeal(stage, row)
    with at(row.decided_at + DAY), refused(NothingToAppeal, "申诉过一次"):
        sanction_appeals.appeal(sanction_id=row.pk, user_id=owner_of(stage), text="再来")
    judge(appealed, "refused")
    voted = sanction_appeals.panel_of(appealed).seats.exclude(votes=None).get().member_id
    for member, error in ((stage.deputy.pk, NoSeat), (voted, AlreadyVoted)):
        with at(appealed.made_at), pytest.raises(error):
            sanction_appeals.vote(
                appeal_id=appealed.pk, member_id=member, choice="granted", reason="x"
            )
    with at(appealed.made_at), refused(InvalidInput, field="choice"):
        sanction_appeals.vote(appeal_id=appealed.pk, member_id=voted, choice="maybe", reason="x")
    late = decide(stage, level="warning", days=30)
    with at(late.appeal_until), refused(NothingToAppeal, "过了 7 天"):
        sanction_appeals.appeal(sanction_id=late.pk, user_id=owner_of(stage), text="不对")


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_sanction_that_is_lifted_asks_nobody_any_more(stage, by_hand):
    row = decide(stage)
    appealed = appeal(stage, row)
    seat = sanction_appeals.panel_of(appealed).seats.earliest("position")
    page = reverse("reputation:sanctions", args=[stage.group.slug, row.merchant_id])
    vote = reverse("reputation:sanction-vote", args=[stage.group.slug, row.merchant_id, row.pk])
    client, drawn = Client(), seat.member.user
    assert drawn is not None
    client.force_login(drawn)
    assert "抽到你了" in client.get(page).content.decode()
    with at(appealed.made_at):
        if by_hand:
            applications.reinstate(
                group_id=row.group_id, merchant_id=row.merchant_id, actor_id=stage.initiator.pk
            )
            sanctions.follow_reinstated(group_id=row.group_id, merchant_id=row.merchant_id)
        else:
            sanctions.lift(sanction_id=row.pk, actor_id=stage.initiator.pk, reason="说清楚了")
    text = client.get(page).content.decode()
    assert "抽到你了" not in text
    assert "正在评议" not in text
    assert client.get(vote).status_code == 404
    with at(appealed.made_at), pytest.raises(NoSeat):
        sanction_appeals.vote(
            appeal_id=appealed.pk, member_id=seat.member_id, choice="granted", reason="晚了"
        )
    with at(appealed.made_at + 4 * DAY):
        assert sanction_appeals.due_panels() == []


def test_granted_after_its_last_day_it_is_struck_all_the_same(stage):
    row = decide(stage, days=1)
    appealed = appeal(stage, row, when=row.decided_at)
    assert row.ends_at is not None
    with at(row.ends_at):
        sanctions.end_if_due(sanction_id=row.pk)
    judge(appealed, "granted", "granted", when=row.ends_at + DAY)
    assert fresh(row).status == "lifted"


def test_who_is_told(stage):
    owner = owner_of(stage)
    stage.order(stage.member)
    outsider = make_member(stage.group, "没下过单")
    row = decide(stage)
    events.drain(stage.group.pk)
    appealed = appeal(stage, row)
    judge(appealed, "granted", "granted")
    events.drain(stage.group.pk)
    told = set(Notice.objects.values_list("user_id", "kind"))
    assert (owner, "reputation.shop_sanctioned") in told
    assert (stage.member.user_id, "reputation.sanction_decided") in told
    assert (outsider.user_id, "reputation.sanction_decided") not in told
    assert (owner, "merchants.application_suspended") not in told
    assert (owner, "reputation.sanction_lifted") in told
    assert (stage.initiator.user_id, "reputation.sanction_appeal_decided") in told
    assert sum(kind == "reputation.appeal_drawn" for _pk, kind in told) == 1, "who had not voted"


# Races


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_sanction_against_ordering_whichever_comes_first():
    """An order that was placed was placed before; after the sanction there is none."""
    stage = make_stage(group=make_group(merchants_per_day=20))
    pages = prove(stage, Kind.SHORT)
    for _ in range(2):
        rnd = make_round(stage.group, merchant=stage.round.merchant)
        member = make_member(stage.group)
        placed, decided = together(
            [partial(make_order, rnd, member), partial(suspend, stage, pages)]
        )
        assert isinstance(decided, Sanction), decided
        assert isinstance(placed, Order | RoundNotOpen), placed
        assert Order.objects.filter(round=rnd).count() == isinstance(placed, Order)
        with pytest.raises(RoundNotOpen):
            make_order(rnd, make_member(stage.group))
        sanctions.lift(sanction_id=decided.pk, actor_id=stage.initiator.pk, reason="再来")


def suspend(stage: Stage, pages: list[int]) -> Sanction:
    return sanctions.decide(
        group_id=stage.group.pk,
        merchant_id=stage.round.merchant_id,
        actor_id=stage.initiator.pk,
        decision=Decision(level="suspension", days=3, broken="short", reason="缺", pages=pages),
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_a_sanction_against_opening_and_its_twin_without_the_lock(monkeypatch, locked):
    """A round that opens beside a suspension is paused by it. The twin reads the approval without
    holding it: the suspension passes between the look and the opening, and orders come."""
    stage = make_stage(group=make_group(merchants_per_day=20))
    pages = prove(stage, Kind.SHORT)
    draft = make_round(stage.group, merchant=stage.round.merchant, opened=False)
    looked, decided = Flag(), Flag()
    check = openings._check_papers

    def slowly(*args: Any) -> None:
        looked.set()
        decided.wait(60 if not locked else 0.5)
        check(*args)

    def after_the_look() -> Sanction:
        looked.wait(60)
        try:
            return suspend(stage, pages)
        finally:
            decided.set()

    monkeypatch.setattr(openings, "_check_papers", slowly)
    if not locked:
        unheld = lambda self, group_id, merchant_id: self.get(  # noqa: E731
            group_id=group_id, merchant_id=merchant_id
        )
        monkeypatch.setattr(type(Application.objects.all()), "lock", unheld)
        with owner_cursor() as cursor:  # which looks at the approval once more, and holds it
            cursor.execute("drop trigger orders_round_needs_papers on orders_round")
    opened, sanction = together(
        [
            partial(openings.open_round, round_id=draft.pk, actor_id=stage.initiator.pk),
            after_the_look,
        ]
    )
    assert isinstance(opened, Round), opened
    assert isinstance(sanction, Sanction), sanction
    draft.refresh_from_db()
    assert draft.status == "open"
    assert (draft.paused_at is not None) == locked
    if locked:
        with pytest.raises(RoundNotOpen):
            make_order(draft, stage.member)
    else:
        assert make_order(draft, stage.member).pk, "the damage: an order at a suspended shop"
