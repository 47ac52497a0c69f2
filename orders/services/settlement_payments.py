"""Money that went over for a settlement, and taking such an entry back (O12, O7)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from orders.models import (
    Account,
    Party,
    Round,
    RoundStatus,
    Settlement,
    SettlementPayment,
    Source,
)
from orders.queries.settlements import outstanding
from orders.services import ledger
from orders.services.settlement_books import sweep_legs
from orders.services.settlements import lock
from tuangou.core import events, money, requests, rows
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.models import Event

LONGEST_NOTE = 100


class NotSettled(DomainError):
    """Both sides confirm before money is entered."""

    code = "not_settled"
    rule = "O12"


class MoreThanOutstanding(InvalidInput):
    code = "more_than_outstanding"
    rule = "O12"


class BadPayment(InvalidInput):
    code = "bad_settlement_payment"
    rule = "O12"


class NotTheirs(DomainError):
    """The other side entered it."""

    code = "entered_by_other_side"
    rule = "O12"


class AlreadyTakenBack(DomainError):
    code = "settlement_payment_taken_back"
    rule = "O12"


def record_payment(
    *,
    settlement_id: int,
    party: str,
    user_id: int,
    amount_fen: int | None,
    paid_on: date,
    note: str,
    request_id: UUID,
) -> SettlementPayment:
    """Money went over, in the direction that is outstanding, at most so much; None: all (O12).

    Either side may enter it; the other is told. Raises NotSettled, MoreThanOutstanding, BadPayment.
    """
    return requests.once(
        group_id=Settlement.objects.values_list("group_id", flat=True).get(pk=settlement_id),
        user_id=user_id,
        key=request_id,
        act="settlement.pay",
        body={"id": settlement_id, "fen": amount_fen, "on": paid_on, "note": note},
        work=lambda: _record(
            settlement_id,
            SettlementPayment(
                party=Party(party), recorded_by_id=user_id, paid_on=paid_on, note=note.strip()
            ),
            amount_fen,
            request_id,
        ),
        replay=lambda: _answered(settlement_id, request_id),
    )


def take_back(*, payment_id: int, party: str, user_id: int, request_id: UUID) -> SettlementPayment:
    """An entry was a mistake: a row with the opposite amount, once; whoever entered it, that side
    takes it back. Raises AlreadyTakenBack, NotTheirs."""
    payment = rows.get(SettlementPayment, payment_id)
    return requests.once(
        group_id=payment.group_id,
        user_id=user_id,
        key=request_id,
        act="settlement.unpay",
        body={"payment": payment_id},
        work=lambda: _take_back(payment, party, user_id, request_id),
        replay=lambda: SettlementPayment.objects.get(reverses_id=payment_id),
    )


def _record(
    settlement_id: int, made: SettlementPayment, amount_fen: int | None, request_id: UUID
) -> SettlementPayment:
    settlement, rnd, at = lock(settlement_id)
    if rnd.status != RoundStatus.SETTLED:
        raise NotSettled(_("两边都确认以后才能记付款。"))
    left = outstanding(rnd)
    amount_fen = abs(left) if amount_fen is None else amount_fen
    if not 0 < amount_fen <= abs(left):
        raise MoreThanOutstanding(
            _("还要转的是 ¥%(left)s，金额填 0.01 到 %(left)s。") % {"left": money.yuan(abs(left))}
            if left
            else _("这张结算单已经结清，没有要转的钱。"),
            field="amount",
        )
    if len(made.note) > LONGEST_NOTE:
        raise BadPayment(_("备注最多 100 个字，删短一点。"), field="note")
    local = rnd.group.local
    if not local(rnd.opens_at).date() <= made.paid_on <= local(at).date():
        raise BadPayment(_("日期填开团那天到今天之间的一天。"), field="paid_on")
    made.amount_fen = amount_fen if left > 0 else -amount_fen
    return _write(settlement, rnd, made, at, request_id)


def _take_back(
    payment: SettlementPayment, party: str, user_id: int, request_id: UUID
) -> SettlementPayment:
    settlement, rnd, at = lock(payment.settlement_id)
    if payment.reverses_id or SettlementPayment.objects.filter(reverses_id=payment.pk).exists():
        raise AlreadyTakenBack(_("这一笔已经撤销过了。刷新页面看看。"))
    if payment.party != party:
        raise NotTheirs(_("这一笔是另一边记的，由记的那一边撤销。"))
    made = SettlementPayment(
        amount_fen=-payment.amount_fen,
        paid_on=rnd.group.local(at).date(),
        party=payment.party,
        recorded_by_id=user_id,
        reverses=payment,
    )
    return _write(settlement, rnd, made, at, request_id)


def _write(
    settlement: Settlement, rnd: Round, made: SettlementPayment, at: datetime, request_id: UUID
) -> SettlementPayment:
    payments = SettlementPayment.objects.filter(settlement_id=settlement.pk)
    made.group_id, made.settlement = settlement.group_id, settlement
    made.number = (payments.aggregate(last=Max("number"))["last"] or 0) + 1
    made.recorded_at = at
    made.save(force_insert=True)
    merchant = (Account.MERCHANT, rnd.merchant_id)
    cash = (Account.CASH_INITIATOR, rnd.initiator_id)
    legs = sweep_legs(rnd)
    legs[merchant] += made.amount_fen
    legs[cash] -= made.amount_fen
    ledger.post(
        group_id=rnd.group_id,
        round_id=rnd.pk,
        order_id=None,
        source=Source.SETTLEMENT_PAYMENT,
        source_id=made.pk,
        at=at,
        legs=legs,
    )
    events.publish(
        "settlement.unpaid" if made.reverses_id else "settlement.paid",
        group_id=settlement.group_id,
        subject_id=settlement.pk,
        actor_id=made.recorded_by_id,
        at=at,
        round=rnd.pk,
        number=settlement.number,
        payment=made.pk,
        party=made.party,
        amount_fen=made.amount_fen,
        request=str(request_id),
    )
    return made


def _answered(settlement_id: int, request_id: UUID) -> SettlementPayment:
    """The payment that this request made: its event carries the request."""
    made = Event.objects.filter(
        kind="settlement.paid", subject_id=settlement_id, data__request=str(request_id)
    )
    return SettlementPayment.objects.get(pk=made.get().data["payment"])
