"""After the cut-off: payments, pick-up, returns (O8, O10, O11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from orders.management.year import words
from orders.management.year.dates import Clock, Dates
from orders.management.year.placing import Placed
from orders.management.year.plan import (
    CheckOff,
    CheckOffWay,
    ClaimPayment,
    CompleteRound,
    DecideReturn,
    Line,
    MemberPlan,
    ReceivePayment,
    RecordArrival,
    RecordNotCollected,
    RefundReturn,
    RequestReturn,
    ReturnPlan,
    Step,
)
from orders.management.year.shape import DraftRound

_CLAIMS = 0.4  # share of members who say that they have paid
_LATE = 0.03
_MISSED = 0.006
_REJECTED = 0.0015  # per order: asked for, and not accepted
_TOLD = 0.0015  # per order: only told
_WAYS: tuple[CheckOffWay, ...] = ("door", "scan", "name")
_RETURN_WITHIN = timedelta(hours=46)


class Afterwards:
    """Plays confirmed rounds to their end; keeps the returns of the year."""

    def __init__(self, members: Sequence[MemberPlan], clock: Clock, rng: Random) -> None:
        self.members = members
        self.clock = clock
        self.rng = rng
        self.returns: list[ReturnPlan] = []

    def round_steps(
        self, index: int, rnd: DraftRound, dates: Dates, orders: Sequence[Placed]
    ) -> Iterator[Step]:
        """Everything after a confirmed round's cut-off. `orders`: the counted ones."""
        missed: list[Placed] = []
        before = timedelta(minutes=self.rng.randint(15, 60))
        yield RecordArrival(dates.pickup_from - before, index)
        for order in orders:
            amount = sum(_fen(rnd, line) for line in order.lines)
            returned = bool(order.returns)
            late = not returned and self.rng.random() < _LATE
            yield from self._payment(order, amount, dates, late=late)
            if not returned and self.rng.random() < _MISSED:
                missed.append(order)
                continue
            collected_at = self._moment_at_desk(dates)
            way = self.rng.choices(_WAYS, (5, 4, 1))[0]
            yield CheckOff(collected_at, order.index, self.rng.choice((0, 0, 1)), way)
            yield from self._returns(rnd, order, collected_at, late=late)
        yield from self._ending(index, dates, any_missed=bool(missed))

    def _payment(
        self, order: Placed, amount_fen: int, dates: Dates, *, late: bool
    ) -> Iterator[Step]:
        rng = self.rng
        limit = dates.pickup_from - timedelta(minutes=75)
        paid_at = dates.closed_at + timedelta(seconds=60 + rng.expovariate(1 / 12_000))
        if late:
            paid_at = dates.pickup_until + timedelta(hours=rng.uniform(1, 50))
        paid_at = self.clock.awake(paid_at, rng)
        if not late:
            paid_at = min(paid_at, limit - timedelta(minutes=rng.uniform(20, 60)))
        received_at = next(self.clock.sittings(paid_at)) + timedelta(seconds=rng.uniform(0, 900))
        if not late and received_at > limit:
            received_at = paid_at + (limit - paid_at) * rng.uniform(0.3, 0.9)
        by = order.orderer if self.members[order.orderer].phone else order.placed_by
        if rng.random() < _CLAIMS:
            yield ClaimPayment(paid_at, order.index, by, amount_fen)
        yield ReceivePayment(received_at, order.index, amount_fen)

    def _moment_at_desk(self, dates: Dates) -> datetime:
        share = self.rng.betavariate(1.4, 2.4)
        return dates.pickup_from + (dates.pickup_until - dates.pickup_from) * share

    def _ending(self, index: int, dates: Dates, *, any_missed: bool) -> Iterator[Step]:
        done_at = dates.pickup_until + timedelta(minutes=self.rng.uniform(20, 90))
        if any_missed:
            next_day = self.clock.local(dates.pickup_until).date() + timedelta(days=1)
            recorded_at = self.clock.at(next_day, 10, self.rng.randint(0, 40))
            yield RecordNotCollected(recorded_at, index)
            done_at = recorded_at + timedelta(minutes=self.rng.uniform(2, 15))
        yield CompleteRound(done_at, index)

    def _returns(
        self, rnd: DraftRound, order: Placed, collected_at: datetime, *, late: bool
    ) -> Iterator[Step]:
        """The accepted returns drawn before, and now and then one that is not accepted."""
        draw = self.rng.random()
        for place, ret in order.returns:
            milli = ret.units * ret.line.offer.step_milli
            part = ret.accepted_fen < ret.units * ret.line.offer.unit_fen
            yield from self._return(
                order, place, milli, ret.accepted_fen, collected_at, in_part=part
            )
        if order.returns or late or draw >= _REJECTED + _TOLD:
            return
        step = rnd.offers[order.lines[0].offer].step_milli
        accepted = None if draw < _REJECTED else 0
        yield from self._return(order, 0, step, accepted, collected_at, in_part=False)

    def _return(
        self,
        order: Placed,
        place: int,
        quantity_milli: int,
        accepted_fen: int | None,
        collected_at: datetime,
        *,
        in_part: bool,
    ) -> Iterator[Step]:
        rng = self.rng
        reason, text = rng.choice(words.REASONS)
        decision = rng.choice(words.PART_ACCEPTANCES if in_part else words.ACCEPTANCES)
        ret = ReturnPlan(
            index=len(self.returns),
            order=order.index,
            line=place,
            quantity_milli=quantity_milli,
            reason=reason,
            text=text,
            wish="tell" if accepted_fen == 0 else "refund",
            accepted_fen=accepted_fen,
            decision=rng.choice(words.REJECTIONS) if accepted_fen is None else decision,
        )
        self.returns.append(ret)
        after = timedelta(seconds=300 + rng.expovariate(1 / 30_000))
        asked_at = self.clock.awake(collected_at + min(after, _RETURN_WITHIN), rng)
        asked_at = min(asked_at, collected_at + _RETURN_WITHIN)
        sittings = self.clock.sittings(asked_at)
        decided, refunded = next(sittings), next(sittings)
        by = order.orderer if self.members[order.orderer].phone else order.placed_by
        yield RequestReturn(asked_at, ret.index, by)
        yield DecideReturn(decided + timedelta(seconds=rng.uniform(900, 2_400)), ret.index)
        if accepted_fen:
            yield RefundReturn(refunded + timedelta(seconds=rng.uniform(900, 2_400)), ret.index)


def _fen(rnd: DraftRound, line: Line) -> int:
    offer = rnd.offers[line.offer]
    return line.quantity_milli // offer.step_milli * offer.unit_fen
