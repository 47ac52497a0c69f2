"""Statements: sums of postings, and behind each sum the postings it is made of (O7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from groups.models import Membership
from merchants.models import Merchant
from orders.models import (
    RETURN_SOURCES,
    SETTLEMENT_SOURCES,
    Account,
    Order,
    Posting,
    Round,
    RoundStatus,
)
from orders.queries.payments import (
    PARTS,
    OrderMoney,
    PaymentTotals,
    money_by_order,
    totals_of,
)
from tuangou.core.feeds import Feed, feed

PAGE = 50
_OF_MERCHANT = (Account.MERCHANT, Account.CASH_MERCHANT)


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One leg. Legs with the same (source, source_id) are one act and sum to zero."""

    id: int
    at: datetime
    source: str
    source_label: str
    source_id: int
    account: str
    account_label: str
    holder: str
    amount_fen: int
    round_id: int
    round_title: str
    order_id: int | None
    remark_code: str


@dataclass(frozen=True, slots=True)
class PostingsPage:
    """`sum_fen` is of all that was asked for, not of this page only."""

    rows: tuple[PostingRow, ...]
    sum_fen: int
    count: int
    page: int
    pages: int


def postings_of(
    group_id: int,
    *,
    order_id: int | None = None,
    round_id: int | None = None,
    account: str = "",
    holder_id: int | None = None,
    part: str = "",
    page: int = 1,
) -> PostingsPage:
    """The postings behind an amount, oldest first; four queries.

    `part` (billed, returned, received, refunded) narrows a member's account to what that amount is
    the sum of. Nothing asked for gives nothing.
    """
    asked = {"order_id": order_id, "round_id": round_id, "holder_id": holder_id}
    postings = _asked(group_id, account, part, asked)
    total = postings.aggregate(fen=Sum("amount_fen"))["fen"] or 0
    count = postings.count()
    pages = max(1, -(-count // PAGE))
    page = min(max(1, page), pages)
    rows = list(
        postings.select_related("round", "order").order_by("posted_at", "pk")[
            (page - 1) * PAGE : page * PAGE
        ]
    )
    names = _holders(rows)
    return PostingsPage(tuple(_posting(row, names) for row in rows), total, count, page, pages)


def _asked(
    group_id: int, account: str, part: str, asked: Mapping[str, int | None]
) -> QuerySet[Posting]:
    where = Q(group_id=group_id)
    chosen = {name: value for name, value in asked.items() if value is not None}
    if part in PARTS:
        where &= PARTS[part]
        account = account or Account.MEMBER
    if account:
        where &= Q(account=account)
    return Posting.objects.filter(where, **chosen) if chosen else Posting.objects.none()


@dataclass(frozen=True, slots=True)
class PostingsFeed:
    """`sum_fen` and `count` are of all that was asked for."""

    sum_fen: int
    count: int
    feed: Feed[Posting]


def postings_feed(
    group_id: int,
    *,
    after: int | None,
    limit: int,
    order_id: int | None = None,
    round_id: int | None = None,
    account: str = "",
    part: str = "",
) -> PostingsFeed:
    """As postings_of, by key. Two queries."""
    rows = _asked(group_id, account, part, {"order_id": order_id, "round_id": round_id})
    sums = rows.aggregate(fen=Sum("amount_fen"), count=Count("pk"))
    found = feed(rows, after=after, limit=limit, newest_first=False)
    return PostingsFeed(sums["fen"] or 0, sums["count"], found)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One order on a member's statement; every amount opens `postings_of(order_id, part)`."""

    order_id: int
    round_id: int
    round_title: str
    merchant: str
    remark_code: str
    placed_at: datetime
    cancelled: bool
    money: OrderMoney


@dataclass(frozen=True, slots=True)
class MemberStatement:
    rows: tuple[StatementRow, ...]
    totals: PaymentTotals
    balance_fen: int
    page: int
    pages: int


def member_statement(member: Membership, *, page: int = 1) -> MemberStatement:
    """A member's orders with their money, newest first; totals are of all of them. Five queries."""
    mine = Order.objects.filter(group_id=member.group_id, member_id=member.pk)
    ids = list(mine.order_by("-placed_at", "-pk").values_list("pk", flat=True))
    books = money_by_order(ids)
    pages = max(1, -(-len(ids) // PAGE))
    page = min(max(1, page), pages)
    orders = mine.select_related("round__merchant").in_bulk(ids[(page - 1) * PAGE : page * PAGE])
    rows = tuple(
        StatementRow(
            order_id=order.pk,
            round_id=order.round_id,
            round_title=order.round.title,
            merchant=order.round.merchant.brand,
            remark_code=order.round.remark_code(order.number),
            placed_at=order.placed_at,
            cancelled=order.cancelled_at is not None,
            money=books[order.pk],
        )
        for order in (orders[pk] for pk in ids if pk in orders)
    )
    totals = totals_of(books.values())
    return MemberStatement(rows, totals, totals.owed_fen - totals.credit_fen, page, pages)


@dataclass(frozen=True, slots=True)
class RoundBook:
    """A round in money, from its postings: sales - returns - commission = due to the merchant."""

    round_id: int
    title: str
    merchant: str
    month: date
    status: str
    status_label: str
    sales_fen: int
    returned_fen: int
    commission_fen: int
    cash_initiator_fen: int
    cash_merchant_fen: int
    members_fen: int
    rounding_fen: int

    @property
    def due_to_merchant_fen(self) -> int:
        return self.sales_fen - self.returned_fen - self.commission_fen


@dataclass(frozen=True, slots=True)
class InitiatorStatement:
    rows: tuple[RoundBook, ...]
    sales_fen: int
    returned_fen: int
    commission_fen: int
    due_to_merchants_fen: int
    cash_fen: int
    page: int
    pages: int


def round_statement(rnd: Round) -> RoundBook:
    """One round's books. Two queries."""
    merchant = Merchant.objects.get(pk=rnd.merchant_id)
    return _book(rnd, merchant.brand, _sums(Q(group_id=rnd.group_id, round_id=rnd.pk)))


def initiator_statement(initiator: Membership, *, page: int = 1) -> InitiatorStatement:
    """Every opened round of one initiator, newest cut-off first; totals are of all. Two queries."""
    rounds = list(
        Round.objects.filter(group_id=initiator.group_id, initiator_id=initiator.pk)
        .exclude(status=RoundStatus.DRAFT)
        .select_related("merchant")
        .order_by("-cut_off_at", "-pk")
    )
    sums = _sums(Q(group_id=initiator.group_id, round__initiator_id=initiator.pk))
    books = [_book(rnd, rnd.merchant.brand, sums) for rnd in rounds]
    pages = max(1, -(-len(books) // PAGE))
    page = min(max(1, page), pages)
    return InitiatorStatement(
        rows=tuple(books[(page - 1) * PAGE : page * PAGE]),
        sales_fen=sum(book.sales_fen for book in books),
        returned_fen=sum(book.returned_fen for book in books),
        commission_fen=sum(book.commission_fen for book in books),
        due_to_merchants_fen=sum(book.due_to_merchant_fen for book in books),
        cash_fen=sum(book.cash_initiator_fen for book in books),
        page=page,
        pages=pages,
    )


def member_totals(member: Membership) -> PaymentTotals:
    """Sums over all orders of a member. Three queries."""
    mine = Order.objects.filter(group_id=member.group_id, member_id=member.pk)
    return totals_of(money_by_order(list(mine.values_list("pk", flat=True))).values())


def books_feed(
    initiator: Membership, *, after: int | None, limit: int
) -> tuple[InitiatorStatement, Feed[RoundBook]]:
    """The totals of initiator_statement, and its rounds by key, newest first. Three queries."""
    rounds = Round.objects.filter(group_id=initiator.group_id, initiator_id=initiator.pk).exclude(
        status=RoundStatus.DRAFT
    )
    found = feed(rounds.select_related("merchant"), after=after, limit=limit)
    sums = _sums(Q(group_id=initiator.group_id, round__initiator_id=initiator.pk))
    books = [_book(rnd, "", sums) for rnd in rounds]
    totals = InitiatorStatement(
        rows=(),
        sales_fen=sum(book.sales_fen for book in books),
        returned_fen=sum(book.returned_fen for book in books),
        commission_fen=sum(book.commission_fen for book in books),
        due_to_merchants_fen=sum(book.due_to_merchant_fen for book in books),
        cash_fen=sum(book.cash_initiator_fen for book in books),
        page=1,
        pages=1,
    )
    return totals, found.of(lambda rnd: _book(rnd, rnd.merchant.brand, sums))


class Part(StrEnum):
    """What a balance is made of: what returns gave back, settling with the merchant, the rest."""

    RETURNED = "returned"
    SETTLED = "settled"
    OTHER = "other"


Sums = Mapping[tuple[int, str, Part], int]


def _sums(where: Q) -> Sums:
    """{(round, account, part): fen}, in one query."""
    of = {
        Part.RETURNED: Q(source__in=RETURN_SOURCES),
        Part.SETTLED: Q(source__in=SETTLEMENT_SOURCES),
        Part.OTHER: ~Q(source__in=(*RETURN_SOURCES, *SETTLEMENT_SOURCES)),
    }
    rows: Any = (
        Posting.objects.filter(where)
        .values("round_id", "account")
        .annotate(**{part.value: Sum("amount_fen", filter=q) for part, q in of.items()})
    )
    return {
        (row["round_id"], row["account"], part): row[part] or 0 for row in rows for part in Part
    }


def _book(rnd: Round, merchant: str, sums: Sums) -> RoundBook:
    def balance(account: Account, *, parts: Iterable[Part] = Part) -> int:
        return sum(sums.get((rnd.pk, account, part), 0) for part in parts)

    received = sum(
        balance(account, parts=(Part.OTHER,))
        for account in (Account.CASH_INITIATOR, Account.CASH_MERCHANT)
    )
    returned = -balance(Account.MEMBER, parts=(Part.RETURNED,))
    return RoundBook(
        round_id=rnd.pk,
        title=rnd.title,
        merchant=merchant,
        month=rnd.month,
        status=rnd.status,
        status_label=rnd.get_status_display(),
        # members' accounts hold sales - returns - money received
        sales_fen=balance(Account.MEMBER) + returned + received,
        returned_fen=returned,
        commission_fen=-balance(Account.COMMISSION),
        cash_initiator_fen=balance(Account.CASH_INITIATOR),
        cash_merchant_fen=balance(Account.CASH_MERCHANT),
        members_fen=balance(Account.MEMBER),
        rounding_fen=balance(Account.ROUNDING),
    )


def _holders(rows: list[Posting]) -> dict[tuple[bool, int], str]:
    """Names of account holders: {(is a merchant, id): name}. Two queries."""
    merchants = {row.holder_id for row in rows if row.account in _OF_MERCHANT}
    members = {row.holder_id for row in rows if row.account not in _OF_MERCHANT}
    names = {
        (True, pk): brand
        for pk, brand in Merchant.objects.filter(pk__in=merchants).values_list("pk", "brand")
    }
    return names | {
        (False, pk): nickname
        for pk, nickname in Membership.objects.filter(pk__in=members).values_list("pk", "nickname")
    }


def _posting(row: Posting, names: Mapping[tuple[bool, int], str]) -> PostingRow:
    return PostingRow(
        id=row.pk,
        at=row.posted_at,
        source=row.source,
        source_label=row.get_source_display(),
        source_id=row.source_id,
        account=row.account,
        account_label=row.get_account_display(),
        holder=names.get((row.account in _OF_MERCHANT, row.holder_id), ""),
        amount_fen=row.amount_fen,
        round_id=row.round_id,
        round_title=row.round.title,
        order_id=row.order_id,
        remark_code=row.round.remark_code(row.order.number) if row.order else "",
    )
