"""The pages of a settlement: the list, one settlement for both sides, what members see (O12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.translation import gettext, gettext_lazy

from orders.models import (
    Cause,
    Leftover,
    LeftoverChoice,
    Offer,
    Order,
    OrderStatus,
    Party,
    Posting,
    Return,
    ReturnStatus,
    Round,
    RoundStatus,
    Settlement,
    SettlementLine,
    SettlementPart,
    SettlementPayment,
    SettlementWord,
    WordKind,
)
from orders.queries.settlement_tasks import still_open
from orders.queries.settlements import NAMES, Figures, Line, Totals, figures_now, transfer_of

SHOWN = 300
RETURNED = re.compile(r"退货 (\S+)")
PAGE = 30
# states of the whole, in the order in which somebody has to act
OPEN = ("objected", "drawn", "unpaid")
SAID = {
    WordKind.CONFIRMED.value: gettext_lazy("确认了"),
    WordKind.OBJECTED.value: gettext_lazy("有异议"),
    WordKind.REPLIED.value: gettext_lazy("答复了"),
}


@dataclass(frozen=True, slots=True)
class LineRow:
    """One offer as both sides read it."""

    name: str
    spec: str
    unit: str
    line: Line


@dataclass(frozen=True, slots=True)
class PartRow:
    """The statement (number 0) or a supplement, with what it adds."""

    number: str
    at: datetime
    reason: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class WordRow:
    kind: str
    label: str
    party: str
    at: datetime
    text: str
    for_other: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """`to_merchant`: which way it went. `taken_back`: by a later row."""

    id: int
    fen: int
    to_merchant: bool
    paid_on: date
    note: str
    party: str
    party_label: str
    at: datetime
    taken_back: bool
    takes_back: bool


@dataclass(frozen=True, slots=True)
class Matters:
    """What is still open in the round and may change the figures."""

    returns: int = 0
    bags: int = 0

    def __bool__(self) -> bool:
        return bool(self.returns or self.bags)


@dataclass(frozen=True, slots=True)
class SettlementPage:
    """`outstanding_fen`: what is still to go over, positive to the merchant."""

    id: int
    number: str
    drawn_at: datetime
    commission_bp: int
    parts: tuple[PartRow, ...]
    totals: Totals
    lines: tuple[LineRow, ...]
    words: tuple[WordRow, ...]
    payments: tuple[PaymentRow, ...]
    outstanding_fen: int
    content_hash: str
    confirmed: frozenset[str]
    state: str
    matters: Matters

    @property
    def supplements(self) -> tuple[PartRow, ...]:
        return self.parts[1:]

    @property
    def check_code(self) -> str:
        """First characters of the content's hash, to compare two papers by: 3f9a-07c2."""
        return f"{self.content_hash[:4]}-{self.content_hash[4:8]}"

    @property
    def paid_fen(self) -> int:
        """What went over so far, positive to the merchant."""
        return self.totals.transfer_fen - self.outstanding_fen

    @property
    def paid_size_fen(self) -> int:
        return abs(self.paid_fen)

    @property
    def outstanding_size_fen(self) -> int:
        return abs(self.outstanding_fen)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a statement drawn up now would say."""

    totals: Totals
    lines: tuple[LineRow, ...]
    matters: Matters


@dataclass(frozen=True, slots=True)
class Row:
    """One settlement in a list."""

    id: int
    round_id: int
    number: str
    title: str
    brand: str
    drawn_at: datetime
    due_fen: int
    outstanding_fen: int
    supplements: int
    state: str
    confirmed: frozenset[str]

    @property
    def outstanding_back_fen(self) -> int:
        return -self.outstanding_fen


@dataclass(frozen=True, slots=True)
class ToDraw:
    """A completed round without a statement."""

    round_id: int
    title: str
    brand: str
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    rows: tuple[Row, ...]
    to_draw: tuple[ToDraw, ...]
    page: int
    pages: int


def settlement_of(rnd: Round) -> Settlement | None:
    return Settlement.objects.filter(round_id=rnd.pk).first()


def settlement_page(rnd: Round, settlement: Settlement) -> SettlementPage:
    """One settlement with all that belongs to it. Eight statements."""
    parts = list(SettlementPart.objects.filter(settlement_id=settlement.pk).order_by("number"))
    words = _words(settlement.pk)
    payments = list(SettlementPayment.objects.filter(settlement_id=settlement.pk))
    outstanding = _outstanding([rnd])[rnd.pk]
    last = parts[-1].content_hash
    confirmed = _confirmed(words, last)
    return SettlementPage(
        id=settlement.pk,
        number=settlement.number,
        drawn_at=settlement.drawn_at,
        commission_bp=settlement.commission_bp,
        parts=tuple(_part(settlement, part) for part in parts),
        totals=_sum(parts),
        lines=_lines(settlement.pk),
        words=tuple(_word(word, last) for word in words),
        payments=tuple(_payments(payments)),
        outstanding_fen=outstanding,
        content_hash=last,
        confirmed=confirmed,
        state=_state(words, confirmed, outstanding),
        matters=matters_of(rnd),
    )


def preview(rnd: Round) -> Preview:
    """What it would say, and what is still open. Nine statements."""
    figures = figures_now(rnd)
    return Preview(figures.totals, _named(figures), matters_of(rnd))


def matters_of(rnd: Round) -> Matters:
    """Returns nobody decided, bags nobody fetched or decided about. Two statements."""
    returns = Return.objects.filter(round_id=rnd.pk, status=ReturnStatus.REQUESTED).count()
    decided = Leftover.objects.filter(order_id=OuterRef("pk")).exclude(choice=LeftoverChoice.KEEP)
    missed = Order.objects.filter(round_id=rnd.pk, status=OrderStatus.NOT_COLLECTED)
    return Matters(returns, missed.with_goods().exclude(Exists(decided)).count())


def listing(group_id: int, *, merchant_id: int | None = None, page: int = 1) -> Listing:
    """Settlements of a group, or of one merchant there: what waits for somebody first, however old,
    then the newest. Five statements."""
    found = Settlement.objects.of_group(group_id).select_related("round__merchant")
    if merchant_id is not None:
        found = found.filter(round__merchant_id=merchant_id)
    newest = Q(pk__in=found.order_by("-pk").values("pk")[:SHOWN])
    rows = _rows(list(found.filter(newest | still_open(group_id))))
    rows.sort(key=lambda row: (row.state not in OPEN, -row.id))
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, page), pages)
    to_draw = () if merchant_id is not None else tuple(_to_draw(group_id))
    return Listing(tuple(rows[(page - 1) * PAGE : page * PAGE]), to_draw, page, pages)


def _to_draw(group_id: int) -> Iterable[ToDraw]:
    drawn = Settlement.objects.filter(round_id=OuterRef("pk"))
    rounds = Round.objects.of_group(group_id).filter(status=RoundStatus.COMPLETED)
    found = rounds.exclude(Exists(drawn)).select_related("merchant")
    for rnd in found.order_by("completed_at", "pk")[:SHOWN]:
        yield ToDraw(rnd.pk, rnd.title, rnd.merchant.brand, rnd.completed_at or rnd.pickup_until)


def _rows(settlements: Sequence[Settlement]) -> list[Row]:
    ids = [settlement.pk for settlement in settlements]
    parts: dict[int, list[SettlementPart]] = {}
    for part in SettlementPart.objects.filter(settlement_id__in=ids).order_by("number"):
        parts.setdefault(part.settlement_id, []).append(part)
    words: dict[int, list[SettlementWord]] = {}
    for word in SettlementWord.objects.filter(settlement_id__in=ids).order_by("pk"):
        words.setdefault(word.settlement_id, []).append(word)
    left = _outstanding([settlement.round for settlement in settlements])
    made = []
    for settlement in settlements:
        its, said = parts[settlement.pk], words.get(settlement.pk, [])
        confirmed = _confirmed(said, its[-1].content_hash)
        outstanding = left[settlement.round_id]
        made.append(
            Row(
                id=settlement.pk,
                round_id=settlement.round_id,
                number=settlement.number,
                title=settlement.round.title,
                brand=settlement.round.merchant.brand,
                drawn_at=settlement.drawn_at,
                due_fen=_sum(its).due_fen,
                outstanding_fen=outstanding,
                supplements=len(its) - 1,
                state=_state(said, confirmed, outstanding),
                confirmed=confirmed,
            )
        )
    return made


def _outstanding(rounds: Sequence[Round]) -> dict[int, int]:
    """{round: what is still to go over}, in one statement."""
    held: dict[int, dict[str, int]] = {rnd.pk: {} for rnd in rounds}
    sums = Posting.objects.filter(round_id__in=held).values("round_id", "account")
    for row in sums.annotate(fen=Sum("amount_fen")):
        held[row["round_id"]][row["account"]] = row["fen"]
    return {rnd.pk: transfer_of(rnd, held[rnd.pk]) for rnd in rounds}


def _confirmed(words: Iterable[SettlementWord], content_hash: str) -> frozenset[str]:
    return frozenset(
        word.party
        for word in words
        if word.kind == WordKind.CONFIRMED and word.content_hash == content_hash
    )


def _state(words: Sequence[SettlementWord], confirmed: frozenset[str], outstanding: int) -> str:
    """objected, drawn (somebody has yet to confirm), unpaid, paid."""
    if len(confirmed) == len(Party):
        return "unpaid" if outstanding else "paid"
    by_shop = [word for word in words if word.party == Party.MERCHANT]
    return "objected" if by_shop and by_shop[-1].kind == WordKind.OBJECTED else "drawn"


def _sum(parts: Iterable[SettlementPart]) -> Totals:
    rows = list(parts)
    return Totals(*(sum(getattr(part, name) for part in rows) for name in NAMES))


def _part(settlement: Settlement, part: SettlementPart) -> PartRow:
    number = f"{settlement.number}-{part.number}" if part.number else settlement.number
    totals = Totals(*(getattr(part, name) for name in NAMES))
    return PartRow(number, part.at, _told(part), totals)


def _told(part: SettlementPart) -> str:
    """Why a supplement came, in the reader's language; of old ones where we know the words."""
    if part.cause == Cause.RETURN:
        return gettext("退货 %(code)s") % {"code": part.about}
    if part.cause:
        return str(part.get_cause_display())
    reason = part.reason
    returned = RETURNED.fullmatch(reason)
    if returned:
        return gettext("退货 %(code)s") % {"code": returned[1]}
    return gettext(reason) if reason else ""


