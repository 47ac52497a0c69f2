"""A plan judged before it is played: recounted from its steps, and walked like the real thing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from orders.management.year.figures import MAX_LINES, Row, to_csv, with_empty_months
from orders.management.year.plan import (
    AddItem,
    AddMember,
    AmendOrder,
    Apply,
    Approve,
    CancelOrder,
    CheckOff,
    ClaimPayment,
    CloseRound,
    CompleteRound,
    DecideReturn,
    FailRound,
    FoundGroup,
    Lines,
    NameDeputy,
    OpenRound,
    OrderPlan,
    PlaceOrder,
    PublishMonth,
    ReceivePayment,
    RecordArrival,
    RecordNotCollected,
    RefundReturn,
    RequestReturn,
    RoundPlan,
    SaveDraft,
    Step,
    YearPlan,
)


class PlanError(Exception):
    """The planner made a plan that does not hold: a fault of its own, not of the file."""


def peaks(steps: Iterable[Step], orders: Sequence[OrderPlan]) -> Counter[tuple[int, int]]:
    """The most of each (round, offer) that was taken at one time, in thousandths."""
    taken: Counter[tuple[int, int]] = Counter()
    most: Counter[tuple[int, int]] = Counter()
    held: dict[int, Lines] = {}
    for step in steps:
        if not isinstance(step, PlaceOrder | AmendOrder | CancelOrder):
            continue
        rnd = orders[step.order].round
        for line in held.get(step.order, ()):
            taken[rnd, line.offer] -= line.quantity_milli
        held[step.order] = () if isinstance(step, CancelOrder) else step.lines
        for line in held[step.order]:
            taken[rnd, line.offer] += line.quantity_milli
            most[rnd, line.offer] = max(most[rnd, line.offer], taken[rnd, line.offer])
    return most


def recount(plan: YearPlan) -> list[Row]:
    """Table 1 of the plan, counted from its steps alone, every month of the span (O13)."""
    lines: dict[int, Lines] = {}
    confirmed: set[int] = set()
    accepted: Counter[int] = Counter()
    for step in plan.steps:
        match step:
            case PlaceOrder(order=order, lines=now) | AmendOrder(order=order, lines=now):
                lines[order] = now
            case CancelOrder(order=order):
                del lines[order]
            case CloseRound(round=rnd) if not plan.rounds[rnd].fails:
                confirmed.add(rnd)
            case DecideReturn(ret=ret):
                returned = plan.returns[ret]
                accepted[returned.order] += returned.accepted_fen or 0
            case _:
                pass
    counted = {order: now for order, now in lines.items() if plan.orders[order].round in confirmed}
    return [_row(plan, row, counted, accepted) for row in with_empty_months(plan.rows)]


def _row(plan: YearPlan, row: Row, lines: dict[int, Lines], accepted: Counter[int]) -> Row:
    zone = ZoneInfo(plan.group.time_zone)
    merchants: set[int] = set()
    items: set[int] = set()
    orders = sales = returned = 0
    for index, now in lines.items():
        rnd = plan.rounds[plan.orders[index].round]
        local = rnd.cut_off_at.astimezone(zone)
        if (local.year, local.month) != (row.year, row.month):
            continue
        merchants.add(rnd.merchant)
        items.update(rnd.offers[line.offer].item for line in now)
        orders += 1
        sales += sum(rnd.offers[line.offer].price_fen * line.quantity_milli // 1000 for line in now)
        returned += accepted[index]
    rate = (20_000 * returned + sales) // (2 * sales) if sales else 0
    return Row(row.year, row.month, len(merchants), len(items), orders, sales, rate)


def check(plan: YearPlan) -> None:
    """Raise PlanError unless the plan adds up to its rows and every step can be played."""
    wanted = to_csv(with_empty_months(plan.rows))
    counted = to_csv(recount(plan))
    if counted != wanted:
        raise PlanError(f"The plan counts\n{counted}instead of\n{wanted}")
    _check_offers(plan)
    _check_days(plan)
    _Walk(plan).run()


def _require(holds: bool, what: str, step: object) -> None:
    if not holds:
        raise PlanError(f"{what}: {step}")


def _check_offers(plan: YearPlan) -> None:
    """O2, O3: one merchant's items, each once, under their store price by the group's margin."""
    most = peaks(plan.steps, plan.orders)
    margin = 10_000 - plan.group.min_discount_bp
    for rnd in plan.rounds:
        items = [plan.items[offer.item] for offer in rnd.offers]
        _require(len({item.index for item in items}) == len(items), "an item twice", rnd)
        for place, (offer, item) in enumerate(zip(rnd.offers, items, strict=True)):
            _require(item.merchant == rnd.merchant, "an item of another merchant", rnd)
            under = offer.price_fen * 10_000 <= item.store_price_fen * margin
            _require(offer.price_fen > 0 and under, "not under the store price", offer)
            _require(offer.price_fen * item.step_milli % 1000 == 0, "a part of a fen", offer)
            enough = offer.capacity_milli is None or most[rnd.index, place] <= offer.capacity_milli
            _require(enough, "oversold", offer)
    for order in plan.orders:
        _check_lines(plan, order)


def _check_lines(plan: YearPlan, order: OrderPlan) -> None:
    offers = plan.rounds[order.round].offers
    places = [line.offer for line in order.lines]
    _require(1 <= len(places) == len(set(places)) <= MAX_LINES, "lines", order)
    for line in order.lines:
        step = plan.items[offers[line.offer].item].step_milli
        _require(line.quantity_milli > 0 == line.quantity_milli % step, "quantity", order)


def _check_days(plan: YearPlan) -> None:
    """O2: so many merchants a day with a cut-off, and times in their order (O1)."""
    zone = ZoneInfo(plan.group.time_zone)
    days: defaultdict[object, set[int]] = defaultdict(set)
    for rnd in plan.rounds:
        days[rnd.cut_off_at.astimezone(zone).date()].add(rnd.merchant)
        ordered = rnd.opens_at < rnd.cut_off_at < rnd.pickup_from < rnd.pickup_until
        _require(ordered, "times", rnd)
    for day, merchants in days.items():
        _require(len(merchants) <= plan.group.merchants_per_day, "merchants a day", day)


class _Walk:
    """The states of people, rounds, orders and returns, moved by each step in turn."""

    def __init__(self, plan: YearPlan) -> None:
        self.plan = plan
        self.people: set[int] = set()
        self.merchants: dict[int, str] = {}
        self.items: set[int] = set()
        self.rounds: dict[int, str] = {}
        self.orders: dict[int, str] = {}
        self.paid: Counter[int] = Counter()
        self.collected_at: dict[int, datetime] = {}
        self.returns: dict[int, str] = {}
        self.now = datetime.min.replace(tzinfo=UTC)
        self.orders_of: defaultdict[int, list[OrderPlan]] = defaultdict(list)
        for order in plan.orders:
            self.orders_of[order.round].append(order)

    def run(self) -> None:
        for step in self.plan.steps:
            _require(step.at > self.now, "not after the step before", step)
            self.now = step.at
            self._step(step)
        ended = {"completed", "failed"}
        _require(set(self.rounds.values()) <= ended, "a round without an end", self.plan.group)
        _require(len(self.rounds) == len(self.plan.rounds), "a round left out", self.plan.group)
        _require("requested" not in self.returns.values(), "an open return", self.plan.group)
        _require("placed" not in self._states_of_counted(), "an open order", self.plan.group)

    def _states_of_counted(self) -> set[str]:
        rounds = self.plan.rounds
        return {
            state
            for index, state in self.orders.items()
            if not rounds[self.plan.orders[index].round].fails
        }

    def _step(self, step: Step) -> None:
        match step:
            case FoundGroup() | AddMember() | NameDeputy():
                self._person(step)
            case Apply() | Approve() | AddItem():
                self._merchant(step)
            case PlaceOrder() | AmendOrder() | CancelOrder():
                self._order(step)
            case ClaimPayment() | ReceivePayment() | CheckOff():
                self._after(step)
            case RequestReturn() | DecideReturn() | RefundReturn():
                self._return(step)
            case PublishMonth():
                pass
            case SaveDraft() | OpenRound() | CloseRound() | FailRound():
                self._selling(step)
            case _:
                self._handing_out(step)

    def _person(self, step: Step) -> None:
        match step:
            case FoundGroup():
                _require(not self.people, "founded twice", step)
                self.people.add(0)
            case AddMember(member=index):
                inviter = self.plan.members[index].invited_by
                _require(index not in self.people and inviter in self.people, "joins", step)
                self.people.add(index)
            case NameDeputy(member=index):
                known = index in self.people and self.plan.members[index].phone is not None
                _require(known, "no deputy", step)

    def _merchant(self, step: Step) -> None:
        match step:
            case Apply(merchant=index):
                _require(bool(self.people) and index not in self.merchants, "applies", step)
                self.merchants[index] = "submitted"
            case Approve(merchant=index):
                _require(self.merchants[index] == "submitted", "approved", step)
                self.merchants[index] = "approved"
            case AddItem(item=index):
                merchant = self.plan.items[index].merchant
                _require(self.merchants.get(merchant) == "approved", "no merchant", step)
                _require(index not in self.items, "an item twice", step)
                self.items.add(index)

    def _selling(self, step: Step) -> None:
        match step:
            case SaveDraft(round=index):
                rnd = self.plan.rounds[index]
                known = {offer.item for offer in rnd.offers} <= self.items
                _require(known and step.at < rnd.cut_off_at, "drafted", step)
                self._move(index, None, "draft", step)
            case OpenRound(round=index):
                opens_at = self.plan.rounds[index].opens_at
                _require(step.at >= opens_at, "opened early", step)
                self._move(index, "draft", "open", step)
            case CloseRound(round=index):
                rnd = self.plan.rounds[index]
                _require(step.at >= rnd.cut_off_at, "closed early", step)
                self._move(index, "open", "confirmed", step)
                _require(self._reaches_minimum(rnd) is not rnd.fails, "minimum", step)
            case FailRound(round=index):
                _require(self.plan.rounds[index].fails, "given up", step)
                self._move(index, "confirmed", "failed", step)

    def _handing_out(self, step: Step) -> None:
        match step:
            case RecordArrival(round=index):
                _require(not self.plan.rounds[index].fails, "arrived", step)
                self._move(index, "confirmed", "arrived", step)
            case RecordNotCollected(round=index):
                _require(step.at >= self.plan.rounds[index].pickup_until, "window open", step)
                for order in self._waiting(index):
                    self.orders[order] = "missed"
            case CompleteRound(round=index):
                _require(not self._waiting(index), "somebody waits", step)
                self._move(index, "arrived", "completed", step)
            case _:
                raise PlanError(f"unknown step: {step}")

    def _move(self, index: int, before: str | None, after: str, step: Step) -> None:
        _require(self.rounds.get(index) == before, f"{after} from {before}", step)
        self.rounds[index] = after

    def _waiting(self, index: int) -> list[int]:
        return [
            order.index
            for order in self.orders_of[index]
            if self.orders.get(order.index) == "placed"
        ]

    def _reaches_minimum(self, rnd: RoundPlan) -> bool:
        members = self.plan.members
        people = [members[self.plan.orders[i].orderer] for i in self._waiting(rnd.index)]
        doors = {(member.building, member.unit, member.room) for member in people}
        return len(doors) >= max(1, rnd.minimum_households or 1)

    def _order(self, step: PlaceOrder | AmendOrder | CancelOrder) -> None:
        order = self.plan.orders[step.order]
        rnd = self.plan.rounds[order.round]
        open_now = self.rounds.get(order.round) == "open" and step.at < rnd.cut_off_at
        _require(open_now, "after the cut-off", step)
        if isinstance(step, PlaceOrder):
            known = {order.orderer, order.placed_by} <= self.people
            account = self.plan.members[order.placed_by].phone is not None
            _require(known and account and step.order not in self.orders, "placed", step)
            self.orders[step.order] = "placed"
            return
        _require(self.orders.get(step.order) == "placed", "changed", step)
        if isinstance(step, CancelOrder):
            self.orders[step.order] = "cancelled"

    def _after(self, step: ClaimPayment | ReceivePayment | CheckOff) -> None:
        order = self.plan.orders[step.order]
        _require(self.orders.get(step.order) in ("placed", "collected", "missed"), "ended", step)
        _require(self.rounds[order.round] in ("confirmed", "arrived", "completed"), "early", step)
        if isinstance(step, CheckOff):
            _require(self.orders[step.order] == "placed", "collected", step)
            _require(self.rounds[order.round] == "arrived", "not arrived", step)
            self.orders[step.order] = "collected"
            self.collected_at[step.order] = step.at
            return
        whole = step.amount_fen == self.plan.total_fen(order)
        _require(whole and not self.paid[step.order], "paid", step)
        if isinstance(step, ReceivePayment):
            self.paid[step.order] += step.amount_fen

    def _return(self, step: RequestReturn | DecideReturn | RefundReturn) -> None:
        ret = self.plan.returns[step.ret]
        order = self.plan.orders[ret.order]
        line = order.lines[ret.line]
        if isinstance(step, RequestReturn):
            until = self.collected_at[ret.order] + timedelta(
                hours=self.plan.group.return_window_hours
            )
            _require(self.collected_at[ret.order] < step.at < until, "window", step)
            _require(0 < ret.quantity_milli <= line.quantity_milli, "quantity", ret)
            self.returns[step.ret] = "requested"
            return
        if isinstance(step, RefundReturn):
            _require(self.returns[step.ret] == "accepted", "refunded", step)
            return
        _require(self.returns[step.ret] == "requested", "decided", step)
        price = self.plan.rounds[order.round].offers[line.offer].price_fen
        most = price * ret.quantity_milli // 1000
        _require((ret.accepted_fen or 0) <= min(most, self.paid[ret.order]), "too much", ret)
        self.returns[step.ret] = "rejected" if ret.accepted_fen is None else "accepted"
