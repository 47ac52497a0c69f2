"""One group in which everything happens that anybody is told of, through the real services."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib.auth import SESSION_KEY

from groups.models import Membership
from groups.services import joining, memberships, personal
from groups.services.login_links import make_login_link
from merchants.models import Merchant, MerchantStaff
from merchants.services import applications, expiry
from merchants.services.merchants import Shop, register_merchant
from orders.models import Hold
from orders.services import (
    answers,
    check_offs,
    holds,
    payments,
    reminders,
    returns,
    rounds,
    settlements,
    summaries,
    waiting,
)
from orders.services.leftovers import Decision, decide_leftover
from tests.factories import (
    announce,
    make_document,
    make_group,
    make_member,
    make_order,
    make_round,
    make_user,
    offer_of,
    pass_lines,
)
from tests.groups.doors import come, knock, stranger
from tests.merchants.said import members_side
from tests.orders import settling
from tests.orders.goods import a_bad_delivery, a_rest_that_comes_later
from tests.orders.shop_news import a_helper_goes, terms_and_days
from tests.orders.stages import Stage, at, make_stage
from tests.orders.support import amend, cancel
from tests.reputation.cases import everything_of_complaints
from tests.reputation.judging import everything_of_sanctions
from tests.reputation.said import rate
from tuangou.core import codes, events, exports
from tuangou.core.devices import note_sign_in
from tuangou.core.models import Code
from tuangou.core.sessions import SessionStore
from tuangou.core.signin import put_phone


def make_life() -> Stage:
    """A stage with room for many rounds a day, and an owner who runs the shop of its round."""
    stage = make_stage(group=make_group(merchants_per_day=20))
    MerchantStaff.objects.create(
        merchant_id=stage.round.merchant_id, user=make_user("老马"), role="owner"
    )
    return stage


def owner_of(merchant: Merchant) -> int:
    return MerchantStaff.objects.get(merchant=merchant, role="owner").user_id


def play_everything() -> Stage:
    stage = make_life()
    _orders_for_others(stage)
    _a_waiting_list(stage)
    _a_round_that_fails(stage)
    _a_round_that_is_cancelled(stage)
    _money_goods_and_returns(stage)
    _a_bad_batch(stage)
    _the_next_round(stage)
    _a_round_that_ends(stage)
    a_bad_delivery(stage)
    a_rest_that_comes_later(stage)
    _a_settlement(stage)
    _a_merchant(stage)
    terms_and_days(stage)
    a_helper_goes(stage)
    members_side(stage)
    _newcomers(stage)
    everything_of_complaints(stage)
    everything_of_sanctions(stage)
    _accounts(stage)
    _own_data(stage)
    with at(stage.start):
        announce(stage.initiator)
    with at(stage.start + timedelta(days=40)):
        summaries.publish_due(group_id=stage.group.pk)
    events.drain(stage.group.pk)
    # who came to complain and to judge was not there when the first rounds opened
    came = Membership.objects.filter(group=stage.group, nickname__startswith="邻居")
    came.update(activated_at=stage.start + timedelta(days=41))
    return stage


def _a_settlement(stage: Stage) -> None:
    """Drawn up, doubted, answered, confirmed by both, paid, and changed by a late return."""
    with at(stage.start):
        rnd = make_round(stage.group, title="周六鸡团")
    other, order = settling.over(replace(stage, round=rnd))
    settling.owner(other)
    settlement = settling.draw(other)
    settling.object_to(other, settlement, "少算一箱")
    with at(settling.later(other, 2)):
        settlements.say(
            settlement_id=settlement.pk,
            party="initiator",
            user_id=other.payee_id,
            content_hash=settling.content(settlement),
            text="到货就是两箱",
            request_id=uuid4(),
        )
    settling.settle(other)
    settling.pay(other, settlement, 100)
    other.accept(other.ask(order), 3800)
    events.drain(stage.group.pk)


def _own_data(stage: Stage) -> None:
    """A door asked for and written, and a person's data packed for her."""
    person = stage.neighbour
    door: dict[str, Any] = {"building_id": person.household.building_id, "unit": "", "room": "1808"}
    assert person.user_id is not None
    with at(stage.start):
        personal.ask_door(membership_id=person.pk, **door)
        exports.ask(user_id=person.user_id)
    events.drain(stage.group.pk)
    events.drain(None)
    with at(stage.start):
        personal.move_door(membership_id=person.pk, actor_id=stage.initiator.pk, **door)
    events.drain(stage.group.pk)


