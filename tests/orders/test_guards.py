"""What the database itself refuses in orders and money, whatever the code above it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from groups.models import Group, GroupOwned
from merchants.models import Agreement, Application, Proposal, Question
from orders.models import (
    Account,
    BasketLine,
    Batch,
    BatchPart,
    BatchQuestion,
    DeliveryLine,
    Hold,
    Order,
    OrderChange,
    OrderLine,
    Posting,
    ReturnAnswer,
    Round,
    Settlement,
    Source,
)
from orders.models.rounds import MOVES, RoundStatus
from orders.services import shortfalls
from reputation.models import Sanction
from tests.databases import owner_cursor, two_roles
from tests.factories import (
    NOON,
    make_checklist,
    make_document,
    make_group,
    make_initiator,
    make_member,
    make_merchant,
    make_order,
    make_round,
    make_witness,
    offer_of,
)
from tests.orders.settling import make_confirmed, make_settlement
from tests.orders.stages import Stage, at, make_stage
from tests.orders.support import check_books, closed_at_cut_off, opened, ordered
from tests.reputation.cases import a_whole_case
from tests.reputation.said import all_said
from tuangou.core.models import Erasure

DAY = timedelta(days=1)
IntegrityViolation = psycopg2.IntegrityError


# Rows that cross groups: every composite key that there is


@dataclass(frozen=True)
class Key:
    """A foreign key (group_id, column) of `model`."""

    model: type[models.Model]
    column: str
    target: type[models.Model]

    def __str__(self) -> str:
        return f"{self.model._meta.label_lower}.{self.column}"


def owned() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if issubclass(m, GroupOwned)]


def crossing_keys() -> Iterator[Key]:
    for model in owned():
        for field in model._meta.concrete_fields:
            target = field.related_model
            if field.column and isinstance(target, type) and issubclass(target, GroupOwned):
                yield Key(model, field.column, target)


KEYS = list(crossing_keys())


def composite_columns(key: Key) -> set[tuple[str, ...]]:
    """Columns of every foreign key from this table to that one, as the catalogue has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select array_agg(a.attname order by k.ord)::text[] from pg_constraint c,"
            " unnest(c.conkey) with ordinality k(num, ord) join pg_attribute a on a.attnum = k.num"
            " where c.contype = 'f' and c.conrelid = %s::regclass and c.confrelid = %s::regclass"
            " and a.attrelid = c.conrelid group by c.oid",
            [key.model._meta.db_table, key.target._meta.db_table],
        )
        return {tuple(row[0]) for row in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_every_key_between_owned_tables_carries_the_group(key):
    assert ("group_id", key.column) in composite_columns(key)


def full_group() -> dict[str, int]:
    """A group that owns at least one row of every table; {table: id of one}."""
    stage = make_stage(household_limit=9, tiers={100: 3000})
    waiting = stage.order(stage.neighbour)
    order = stage.collected()
    stage.receive(order, 1000)
    ret = stage.ask(order)
    missing_on_the_spot(stage, waiting)
    a_batch(order)
    make_settlement(stage)
    all_said(stage, order)
    a_whole_case(stage, order)
    tables = {}
    fill_the_rest(stage.group, order, ret.pk)
    for model in owned():
        row = model._base_manager.filter(group=stage.group).order_by("pk").first()
        assert row is not None, f"no {model._meta.label} in the group"
        tables[model._meta.db_table] = row.pk
    return tables


def missing_on_the_spot(stage: Stage, order: Order) -> None:
    with at(stage.pickup):
        shortfalls.record_missing(
            order_id=order.pk,
            missing={offer_of(stage.round).pk: Decimal(1)},
            actor_id=stage.deputy.pk,
        )


def a_batch(order: Order) -> None:
    """One lot of what came, all of it with this order."""
    came = DeliveryLine.objects.filter(delivery__round=order.round).order_by("pk")[0]
    batch = Batch.objects.create(group=order.group, delivery_line=came, lot="L1", quantity=1)
    line = OrderLine.objects.get(order=order, offer_id=came.offer_id)
    BatchPart.objects.create(group=order.group, batch=batch, line=line, quantity=1)


def fill_the_rest(group: Group, order: Order, return_id: int) -> None:
    """Tables that no service has filled by here, one plain row each."""
    rnd = order.round
    by, member, later = rnd.initiator_id, order.member_id, NOON + timedelta(days=1)
    shop = Application.objects.get(group=group, merchant_id=rnd.merchant_id)
    papers = [make_document(rnd.merchant), make_document(rnd.merchant)]
    lines = make_checklist(group)
    link = {"made_at": NOON, "made_by_id": by}
    delivered = DeliveryLine.objects.filter(delivery__round=rnd).order_by("pk")[0]
    said = ReturnAnswer.objects.create(
        group=group,
        ret_id=return_id,
        kind="apology",
        text="x",
        answered_by_id=order.member.user_id or 0,
        answered_at=NOON,
    )
    missing: dict[str, dict[str, Any]] = {
        "groups.announcement": {"title": "x", "text": "x", "author_id": by, "published_at": NOON},
        "groups.invitation": {
            "token_sha256": token_bytes(32),
            "invited_by_id": by,
            "made_at": NOON,
            "expires_at": later,
        },
        "groups.compoundlink": {"number": 1, "token_sha256": token_bytes(32), **link},
        "groups.loginlink": {
            "token_sha256": token_bytes(32),
            "membership_id": member,
            "expires_at": later,
            **link,
        },
        "groups.joining": {
            "membership_id": member,
            "way": "link",
            "waits_for": "nobody",
            "request_id": uuid4(),
            "asked_at": NOON,
        },
        "groups.consent": {
            "membership_id": member,
            "purpose": "sms",
            "version": 1,
            "given_at": NOON,
        },
        "groups.houserules": {
            "version": 1,
            "text": "x",
            "written_by_id": by,
            "written_at": NOON,
        },
        "orders.helperlink": {
            "round_id": rnd.pk,
            "token_sha256": token_bytes(32),
            "name": "x",
            "expires_at": later,
            **link,
        },
        "orders.leftover": {
            "order_id": order.pk,
            "choice": "return",
            "by_id": by,
            "at": NOON,
            "request_id": uuid4(),
        },
        "orders.waitlistentry": {
            "round_id": rnd.pk,
            "offer_id": offer_of(rnd).pk,
            "member_id": member,
            "household_id": order.household_id,
            "quantity": 1,
            "request_id": uuid4(),
            "asked_at": NOON,
        },
        "orders.checkoffline": {
            "check_off_id": order.check_offs.latest("pk").pk,
            "line_id": order.lines.earliest("pk").pk,
            "quantity": 1,
        },
        "orders.proxy": {
            "member_id": member,
            "proxy_id": by,
            "answer": "asked",
            "said_by_id": by,
            "said_at": NOON,
        },
        "groups.load": {"source": "x", "seed": 1, "steps_total": 1, "started_at": NOON},
        "merchants.linecheck": {
            "application_id": shop.pk,
            "line_id": lines[0].pk,
            "passed": True,
            "checked_by_id": by,
            "checked_at": NOON,
        },
        "merchants.agreementnotice": {
            "agreement_id": Agreement.objects.get(application=shop).pk,
            "told_at": NOON,
        },
        "merchants.merchantday": {
            "application_id": shop.pk,
            "day": NOON.date(),
            "asked_by_id": papers[0].added_by_id,
            "asked_at": NOON,
        },
        "merchants.expirynotice": {"document_id": papers[0].pk, "days": 7, "told_at": NOON},
        "merchants.likenesscleared": {
            "application_id": shop.pk,
            "document_id": papers[0].pk,
            "other_id": papers[1].pk,
            "cleared_by_id": by,
            "cleared_at": NOON,
        },
        "merchants.shoplink": {
            "number": 1,
            "token_sha256": token_bytes(32),
            "expires_at": later,
            **link,
        },
        "merchants.pricewitness": {
            "item_id": offer_of(rnd).item_id,
            "price_fen": 1,
            "place": "店里",
            "seen_at": NOON,
            "witness_id": order.member_id,
        },
        "merchants.priceruling": {
            "witness_id": make_witness(group, offer_of(rnd).item, price_fen=1).pk,
            "stands": True,
            "reason": "x",
            "ruled_by_id": by,
            "ruled_at": NOON,
        },
        "merchants.follow": {"merchant_id": rnd.merchant_id, "member_id": member, "since": NOON},
        "merchants.proposal": {
            "name": "x",
            "name_key": "x x",
            "reason": "x",
            "proposed_by_id": member,
            "proposed_at": NOON,
        },
        "merchants.question": {
            "merchant_id": rnd.merchant_id,
            "text": "x",
            "asked_by_id": member,
            "asked_at": NOON,
        },
        "merchants.appeal": {
            "application_id": shop.pk,
            "rejected_at": NOON,
            "rejected_by_id": by,
            "text": "x",
            "made_by_id": order.member.user_id,
            "made_at": NOON,
        },
        "orders.returnphoto": {
            "ret_id": return_id,
            "position": 1,
            "file": "x.webp",
            "sha256": "0" * 64,
        },
        "orders.answerfile": {
            "answer_id": said.pk,
            "position": 1,
            "kind": "picture",
            "file": "x.webp",
            "sha256": "0" * 64,
        },
        "orders.returnmark": {"ret_id": return_id, "kind": "answer_24", "at": NOON},
        "orders.provisionalcredit": {"ret_id": return_id, "amount_fen": 1, "credited_at": NOON},
        "orders.batchquestion": {
            "round_id": rnd.pk,
            "offer_id": offer_of(rnd).pk,
            "first_id": return_id,
            "asked_at": NOON,
        },
        "orders.deliverynotice": {
            "round_id": rnd.pk,
            "number": 1,
            "arrives_from": NOON,
            "arrives_until": later,
            "said_by_id": order.member.user_id,
            "for_merchant": False,
            "said_at": NOON,
        },
        "orders.doorview": {
            "round_id": rnd.pk,
            "order_id": order.pk,
            "seen_by_id": order.member.user_id,
            "seen_at": NOON,
        },
        "orders.shortnotice": {
            "round_id": rnd.pk,
            "offer_id": offer_of(rnd).pk,
            "number": 1,
            "quantity": 1,
            "said_by_id": order.member.user_id,
            "for_merchant": False,
            "said_at": NOON,
        },
        "orders.laterarrival": {
            "delivery_id": delivered.delivery_id,
            "offer_id": delivered.offer_id,
            "car": 2,
            "delivered": 1,
            "damaged": 0,
            "by_id": by,
            "at": NOON,
        },
        "orders.deliveryphoto": {
            "delivery_id": delivered.delivery_id,
            "offer_id": delivered.offer_id,
            "position": 1,
            "file": "x.webp",
            "sha256": "0" * 64,
            "by_id": by,
            "at": NOON,
        },
        "orders.hold": {
            "round_id": rnd.pk,
            "offer_id": offer_of(rnd).pk,
            "kind": "incident",
            "reason": "x",
            "held_at": NOON,
            "held_by_id": by,
        },
        "reputation.book": {},
        "reputation.entry": {
            "number": 1,
            "subject": "merchant",
            "merchant_id": rnd.merchant_id,
            "kind": "short",
            "weight_milli": 0,
            "weights_version": 1,
            "evidence": "orders_round",
            "evidence_id": rnd.pk,
            "at": NOON,
            "previous": "0" * 64,
            "hash": "0" * 64,
        },
        "reputation.consequences": {
            "version": 2,
            "lines": [],
            "month_rounds": 2,
            "published_at": NOON,
            "published_by_id": by,
        },
        "reputation.sanctionproposal": {
            "merchant_id": rnd.merchant_id,
            "broken": "short",
            "table_version": 1,
            "level": "warning",
            "days": 30,
            "pages": [1],
            "made_at": NOON,
        },
        "reputation.sanction": {
            "merchant_id": rnd.merchant_id,
            "level": "warning",
            "broken": "short",
            "reason": "x",
            "pages": [1],
            "days": 1,
            "table_version": 1,
            "decided_by_id": by,
            "decided_at": NOON,
            "ends_at": later,
            "appeal_until": later,
        },
        "reputation.recognition": {
            "merchant_id": rnd.merchant_id,
            "month": rnd.month,
            "rounds": 2,
            "score_bp": 9000,
            "table_version": 1,
            "made_at": NOON,
        },
        "orders.publishedsummary": {
            "month": rnd.month,
            "version": 1,
            "published_at": NOON,
            "figures": {},
        },
    }
    make_missing(group, missing)
    question = BatchQuestion.objects.get(group=group)
    after_them: dict[str, dict[str, Any]] = {
        "merchants.backing": {
            "proposal_id": Proposal.objects.get(group=group).pk,
            "household_id": order.household_id,
            "member_id": member,
            "at": NOON,
        },
        "merchants.answer": {
            "question_id": Question.objects.get(group=group).pk,
            "text": "x",
            "if_it_fails": "x",
            "answered_by_id": order.member.user_id,
            "answered_at": NOON,
        },
        "merchants.questionhiding": {
            "question_id": Question.objects.get(group=group).pk,
            "reason": "x",
            "hidden_by_id": by,
            "hidden_at": NOON,
        },
        "orders.batchanswer": {
            "question_id": question.pk,
            "line_id": order.lines.earliest("pk").pk,
            "same": True,
            "answered_by_id": member,
            "answered_at": NOON,
        },
        "reputation.sanctionappeal": {
            "sanction_id": Sanction.objects.get(group=group).pk,
            "text": "x",
            "made_by_id": order.member.user_id,
            "made_at": NOON,
        },
        "orders.settlementword": {
            "settlement_id": Settlement.objects.get(group=group).pk,
            "kind": "objected",
            "party": "merchant",
            "content_hash": "0" * 64,
            "by_id": order.member.user_id,
            "at": NOON,
            "text": "x",
        },
        "orders.incident": {
            "question_id": question.pk,
            "hold_id": Hold.objects.filter(group=group).latest("pk").pk,
            "households": 1,
            "buyers": 1,
            "found_at": NOON,
        },
    }
    make_missing(group, after_them)


def make_missing(group: Group, rows: dict[str, dict[str, Any]]) -> None:
    for label, fields in rows.items():
        model = apps.get_model(label)
        if not model._base_manager.filter(group=group).exists():
            model._base_manager.create(group=group, **fields)


def besides(cursor: Any, table: str, column: str, key: str) -> list[str]:
    """Names of the CHECKs that read this column, and of the wider keys that hold it with more than
    the group (an agreement's content): they would refuse beside the key."""
    cursor.execute(
        "select c.conname from pg_constraint c join pg_attribute a"
        " on a.attrelid = c.conrelid and a.attnum = any(c.conkey)"
        " where c.conrelid = %s::regclass and a.attname = %s and c.conname <> %s"
        " and (c.contype = 'c' or c.contype = 'f' and cardinality(c.conkey) > 2)",
        [table, column, key],
    )
    return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_no_row_points_into_another_group():
    """Each key in turn, by the owner with the tables' own triggers and what else guards the column
    off: only the key is left to refuse. Its twin: the key dropped, the same row goes next door."""
    ours, theirs = full_group(), full_group()
    with owner_cursor() as cursor:
        for table in {key.model._meta.db_table for key in KEYS}:
            cursor.execute(f"alter table {table} disable trigger user")
        for key in KEYS:
            table = key.model._meta.db_table
            name = f"{table}_{key.column}_in_group"
            move = f"update {table} set {key.column} = %s where id = %s"
            ids = [theirs[key.target._meta.db_table], ours[table]]
            cursor.execute("begin")
            for other in besides(cursor, table, key.column, name):
                cursor.execute(f"alter table {table} drop constraint {other}")
            cursor.execute("savepoint guarded")
            with pytest.raises(IntegrityViolation) as refusal:
                cursor.execute(move, ids)
            assert refusal.value.diag.constraint_name == name
            cursor.execute("rollback to guarded")
            cursor.execute(f"alter table {table} drop constraint {name}")
            cursor.execute(move, ids)
            assert cursor.rowcount == 1, f"without its guard, {key} crosses"
            cursor.execute("rollback")


@pytest.mark.django_db
def test_a_round_needs_an_application_of_its_merchant_in_the_group():
    rnd = make_round(make_group())
    stranger = make_merchant(make_group())
    with pytest.raises(IntegrityError, match="orders_round_merchant_known_in_group"):
        Round.objects.filter(pk=rnd.pk).update(merchant=stranger)


# Money


@pytest.fixture
def confirmed(db: None) -> Round:
    group = make_group()
    make_initiator(group)
    rnd = opened(group)
    ordered(rnd, make_member(group))
    closed_at_cut_off(rnd)
    return Round.objects.get(pk=rnd.pk)


def leg(rnd: Round, fen: int, **fields: object) -> Posting:
    defaults: dict[str, Any] = {
        "group_id": rnd.group_id,
        "round": rnd,
        "source": Source.PAYMENT,
        "source_id": 77,
        "account": Account.MEMBER,
        "holder_id": 1,
        "amount_fen": fen,
        "posted_at": NOON,
    }
    return Posting.objects.create(**(defaults | fields))


def settle() -> None:
    """What commit does with the deferred triggers."""
    connection.check_constraints()


def test_legs_that_do_not_sum_to_zero_never_commit(confirmed):
    before = transaction.savepoint()
    leg(confirmed, 500)
    leg(confirmed, -499, account=Account.MERCHANT)
    with pytest.raises(IntegrityError, match="do not sum to zero"):
        settle()
    transaction.savepoint_rollback(before)
    leg(confirmed, 500)
    leg(confirmed, -500, account=Account.MERCHANT)
    settle()


@pytest.mark.parametrize("fen", [0, 10**12, -(10**12)])
def test_a_leg_has_an_amount_in_bounds(confirmed, fen):
    with pytest.raises(IntegrityError, match="posting_amount_bounds"):
        leg(confirmed, fen)


def test_an_act_is_posted_once(confirmed):
    leg(confirmed, 500)
    with pytest.raises(IntegrityError, match="posting_once_per_act_and_account"):
        leg(confirmed, 500)


@pytest.mark.parametrize("fields", [{"account": "pocket"}, {"source": "whim"}])
def test_accounts_and_sources_are_known(confirmed, fields):
    with pytest.raises(IntegrityError, match="_known"):
        leg(confirmed, 5, **fields)


# Append-only


APPEND_ONLY = [m for m in apps.get_models() if getattr(m, "append_only", False)]


def test_the_books_that_must_be_append_only_are():
    assert {m._meta.label for m in APPEND_ONLY} >= {
        "core.Event",
        "merchants.Agreement",
        "merchants.AgreementDraft",
        "merchants.AgreementSignature",
        "merchants.PriceWitness",
        "orders.OrderChange",
        "orders.Posting",
        "orders.PublishedSummary",
    }


WRITES = [
    "update {table} set id = id",
    "update {table} set id = id where false",
    "delete from {table}",
    "truncate {table} cascade",
]


@pytest.mark.django_db
@pytest.mark.skipif(not two_roles(), reason="needs an app role of its own")
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("model", APPEND_ONLY, ids=lambda m: m._meta.label)
def test_the_app_role_may_not_change_them(model, write):
    with (
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
    ):
        cursor.execute(write.format(table=model._meta.db_table))


@pytest.mark.django_db(transaction=True)
def test_even_the_owner_is_refused_by_triggers():
    """Rows of each table, then UPDATE, DELETE and TRUNCATE by the role that owns them."""
    full_group()
    Erasure.objects.create(user_id=0, erased_at=NOON, mark="0" * 64)
    with owner_cursor() as cursor:
        for model in APPEND_ONLY:
            table = model._meta.db_table
            cursor.execute(f"select count(*) from {table}")
            (before,) = cursor.fetchone()
            assert before
            for write in (WRITES[0], *WRITES[2:]):
                with pytest.raises(Exception, match="append-only"):
                    cursor.execute(write.format(table=table))
            cursor.execute(f"select count(*) from {table}")
            assert cursor.fetchone() == (before,)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_trigger_the_owner_rewrites_the_book():
    full_group()
    with owner_cursor() as cursor:
        cursor.execute("alter table orders_posting disable trigger user")
        cursor.execute("update orders_posting set amount_fen = amount_fen * 2")
        assert cursor.rowcount > 0


@pytest.mark.django_db
@pytest.mark.skipif(not two_roles(), reason="needs an app role of its own")
@pytest.mark.parametrize(
    "escape",
    [
        "alter table orders_posting disable trigger user",
        "set session_replication_role = replica",
        "drop trigger orders_posting_append_only on orders_posting",
        "alter table orders_offer drop constraint offer_never_oversold",
        "create table loophole (id int)",
        "set role tuangou_owner",
        "insert into django_migrations (app, name, applied) values ('x', 'x', now())",
    ],
)
def test_the_app_role_cannot_get_round_them(escape):
    with (
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
    ):
        cursor.execute(escape)


# Status


@pytest.mark.parametrize("then", RoundStatus.values)
@pytest.mark.parametrize("now", RoundStatus.values)
def test_the_database_knows_the_moves_of_a_round(confirmed, now, then):
    """Every pair of states against the trigger, past the Python table."""
    stamps = dict.fromkeys(
        ("opened_at", "closed_at", "confirmed_at", "failed_at", "arrived_at", "completed_at"), NOON
    )
    fields: dict[str, Any] = {
        "group_id": confirmed.group_id,
        "merchant": confirmed.merchant,
        "initiator": confirmed.initiator,
        "opens_at": NOON,
        "cut_off_at": NOON + DAY,
        "pickup_point": confirmed.pickup_point,
        "pickup_from": NOON + DAY,
        "pickup_until": NOON + 2 * DAY,
        "commission_bp": 500,
        "month": confirmed.month,
        "created_at": NOON,
        "code": "QQQQQQ",
        **stamps,
    }
    rnd = Round.objects.create(
        status=now, cancelled_at=NOON if now == "cancelled" else None, **fields
    )
    if then == "settled":
        make_confirmed(rnd)
    rows = Round.objects.filter(pk=rnd.pk)
    change = {"status": then, "cancelled_at": NOON if then == "cancelled" else None}
    if then in MOVES.get(now, ()) or then == now:
        assert rows.update(**change) == 1
    else:
        with pytest.raises(IntegrityError, match=f"no move from {now} to {then}"):
            rows.update(**change)


# Bounds of single rows


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "change", "constraint"),
    [
        ("offer", {"taken": Decimal(-1)}, "offer_taken_not_negative"),
        ("offer", {"taken": Decimal("10.5")}, "offer_never_oversold"),
        ("offer", {"price_fen": 4500}, "offer_under_store_price"),
        ("offer", {"price_fen": 0}, "offer_under_store_price"),
        ("offer", {"step": Decimal(0)}, "offer_step_positive"),
        ("offer", {"capacity": Decimal(0), "taken": 0}, "offer_capacity_positive"),
        ("offer", {"household_limit": Decimal(0)}, "offer_limit_positive"),
        ("offer", {"minimum": Decimal(0)}, "offer_minimum_positive"),
        ("offer", {"final_price_fen": 3801}, "offer_final_price_never_above"),
        ("basketline", {"taken": Decimal("4.5")}, "basket_within_household_limit"),
        ("basketline", {"taken": Decimal(-1)}, "basket_within_household_limit"),
        ("order", {"number": 0}, "order_number_positive"),
        ("order", {"status": "gone"}, "no move|order_status_known"),
        ("order", {"status": "cancelled"}, "order_cancelled_at_iff_cancelled"),
        ("order", {"refunded_fen": 1}, "order_refunded_within_received"),
        ("order", {"received_fen": -1}, "order_refunded_within_received"),
        ("order", {"channel": "fax"}, "order_channel_known"),
        (
            "orderline",
            {"quantity": Decimal(0), "billed_quantity": Decimal(0)},
            "line_quantity_positive",
        ),
        ("orderline", {"billed_quantity": Decimal(-1)}, "line_billed_not_negative"),
        ("orderline", {"billed_quantity": Decimal("2.001")}, "line_billed_within_ordered"),
        ("orderline", {"collected_quantity": Decimal(3)}, "line_returned_within"),
        ("orderline", {"returned_quantity": Decimal(1)}, "line_returned_within"),
        ("round", {"cut_off_at": NOON - 400 * DAY}, "round_cut_off_after_opening"),
        ("round", {"pickup_from": NOON - 400 * DAY}, "round_pickup_after_cut_off"),
        ("round", {"commission_bp": 3001}, "round_commission_bounds"),
        ("round", {"code": "7K"}, "round_code_shape"),
        ("round", {"code": "7KQ31I"}, "round_code_shape"),
        ("round", {"minimum_households": 0}, "round_minimum_households_positive"),
        ("round", {"minimum_fen": 0}, "round_minimum_amount_positive"),
        ("round", {"payee": "nobody"}, "round_payee_known"),
        ("round", {"opened_at": None}, "round_opened_has_date"),
        ("round", {"cancelled_at": NOON}, "round_cancelled_at_iff_cancelled"),
    ],
)
def test_a_row_out_of_bounds_is_refused(table: str, change: dict[str, Any], constraint: str):
    group = make_group()
    rnd = make_round(group, capacity=10, household_limit=4)
    make_order(rnd, make_member(group))
    model = apps.get_model("orders", table)
    with pytest.raises(IntegrityError, match=constraint):
        model._base_manager.filter(group=group).update(**change)


