"""Rounds that are over, settled by both sides, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from merchants.models import MerchantStaff
from orders.models import (
    Order,
    Party,
    Payee,
    Round,
    Settlement,
    SettlementPart,
    SettlementPayment,
    SettlementWord,
)
from orders.queries.settlements import figures_now
from orders.services import payments, rounds, settlement_payments, settlements
from tests.factories import make_user
from tests.orders.stages import Stage, at, make_stage
from tuangou.core.models import User

PRICE = 7600  # 2 斤 at ¥38
COMMISSION = 380


def make_settlement(stage: Stage) -> Settlement:
    """Rows of a statement with an entry of money, without the round being over: for tests of who
    may, which need that there is one."""
    made = Settlement.objects.create(
        group=stage.group,
        round=stage.round,
        year=2026,
        sequence=1,
        payee=stage.round.payee,
        commission_bp=stage.round.commission_bp,
        drawn_at=stage.pickup,
        drawn_by=stage.initiator,
    )
    settlements._write(made, stage.round, figures_now(stage.round), at=stage.pickup)
    SettlementPayment.objects.create(
        group=stage.group,
        settlement=made,
        number=1,
        amount_fen=100,
        paid_on=stage.pickup.date(),
        party="initiator",
        recorded_by_id=stage.payee_id,
        recorded_at=stage.pickup,
    )
    return made


def make_confirmed(rnd: Round) -> Settlement:
    """Rows of a statement that both sides have confirmed."""
    made = Settlement.objects.create(
        group_id=rnd.group_id,
        round=rnd,
        year=2026,
        sequence=99,
        payee=rnd.payee,
        commission_bp=rnd.commission_bp,
        drawn_at=rnd.created_at,
        drawn_by_id=rnd.initiator_id,
    )
    part = settlements._write(made, rnd, figures_now(rnd), at=rnd.created_at)
    for party in Party.values:
        SettlementWord.objects.create(
            group_id=rnd.group_id,
            settlement=made,
            kind="confirmed",
            party=party,
            content_hash=part.content_hash,
            by_id=make_user().pk,
            at=rnd.created_at,
        )
    return made


def over(stage: Stage | None = None, *, payee: str = Payee.INITIATOR) -> tuple[Stage, Order]:
    """One order of ¥76, paid and fetched; the round is completed. Commission 5 %."""
    stage = stage or make_stage()
    Round.objects.filter(pk=stage.round.pk).update(payee=payee)
    stage.round.refresh_from_db()
    order = stage.collected()
    with at(stage.pickup):
        payments.receive_payment(
            order_id=order.pk, user_id=stage.payee_id, amount_fen=PRICE, request_id=uuid4()
        )
    complete(stage)
    return stage, order


def complete(stage: Stage) -> None:
    with at(stage.pickup + timedelta(minutes=30)):
        rounds.complete_round(round_id=stage.round.pk, actor_id=stage.initiator.pk)
    stage.round.refresh_from_db()


def later(stage: Stage, hours: int = 3) -> datetime:
    return stage.pickup + timedelta(hours=hours)


def owner(stage: Stage) -> User:
    """Who runs the shop of the round."""
    staff = MerchantStaff.objects.filter(merchant_id=stage.round.merchant_id, role="owner").first()
    if staff is not None:
        return User.objects.get(pk=staff.user_id)
    user = make_user("老马")
    MerchantStaff.objects.create(merchant_id=stage.round.merchant_id, user=user, role="owner")
    return user


def draw(stage: Stage, when: datetime | None = None) -> Settlement:
    with at(when or later(stage, 1)):
        return settlements.draw_up(
            round_id=stage.round.pk, actor_id=stage.initiator.pk, request_id=uuid4()
        )


def content(settlement: Settlement) -> str:
    """What is on the page now."""
    return SettlementPart.objects.filter(settlement=settlement).latest("number").content_hash


def confirm(stage: Stage, settlement: Settlement, party: str, **fields: object) -> Settlement:
    if "user_id" not in fields:
        fields["user_id"] = owner(stage).pk if party == "merchant" else stage.payee_id
    defaults = {
        "party": party,
        "content_hash": content(settlement),
        "request_id": uuid4(),
    }
    with at(later(stage, 2)):
        return settlements.confirm(settlement_id=settlement.pk, **(defaults | fields))  # type: ignore[arg-type]


def settle(stage: Stage) -> Settlement:
    """Drawn up and confirmed by both."""
    settlement = draw(stage)
    confirm(stage, settlement, "initiator")
    confirm(stage, settlement, "merchant")
    stage.round.refresh_from_db()
    return settlement


def pay(
    stage: Stage, settlement: Settlement, fen: int, *, party: str = "initiator", **fields: object
) -> SettlementPayment:
    when = later(stage, 4)
    defaults = {
        "user_id": owner(stage).pk if party == "merchant" else stage.payee_id,
        "amount_fen": fen,
        "paid_on": stage.group.local(when).date(),
        "note": "微信",
        "request_id": uuid4(),
    }
    with at(when):
        return settlement_payments.record_payment(
            settlement_id=settlement.pk,
            party=party,
            **(defaults | fields),  # type: ignore[arg-type]
        )


def object_to(stage: Stage, settlement: Settlement, text: str) -> Settlement:
    """The merchant says what is wrong."""
    with at(later(stage, 2)):
        return settlements.say(
            settlement_id=settlement.pk,
            party="merchant",
            user_id=owner(stage).pk,
            content_hash=content(settlement),
            text=text,
            request_id=uuid4(),
        )