def _accounts(stage: Stage) -> None:
    """A login link, a second device, another phone: of the installation but for the first."""
    with at(stage.start):
        make_login_link(
            group_id=stage.group.pk,
            actor_id=stage.initiator.pk,
            membership_id=stage.neighbour.pk,
        )
    assert stage.member.user is not None
    for _ in range(2):
        session = SessionStore()
        session[SESSION_KEY] = str(stage.member.user.pk)
        session.create()
        note_sign_in(user_id=stage.member.user.pk, session=session)
    code_id = codes.ask(
        purpose=codes.PHONE,
        phone="+8613700137000",
        address="203.0.113.9",
        language="zh-hans",
        user_id=stage.member.user.pk,
    )
    put_phone(user_id=stage.member.user.pk, code=Code.objects.get(pk=code_id))
    events.drain(None)


def _orders_for_others(stage: Stage) -> None:
    order = stage.order(stage.member, placed_by=stage.neighbour)
    with at(stage.ordering):
        amend(order, {offer_of(stage.round).pk: Decimal(3)}, actor_id=stage.neighbour.pk)
        cancel(order, actor_id=stage.initiator.pk)
    events.drain(stage.group.pk)


def _a_waiting_list(stage: Stage) -> None:
    """One is served, one is not; who is not takes over a bag that nobody fetched. Two go away."""
    with at(stage.start):
        full = replace(stage, round=make_round(stage.group, title="周二鸡蛋团", capacity=2))
        orders = [full.order(person, 1) for person in (stage.member, stage.deputy)]
    people = (stage.neighbour, stage.initiator)
    with at(stage.ordering):
        entries = [
            waiting.join(
                offer_id=offer_of(full.round).pk,
                member_id=person.pk,
                quantity=Decimal(1),
                request_id=uuid4(),
            )
            for person in people
        ]
        gone = [make_member(stage.group).pk for _ in range(3)]
        off = waiting.join(
            offer_id=offer_of(full.round).pk,
            member_id=gone.pop(),
            quantity=Decimal(1),
            request_id=uuid4(),
        )
        waiting.take_off(
            entry_id=off.pk, actor_id=stage.deputy.pk, reason="搬走了", request_id=uuid4()
        )
        cancel(orders[0])
        Membership.objects.filter(pk__in=[*gone, off.member_id]).update(activated_at=stage.ordering)
        memberships.leave(membership_id=gone[0])
        memberships.remove(membership_id=gone[1], actor_id=stage.initiator.pk)
    full.confirm()
    events.drain(stage.group.pk)  # told while they still wait
    full.arrive()
    with at(full.round.pickup_until):
        check_offs.record_not_collected(round_id=full.round.pk, actor_id=stage.initiator.pk)
        decide_leftover(
            order_id=orders[1].pk,
            actor_id=stage.initiator.pk,
            decision=Decision(choice="pass", entry_id=entries[1].pk, paid_fen=3800),
            request_id=uuid4(),
            receiver_id=stage.payee_id,
        )
    events.drain(stage.group.pk)