@pytest.mark.django_db
def test_numbers_requests_tokens_and_lines_are_unique():
    group = make_group()
    rnd = make_round(group)
    first, second = (make_order(rnd, make_member(group)) for _ in range(2))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"number": first.number}, "order_number_unique"),
        (
            {"request_id": first.request_id, "placed_by": first.placed_by},
            "one_order_per_request",
        ),
        ({"pickup_token": first.pickup_token}, "pickup_token"),
    ]
    for change, constraint in cases:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Order.objects.filter(pk=second.pk).update(**change)
    with pytest.raises(IntegrityError, match="line_once_per_offer"), transaction.atomic():
        OrderLine.objects.filter(order=second).update(order=first)
    check_books()


@pytest.mark.django_db
def test_history_numbers_are_unique_and_share_rows_too():
    group = make_group()
    rnd = make_round(group, household_limit=4)
    order = make_order(rnd, make_member(group))
    with pytest.raises(IntegrityError, match="change_number_unique"), transaction.atomic():
        OrderChange.objects.create(group=group, order=order, number=1, kind="placed", at=NOON)
    held = BasketLine.objects.get()
    held.pk = None
    with pytest.raises(IntegrityError, match="basket_line_unique"), transaction.atomic():
        held.save(force_insert=True)


@pytest.mark.django_db
def test_the_billed_amount_is_the_databases_own():
    group = make_group()
    make_order(make_round(group), make_member(group))
    with (
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match="generated"),
        transaction.atomic(),
    ):
        cursor.execute("update orders_orderline set billed_fen = 1")
