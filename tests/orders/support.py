"""What the tests of orders share: simulated moments, refusals, the books checked by plain SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from django.db import connection, models, transaction

from groups.models import Group, Membership, PickupPoint
from orders.models import Offer, Order, Posting, Round
from orders.services import deliveries, inspections
from orders.services import orders as order_services
from orders.services.offers import OfferSpec
from orders.services.openings import RoundSpec
from orders.services.rounds import close_if_due
from tests.factories import NOON, make_order, make_round
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.models import Event


@contextmanager
def moment(at: datetime) -> Iterator[None]:
    """Everything in this block happens at one simulated moment."""
    with transaction.atomic(), clock.simulated(at):
        yield


@contextmanager
def refused(kind: type[DomainError], *words: str, field: str | None = None) -> Iterator[None]:
    """The block is refused with this kind and these words, and leaves the books as they were."""
    before = counts()
    with pytest.raises(kind) as caught:
        yield
    assert type(caught.value) is kind
    for word in words:
        assert word in str(caught.value)
    if field is not None:
        assert caught.value.field == field
    assert counts() == before, "a refusal left something behind"


def counts() -> dict[str, int]:
    """Rows of all tables that a refused act must not touch."""
    tables = ["order", "orderline", "orderchange", "posting", "basketline", "offer", "round"]
    with connection.cursor() as cursor:
        cursor.execute(
            "select "
            + ", ".join(f"(select count(*) from orders_{table})" for table in tables)
            + ", (select count(*) from core_event), (select coalesce(sum(last_number), 0) from"
            " orders_round), (select coalesce(sum(taken), 0) from orders_offer)"
        )
        row = cursor.fetchone()
    return dict(zip([*tables, "events", "numbers", "taken"], row, strict=True))


def place(
    rnd: Round,
    member: models.Model,
    quantities: dict[int, Decimal],
    *,
    key: UUID | None = None,
    **fields: object,
) -> Order:
    return order_services.place_order(
        round_id=rnd.pk,
        member_id=member.pk,
        placed_by_id=fields.pop("placed_by_id", member.pk),  # type: ignore[arg-type]
        quantities=quantities,
        request_id=key or uuid4(),
        **fields,  # type: ignore[arg-type]
    )


def amend(order: Order, quantities: dict[int, Decimal], **fields: object) -> Order:
    return order_services.amend_order(
        order_id=order.pk,
        actor_id=fields.pop("actor_id", order.member_id),  # type: ignore[arg-type]
        quantities=quantities,
        request_id=fields.pop("key", None) or uuid4(),  # type: ignore[arg-type]
        **fields,  # type: ignore[arg-type]
    )


def cancel(order: Order, **fields: object) -> Order:
    return order_services.cancel_order(
        order_id=order.pk,
        actor_id=fields.pop("actor_id", order.member_id),  # type: ignore[arg-type]
        request_id=fields.pop("key", None) or uuid4(),  # type: ignore[arg-type]
        **fields,  # type: ignore[arg-type]
    )


def fresh(rnd: Round) -> Round:
    return Round.objects.get(pk=rnd.pk)


def opened(group: Group, **spec: object) -> Round:
    """Opened at NOON, cut-off a day later."""
    with moment(NOON):
        return make_round(group, **spec)  # type: ignore[arg-type]


def ordered(rnd: Round, member: Membership, quantity: str | int = 2) -> Order:
    with moment(NOON):
        return make_order(rnd, member, quantity)


def closed_at_cut_off(rnd: Round) -> Round:
    with moment(rnd.cut_off_at):
        assert close_if_due(round_id=rnd.pk) is True
    return fresh(rnd)


def spec_for(group: Group, *offers: OfferSpec, **fields: object) -> RoundSpec:
    defaults: dict[str, object] = {
        "title": "周六牛肉团",
        "opens_at": NOON,
        "cut_off_at": NOON + timedelta(days=1),
        "pickup_point_id": PickupPoint.objects.get(group=group).pk,
        "pickup_from": NOON + timedelta(days=1) + timedelta(hours=20),
        "pickup_until": NOON + timedelta(days=1) + timedelta(hours=22),
        "offers": offers,
    }
    return RoundSpec(**(defaults | fields))  # type: ignore[arg-type]


def arrive(rnd: Round) -> None:
    with moment(rnd.pickup_from):
        deliveries.record_arrival(
            round_id=rnd.pk,
            actor_id=rnd.initiator_id,
            delivered={o.pk: o.taken for o in Offer.objects.filter(round=rnd)},
            inspection=inspections.ALL_WELL,
            request_id=uuid4(),
        )


def balance(account: str, **where: object) -> int:
    """Sum of fen on an account."""
    rows = Posting.objects.filter(account=account, **where)
    return rows.aggregate(fen=models.Sum("amount_fen"))["fen"] or 0


def events_of(kind: str, subject_id: int) -> list[Event]:
    return list(Event.objects.filter(kind=kind, subject_id=subject_id).order_by("pk"))


def half_up(exact: Fraction) -> int:
    """Of its own, so that a fault in core.money shows."""
    return int((exact * 2 + 1) // 2) if exact >= 0 else -int((-exact * 2 + 1) // 2)


# Each must come out empty, at any time, for any history. Written over tables only.
LAWS = {
    "stock taken is what live orders hold": """
        select o.id, o.taken, held.q from orders_offer o cross join lateral (
          select coalesce(sum(l.quantity), 0) q from orders_orderline l
          join orders_order r on r.id = l.order_id
          where l.offer_id = o.id and r.status <> 'cancelled') held
        where o.taken <> held.q or o.taken > o.capacity""",
    "a household's share is what its live orders hold": """
        select b.id, b.taken, held.q from orders_basketline b cross join lateral (
          select coalesce(sum(l.quantity), 0) q from orders_orderline l
          join orders_order r on r.id = l.order_id
          where l.offer_id = b.offer_id and r.household_id = b.household_id
            and r.status <> 'cancelled') held
        where b.taken <> held.q or b.taken > b.household_limit""",
    "no household holds more than the limit": """
        select l.offer_id, r.household_id from orders_orderline l
        join orders_order r on r.id = l.order_id join orders_offer o on o.id = l.offer_id
        where r.status <> 'cancelled' group by l.offer_id, r.household_id, o.household_limit
        having sum(l.quantity) > o.household_limit""",
    "numbers are gapless": """
        select n.id, n.last_number from orders_round n cross join lateral (
          select count(*) many, coalesce(max(number), 0) top from orders_order
          where round_id = n.id) held
        where n.last_number <> held.many or n.last_number <> held.top""",
    "every act balances": """
        select group_id, source, source_id from orders_posting
        group by group_id, source, source_id having sum(amount_fen) <> 0""",
    "what an order was billed is what was posted for it": """
        select r.id, r.status, billed.fen, posted.fen from orders_order r
        cross join lateral (select coalesce(sum(billed_fen), 0) fen from orders_orderline
          where order_id = r.id and r.status <> 'cancelled') billed
        cross join lateral (select coalesce(sum(amount_fen), 0) fen from orders_posting
          where order_id = r.id and source = 'order_change' and account = 'member'
            and holder_id = r.member_id) posted
        where billed.fen <> posted.fen""",
    "the merchant is owed what was billed, less commission and returns": """
        select n.id from orders_round n cross join lateral (
          select coalesce(sum(l.billed_fen), 0) fen from orders_orderline l
          join orders_order r on r.id = l.order_id
          where r.round_id = n.id and r.status <> 'cancelled') billed
        cross join lateral (select coalesce(sum(amount_fen), 0) fen from orders_posting
          where round_id = n.id and account = 'merchant'
            and source not in ('settlement', 'supplement', 'settle_payment')) posted
        cross join lateral (select coalesce(sum(amount_fen), 0) fen from orders_posting
          where round_id = n.id and account = 'commission') commission
        cross join lateral (select coalesce(sum(accepted_fen), 0) fen from orders_return
          where round_id = n.id) returned
        cross join lateral (select coalesce(sum(amount_fen), 0) fen from orders_provisionalcredit p
          join orders_return t on t.id = p.ret_id
          where t.round_id = n.id and p.ended_at is null) provisional
        where posted.fen <> -billed.fen - commission.fen + returned.fen + provisional.fen""",
    "a settlement with its supplements says what the books say": """
        select s.id from orders_settlement s cross join lateral (
          select sum(ordered_fen - short_fen - returned_fen - commission_fen) due,
            sum(transfer_fen) fen from orders_settlementpart where settlement_id = s.id) said
        cross join lateral (select coalesce(sum(amount_fen) filter (where account = 'merchant'), 0)
            merchant, coalesce(sum(amount_fen) filter (where account = 'cash_merchant'), 0) there,
            coalesce(sum(amount_fen) filter (where account = 'cash_initiator'), 0) here,
            coalesce(sum(amount_fen) filter (where account = 'commission'), 0) commission
          from orders_posting where round_id = s.round_id
            and source not in ('settlement', 'supplement', 'settle_payment')) held
        where said.due <> -held.merchant or said.fen <> case s.payee
          when 'merchant' then held.here + held.commission else -held.merchant - held.there end""",
    "what is settled and paid leaves nothing between the two": """
        select s.id from orders_settlement s join orders_round n on n.id = s.round_id
        cross join lateral (select coalesce(sum(amount_fen), 0) fen from orders_settlementpart p
          cross join lateral (select p.transfer_fen amount_fen) t where settlement_id = s.id) said
        cross join lateral (select coalesce(sum(amount_fen), 0) fen from orders_settlementpayment
          where settlement_id = s.id) paid
        cross join lateral (select
            coalesce(sum(amount_fen) filter (where account in ('merchant', 'cash_merchant')), 0)
              merchant,
            coalesce(sum(amount_fen) filter (where account in ('cash_initiator', 'own',
              'commission')), 0) initiator
          from orders_posting where round_id = s.round_id) held
        where n.status = 'settled' and said.fen - paid.fen <> case s.payee
          when 'merchant' then held.initiator else -held.merchant end""",
    "numbers of settlements are gapless": """
        select group_id, year from orders_settlement group by group_id, year
        having count(*) <> max(sequence)""",
    "a provisional credit stands exactly as long as its return is undecided": """
        select p.id from orders_provisionalcredit p join orders_return t on t.id = p.ret_id
        where (p.ended_at is null) <> (t.status = 'requested')""",
    "a provisional credit that ended leaves nothing": """
        select p.id, posted.fen from orders_provisionalcredit p cross join lateral (
          select coalesce(sum(amount_fen), 0) fen from orders_posting
          where source in ('provisional', 'provisional_end') and source_id = p.id
            and account = 'member') posted
        where posted.fen <> case when p.ended_at is null then -p.amount_fen else 0 end""",
    "an order's history is numbered without gaps": """
        select r.id from orders_order r cross join lateral (
          select count(*) many, max(number) top from orders_orderchange where order_id = r.id) h
        where r.changes <> h.many or r.changes <> h.top""",
    "every order was told of once": """
        select r.id from orders_order r where 1 <> (select count(*) from core_event e
          where e.group_id = r.group_id and e.kind = 'order.placed' and e.subject_id = r.id)""",
    "every live line has a live price under its ordered price": """
        select l.id from orders_orderline l join orders_offer o on o.id = l.offer_id
        join orders_order r on r.id = l.order_id
        where l.unit_price_fen <> o.price_fen
          or (r.status <> 'cancelled'
              and coalesce(l.final_unit_price_fen, 0) <> coalesce(o.final_price_fen, 0))""",
    "an offer counts who waits for it": """
        select o.id, o.waiting from orders_offer o where o.waiting <> (
          select count(*) from orders_waitlistentry w
          where w.offer_id = o.id and w.status = 'waiting')""",
    "nobody waits for what is there": """
        select w.id from orders_waitlistentry w join orders_offer o on o.id = w.offer_id
        join orders_round n on n.id = o.round_id join groups_membership m on m.id = w.member_id
        where w.status = 'waiting' and n.status = 'open' and m.status = 'active'
          and o.taken + w.quantity <= o.capacity
          and (o.household_limit is null or w.quantity + coalesce((
            select sum(l.quantity) from orders_orderline l join orders_order r on r.id = l.order_id
            where l.offer_id = o.id and r.household_id = m.household_id
              and r.status <> 'cancelled'), 0) <= o.household_limit)""",
    "who was served has an order of it, and an ended round nobody who waits": """
        select w.id from orders_waitlistentry w left join orders_order r on r.id = w.order_id
        join orders_round n on n.id = w.round_id
        where (w.status = 'served' and (r.member_id <> w.member_id or r.channel <> 'waiting'
               or r.round_id <> w.round_id))
          or (w.status = 'waiting' and n.status in ('failed', 'cancelled'))""",
    "an ended round has no live order": """
        select r.id from orders_order r join orders_round n on n.id = r.round_id
        where n.status in ('failed', 'cancelled') and r.status <> 'cancelled'""",
}


def check_books() -> None:
    """All laws of orders and money, for the whole database, by SQL that shares no code with it."""
    with connection.cursor() as cursor:
        for law, sql in LAWS.items():
            cursor.execute(sql)
            assert cursor.fetchall() == [], law
        cursor.execute(
            "select billed_quantity, coalesce(final_unit_price_fen, unit_price_fen),"
            " billed_fen from orders_orderline"
        )
        for quantity, price, billed in cursor.fetchall():
            assert billed == half_up(Fraction(quantity) * price), "a line rounds half up once"
        cursor.execute(
            "select n.status, n.commission_bp, (select coalesce(sum(l.billed_fen), 0)"
            " from orders_orderline l join orders_order r on r.id = l.order_id"
            " where r.round_id = n.id and r.status <> 'cancelled'),"
            " (select coalesce(sum(accepted_fen), 0) from orders_return where round_id = n.id),"
            " (select coalesce(sum(amount_fen), 0) from orders_posting where round_id = n.id"
            " and account = 'commission') from orders_round n"
        )
        for status, bp, billed, returned, posted in cursor.fetchall():
            counted = status in {"confirmed", "arrived", "completed", "settled"}
            due = half_up(Fraction(int(billed - returned) * bp, 10_000)) if counted else 0
            assert posted == -due, "commission is rate x net, rounded once per round"