def _lines(settlement_id: int) -> tuple[LineRow, ...]:
    """All parts added up, in the order of the round."""
    found: dict[int, LineRow] = {}
    rows = SettlementLine.objects.filter(part__settlement_id=settlement_id)
    for row in rows.select_related("offer").order_by("offer__position", "part__number"):
        line = Line.of(row)
        before = found.get(row.offer_id)
        if before is not None:
            line = before.line + line
        found[row.offer_id] = LineRow(row.offer.name, row.offer.spec, row.offer.unit, line)
    return tuple(found.values())


def _named(figures: Figures) -> tuple[LineRow, ...]:
    names = Offer.objects.in_bulk(list(figures.lines))
    return tuple(
        LineRow(names[pk].name, names[pk].spec, names[pk].unit, line)
        for pk, line in figures.lines.items()
    )


def _words(settlement_id: int) -> list[SettlementWord]:
    return list(SettlementWord.objects.filter(settlement_id=settlement_id).order_by("pk"))


def _word(word: SettlementWord, content_hash: str) -> WordRow:
    return WordRow(
        kind=word.kind,
        label=str(SAID[word.kind]),
        party=word.get_party_display(),
        at=word.at,
        text=word.text,
        for_other=word.for_other,
        is_current=word.content_hash == content_hash,
    )


def _payments(payments: Sequence[SettlementPayment]) -> Iterable[PaymentRow]:
    taken_back = {payment.reverses_id for payment in payments}
    for payment in sorted(payments, key=lambda row: row.number):
        yield PaymentRow(
            id=payment.pk,
            fen=abs(payment.amount_fen),
            to_merchant=payment.amount_fen > 0,
            paid_on=payment.paid_on,
            note=payment.note,
            party=payment.party,
            party_label=payment.get_party_display(),
            at=payment.recorded_at,
            taken_back=payment.pk in taken_back,
            takes_back=payment.reverses_id is not None,
        )
