"""Complaints of a played year: few, some about goods that came back, some about no money at all.

What a shop pays back is the year's planned return and nothing else; a remedy is promised where the
plan refunds it. Whose case would end after the year is not begun. Nothing here stops a sale, and
no sanction follows by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, repeat
from random import Random

from orders.management.year.plan import CheckOff, RefundReturn, RequestReturn, Step, YearPlan
from orders.management.year.play import Played
from reputation.management.year.cases import Case, Source, Unfit

Act = Callable[[], object]
Key = tuple[type[Step], int]
Story = Callable[[Case], None]

ONE_IN = 9  # returns: so often somebody complains about what she gave back, too
MOST = 110  # of those a year; and a third as many about other things

BEFORE_THE_END = timedelta(hours=1)  # of the year it is over


def _apologised(case: Case) -> None:
    case.complain()
    case.answer("apology", "是我们没挑好，让您白跑一趟，对不住。以后装袋前多看一遍。")
    case.then(2, 50, case.settle)
    case.rate(4, 5)


def _remedied(case: Case) -> None:
    case.complain()
    case.remedy("这一份是我们的错，对不住。钱照退，下一批换了供货的人。")
    case.then(1, 20, case.settle)
    case.rate(4, 5)


def _made_good(case: Case) -> None:
    """Paid back, and ruled all the same, so that others may read it."""
    case.complain("serious")
    case.remedy("装箱的人换了班没交代，是我们的错，对不住。钱照退，以后两个人看过才装车。")
    case.rule("upheld", "商家认了，钱也退了。", "light", pressed=True)
    case.rate(4, 5)


def _suggested(case: Case) -> None:
    case.complain()
    case.answer("explanation", "那天装车急，压着了。以后分两层装。")
    case.then(2, 30, case.suggest, "下次取货当面打开看，不好的当场换。")
    case.then(2, 30, case.agree)


def _refuted(case: Case) -> None:
    case.complain("serious")
    case.answer("denial", "出门时是好的，有照片。")
    case.rule("upheld", "同一批还有别家也退了，照片看不出是哪天拍的。", "light", pressed=True)
    case.rate(3, 5)


def _partly(case: Case) -> None:
    case.complain()
    case.answer("explanation", "天热，路上多走了半小时。")
    case.rule("partly", "天热是实情，箱子里没放冰也是实情。", "light", pressed=False)
    case.rate(3, 5)


def _answered_late(case: Case) -> None:
    case.complain()
    case.unanswered()
    case.answer("apology", "这几天没看手机，回晚了。东西不好是我们的错。", 2, 16)
    case.then(2, 40, case.settle)
    case.rate(2, 4)


def _confirmed(case: Case) -> None:
    """Found, appealed by the shop, and found again by three members."""
    case.complain("serious")
    case.answer("denial", "我们称过才装的，秤上有照片。")
    case.rule("upheld", "邻居的照片和秤都清楚。", "light", pressed=True)
    case.then(8, 100, case.appeal, "respondent", "裁定没看我们的秤。")
    case.votes("upheld", "看了两边的照片，还是少。", "light")


def _explained(case: Case) -> None:
    case.complain(category="late", text="说五点半到，等到快七点才拿到。")
    case.answer("explanation", "环路上堵了一个小时，以后提前出车，晚了先在群里说。")
    case.then(2, 50, case.settle)


def _denied(case: Case) -> None:
    """Denied, and nothing was found."""
    case.complain(category="false", text="介绍里说的产地，袋子上没看到。")
    case.answer("denial", "产地印在箱子上，附了照片。")
    case.rule("not_upheld", "箱子上的产地和介绍里的一样。", pressed=True)


def _withdrawn(case: Case) -> None:
    case.complain(category="quality", text="比上次小。")
    case.then(1, 12, case.withdraw)


def _overturned(case: Case) -> None:
    """Found by the initiator, appealed, and not found by three members."""
    case.complain(category="unfair", text="说好满两份减一块，结账没减。")
    case.answer("explanation", "那是上一团的，这一团的介绍里没有。")
    case.rule("upheld", "邻居看不出是哪一团的。", "light", pressed=False)
    case.then(8, 100, case.appeal, "respondent", "这一团的介绍里从头到尾没写过满减。")
    case.votes("not_upheld", "翻了这一团的介绍，确实没写。")


def _abusive(case: Case) -> None:
    case.complain("serious", category="quality", text="不退一半的钱，我就天天投诉。")
    case.answer("explanation", "东西没有问题，取货时当面看过。")
    case.rule("abusive", "没有证据，话里说的是要钱。", pressed=True)


def _initiator(case: Case) -> None:
    """About the initiator: three members rule."""
    case.complain(
        category="unfair", against="initiator", text="晚到十分钟就不让取，上回别人晚半小时也给了。"
    )
    case.answer("explanation", "那天要锁门了。以后晚到的都等到同一个时间。")
    case.press()
    case.votes("partly", "规矩一样才公平，团长也说了以后怎么办。", "light")


# Each once, in this order; then as often as they stand in the second list.
OF_RETURNS: tuple[Story, ...] = (
    *(_remedied, _apologised, _refuted, _suggested, _made_good, _answered_late, _partly),
    _confirmed,
)
OF_RETURNS_LATER: tuple[Story, ...] = (
    *(_remedied, _remedied, _remedied, _remedied, _apologised, _apologised, _apologised),
    *(_remedied, _suggested, _suggested, _made_good, _refuted, _partly, _answered_late),
)
OF_ORDERS: tuple[Story, ...] = (_explained, _denied, _initiator, _withdrawn, _overturned, _abusive)
OF_ORDERS_LATER: tuple[Story, ...] = (
    *(_explained, _explained, _explained, _denied, _denied, _withdrawn),
)


class Complaints:
    """A part of Voices: who complains when, and what comes of it, is drawn before the year."""

    def __init__(self, plan: YearPlan) -> None:
        self.plan = plan
        self.rng = Random(f"complaints {plan.group.slug} {plan.seed}")  # noqa: S311
        self.coming: dict[Key, Case] = {}
        self.end = plan.steps[-1].at - BEFORE_THE_END
        self.busy: set[int] = set()  # a member complains once a year, at most
        returns, orders = self._sources()
        wanted = min(MOST, -(-len(returns) // ONE_IN))
        self._draw(returns, wanted, chain(OF_RETURNS, self._drawn(OF_RETURNS_LATER)))
        self._draw(orders, -(-wanted // 3), chain(OF_ORDERS, self._drawn(OF_ORDERS_LATER)))

    def after(self, step: Step, year: Played) -> Iterator[tuple[datetime, Act]]:
        key = _key(step)
        if key in self.coming:
            for moment, act in self.coming[key].acts:
                yield moment, partial(act, year)

    def _drawn(self, stories: Sequence[Story]) -> Iterator[Story]:
        return (self.rng.choice(stories) for _again in repeat(None))

    def _sources(self) -> tuple[list[Source], list[Source]]:
        """Goods that came back and were paid for; goods that did not. Of members with a phone."""
        plan = self.plan
        refunds = {step.ret: step.at for step in plan.steps if isinstance(step, RefundReturn)}
        given_back = {ret.order for ret in plan.returns}
        returns, orders = [], []
        for step in plan.steps:
            if isinstance(step, RequestReturn) and step.ret in refunds:
                ret = plan.returns[step.ret]
                found = Source(
                    (RequestReturn, step.ret), step.at, ret.order, ret.line, ret, refunds[step.ret]
                )
                returns.append(found)
            elif isinstance(step, CheckOff) and step.order not in given_back:
                orders.append(Source((CheckOff, step.order), step.at, step.order, 0))
        return [*filter(self._may, returns)], [*filter(self._may, orders)]

    def _may(self, source: Source) -> bool:
        """Not the initiator's household, and whoever ordered has an account."""
        member, leader = (self.plan.members[index] for index in (self._orderer(source), 0))
        flats = {(who.building, who.unit, who.room) for who in (member, leader)}
        return member.phone is not None and len(flats) == 2

    def _draw(self, sources: list[Source], wanted: int, stories: Iterator[Story]) -> None:
        """A story for each of the first that have room for it before the year ends."""
        self.rng.shuffle(sources)
        for _number in range(wanted):
            story = next(stories)
            free = (source for source in sources if self._orderer(source) not in self.busy)
            case = next(filter(None, (self._told(story, source) for source in free)), None)
            if case is not None:
                self.busy.add(self._orderer(case.source))
                self.coming[case.source.key] = case

    def _orderer(self, source: Source) -> int:
        return self.plan.orders[source.order].orderer

    def _told(self, story: Story, source: Source) -> Case | None:
        case = Case(self.plan, source, self.rng)
        try:
            story(case)
        except Unfit:
            return None
        return case if case.at < self.end else None


def _key(step: Step) -> Key | None:
    if isinstance(step, RequestReturn):
        return RequestReturn, step.ret
    return (CheckOff, step.order) if isinstance(step, CheckOff) else None