def _a_round_that_fails(stage: Stage) -> None:
    with at(stage.start):
        rnd = make_round(stage.group, minimum_households=40, title="周日蔬菜团")
        order = make_order(rnd, stage.member)
    with at(stage.ordering):
        payments.receive_payment(
            order_id=order.pk, user_id=stage.payee_id, amount_fen=7600, request_id=uuid4()
        )
    with at(rnd.cut_off_at):
        rounds.close_if_due(round_id=rnd.pk)
    events.drain(stage.group.pk)
    later = rnd.cut_off_at + timedelta(hours=3)
    with at(rnd.cut_off_at + timedelta(hours=1)):
        rounds.extend_round(round_id=rnd.pk, actor_id=stage.initiator.pk, cut_off_at=later)
    events.drain(stage.group.pk)
    with at(later):
        rounds.close_if_due(round_id=rnd.pk)
    events.drain(stage.group.pk)


def _a_round_that_is_cancelled(stage: Stage) -> None:
    with at(stage.start):
        rnd = make_round(stage.group, title="周一水果团")
        make_order(rnd, stage.member)
    with at(stage.ordering):
        rounds.cancel_round(round_id=rnd.pk, actor_id=stage.initiator.pk, reason="断货")
    events.drain(stage.group.pk)


def _money_goods_and_returns(stage: Stage) -> None:
    paid, unpaid = stage.order(stage.member), stage.order(stage.neighbour, 1)
    wrong = stage.receive(paid, 9900)
    with at(stage.ordering):
        payments.undo_payment(payment_id=wrong.pk, user_id=stage.payee_id, request_id=uuid4())
    stage.receive(paid, 8000)
    with at(stage.ordering):
        payments.pay_back(
            order_id=paid.pk, user_id=stage.payee_id, amount_fen=400, request_id=uuid4()
        )
    stage.confirm()
    _time_passes(stage, stage.round.cut_off_at + timedelta(hours=13))
    stage.arrive()
    stage.hand_over(paid)
    _time_passes(stage, stage.round.pickup_until - timedelta(minutes=20))
    refused = stage.ask(paid)
    with at(stage.pickup + timedelta(hours=2)):
        returns.reject_return(
            return_id=refused.pk,
            actor_id=stage.initiator.pk,
            decision="照片看着是好的",
            request_id=uuid4(),
        )
    accepted = stage.accept(stage.ask(paid, when=stage.pickup + timedelta(hours=2)), 1000)
    with at(stage.pickup + timedelta(hours=3)):
        returns.refund_return(return_id=accepted.pk, user_id=stage.payee_id, request_id=uuid4())
        check_offs.record_not_collected(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    unpaid.refresh_from_db()
    assert unpaid.status == "missed"
    events.drain(stage.group.pk)


def _a_bad_batch(stage: Stage) -> None:
    """Two claims on one batch: asked, stopped, lifted; the shop answers one and is late with the
    other; one is decided late, its repayment undone; the other withdrawn."""
    group, shop = stage.group, stage.round.merchant
    start = stage.start + timedelta(days=3)
    with at(start):
        bad = replace(stage, round=make_round(group, merchant=shop), start=start)
    people = (stage.neighbour, stage.member, stage.deputy, stage.initiator)
    orders = [bad.order(person) for person in people]
    bad.receive(orders[0], 7600)
    bad.arrive()
    for order in orders[:2]:
        bad.hand_over(order)
    late = bad.ask(orders[0])
    events.drain(group.pk)
    said = bad.ask(orders[1])
    (stop,) = Hold.objects.filter(round=bad.round, kind="incident")
    events.drain(group.pk)
    with at(said.requested_at + timedelta(hours=1)):
        holds.release(
            hold_id=stop.pk, actor_id=stage.initiator.pk, reason="看过了", request_id=uuid4()
        )
        answers.answer_return(
            return_id=said.pk,
            user_id=owner_of(shop),
            kind="apology",
            text="对不起",
            request_id=uuid4(),
        )
        returns.withdraw_return(return_id=said.pk, actor_id=orders[1].member_id, request_id=uuid4())
    events.drain(group.pk)
    for hours in (24, 48, 72):
        with at(late.requested_at + timedelta(hours=hours)):
            answers.mark_if_due(return_id=late.pk)
        events.drain(group.pk)
    decided = late.requested_at + timedelta(hours=73)
    with at(decided):
        returns.accept_return(
            return_id=late.pk,
            actor_id=stage.initiator.pk,
            percent=50,
            decision="退一半",
            request_id=uuid4(),
        )
        repaid = returns.refund_return(
            return_id=late.pk, user_id=stage.payee_id, request_id=uuid4()
        ).repayment
        assert repaid is not None
        payments.undo_payment(payment_id=repaid.pk, user_id=stage.payee_id, request_id=uuid4())
    events.drain(group.pk)


def _time_passes(stage: Stage, moment: datetime) -> None:
    """The scan looks at this moment."""
    with at(moment):
        reminders.remind()
    events.drain(stage.group.pk)


def _the_next_round(stage: Stage) -> None:
    """Of the same merchant: a last call to who ordered before; and how was the last one?"""
    with at(stage.start + timedelta(days=1)):
        rnd = make_round(stage.group, merchant=stage.round.merchant, title="下周牛肉团")
    _time_passes(stage, rnd.cut_off_at - timedelta(hours=1))
    _time_passes(stage, stage.round.pickup_until + timedelta(days=1, hours=12))


def _a_round_that_ends(stage: Stage) -> None:
    """Fetched, and completed after the window."""
    with at(stage.start):
        rnd = make_round(stage.group, merchant=stage.round.merchant, title="周四豆腐团")
    people = (stage.group, stage.initiator, stage.deputy, stage.member, stage.neighbour)
    here = Stage(*people, rnd, stage.start)
    rate(here, here.collected())
    with at(rnd.pickup_until):
        rounds.complete_round(round_id=rnd.pk, actor_id=stage.initiator.pk)
    events.drain(stage.group.pk)


def _a_merchant(stage: Stage) -> None:
    owner, officer = make_user("店主"), stage.initiator.pk
    here = {"group_id": stage.group.pk}
    with at(stage.start):
        shop = register_merchant(
            shop=Shop(legal_name="阿芳菜场", brand="阿芳菜场"), owner_id=owner.pk, user_id=owner.pk
        )
        it = here | {"merchant_id": shop.pk}
        applications.start_application(**it, user_id=owner.pk)
        for decide in (applications.ask_changes, applications.reject, None):
            applications.submit(**it, user_id=owner.pk)
            row = applications.start_review(**it, actor_id=officer)
            pass_lines(row, stage.initiator)
            if decide:
                decide(**it, actor_id=officer, reason="缺检疫证")
        applications.approve(**it, actor_id=officer)
        make_document(shop, "food", valid_until=stage.start.date())
        expiry.tell_due()
        applications.suspend(**it, actor_id=officer, reason="缺斤")
        applications.reinstate(**it, actor_id=officer)
    with at(stage.start + timedelta(days=2)):
        expiry.tell_due()
    events.drain(stage.group.pk)


def _newcomers(stage: Stage) -> None:
    """A housemate, a neighbour known from paper, one refused and one in the queue."""
    group, officer = stage.group, stage.initiator
    late = stage.start + timedelta(days=35)  # after every round was told of
    paper = make_member(group, "李奶奶", account=False)
    Membership.objects.filter(pk=paper.pk).update(activated_at=late)
    with at(late):
        housemate = come(officer, stranger(group, stage.member.household.room))
        claimant = come(officer, stranger(group, paper.household.room, real_name="李奶奶"))
        refused, queued = (knock(group, officer, stranger(group, room)) for room in ("901", "902"))
        events.drain(group.pk)
        joining.accept(membership_id=housemate.pk, actor_id=officer.pk)
        joining.accept(membership_id=claimant.pk, same_person=True, actor_id=officer.pk)
        joining.reject(membership_id=refused.pk, reason="不是本小区的", actor_id=officer.pk)
        group.member_limit = 1
        group.save(update_fields=["member_limit"])
        joining.accept(membership_id=queued.pk, actor_id=officer.pk)
    events.drain(group.pk)
