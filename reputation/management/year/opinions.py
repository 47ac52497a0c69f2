"""Ratings, answers and comments of a played year: some neighbours rate often, most seldom; each
shop has its own quality, and what was given back is rated for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random

from orders.management.year.plan import CheckOff, CompleteRound, PublishMonth, Step, YearPlan
from orders.management.year.play import Played
from orders.models import OrderLine
from reputation.models import Rating
from reputation.queries.words import usual
from reputation.services import comments, ratings
from reputation.services.ratings import Opinion

Act = Callable[[], object]
Draft = tuple[int, int, tuple[str, ...], str]

_HABITS = (0.02, 0.06, 0.12, 0.4)  # how often a household rates what it fetched
_QUALITY = (  # how often five, four … one star
    (70, 22, 6, 1, 1),
    (55, 30, 10, 3, 2),
    (40, 33, 17, 6, 4),
    (20, 25, 25, 18, 12),
)
_SHOPS = (5, 8, 4, 1)
_GIVEN_BACK = (1, 1, 2, 2, 3)
_BAD = frozenset(
    {
        *("不新鲜", "分量少", "筋多", "偏肥", "偏咸", "偏甜", "偏油", "带泥", "偏酸", "有磕碰"),
        *("腥味重", "有破的", "有碎米", "皮厚", "偏干", "受潮", "跟图不一样"),
    }
)
_PRAISE = ("家里人都说好", "比店里新鲜", "分量实在，下次还买", "炖了一锅，很香", "孩子爱吃")
_MIXED = ("还行，没想的那么好", "跟上次差不多", "价钱还可以")
_BLAME = ("这次不如上次", "有两个是坏的", "切得太厚", "等了很久，东西也一般")
_ANSWERS = ("谢谢提醒，下一批挑好的", "是我们没装好，下次加一层", "记下了，下次注意")
_COMMENTS = ("今天排队快", "货比上次好", "谁拿错袋子了，说一声", "下周还开吗", "谢谢团长")


class Opinions:
    """A part of Voices."""

    def __init__(self, plan: YearPlan) -> None:
        self.plan = plan
        self.rng = Random(f"opinions {plan.group.slug} {plan.seed}")  # noqa: S311
        self.habits = [self.rng.choice(_HABITS) for _member in plan.members]
        self.quality = [self.rng.choices(_QUALITY, _SHOPS)[0] for _merchant in plan.merchants]
        self.returned: dict[int, set[int]] = defaultdict(set)
        for ret in plan.returns:
            self.returned[ret.order].add(ret.line)

    def after(self, step: Step, year: Played) -> Iterator[tuple[datetime, Act]]:
        if isinstance(step, CheckOff):
            yield from self._rates(step, year)
        elif isinstance(step, CompleteRound):
            yield from self._comments(step, year)
        if isinstance(step, CompleteRound | PublishMonth):
            scan = partial(ratings.enter_settled, group_id=year.group_id)
            yield step.at + timedelta(minutes=1), scan

    def _rates(self, step: CheckOff, year: Played) -> Iterator[tuple[datetime, Act]]:
        order = self.plan.orders[step.order]
        hers = bool(self.plan.members[order.orderer].phone)
        often = self.habits[order.orderer] + (0.3 if step.order in self.returned else 0)
        if not hers or self.rng.random() >= often:
            return
        drafts = self._drafts(step.order)
        after = timedelta(hours=3 + self.rng.expovariate(1 / 30))
        when = step.at + min(after, timedelta(days=20))
        yield when, partial(self._rate, step.order, drafts, year)
        if self.rng.random() < 0.5 and any(stars <= 2 for _offer, stars, _words, _text in drafts):
            later = when + timedelta(hours=self.rng.uniform(2, 40))
            yield later, partial(self._answer, step.order, year)

    def _drafts(self, index: int) -> list[Draft]:
        """What is to be said of each line: offer, stars, words, text."""
        order, rng = self.plan.orders[index], self.rng
        rnd = self.plan.rounds[order.round]
        drafts = []
        for place, line in enumerate(order.lines):
            of_five = self.quality[rnd.merchant]
            poor = place in self.returned[index]
            stars = rng.choice(_GIVEN_BACK) if poor else rng.choices(range(5, 0, -1), of_five)[0]
            category = self.plan.items[rnd.offers[line.offer].item].category
            words = [word for word in usual(category) if (word in _BAD) == (stars < 3)]
            chosen = rng.sample(words, min(rng.choice((0, 0, 1, 2, 3)), len(words)))
            texts = _PRAISE if stars > 3 else _MIXED if stars == 3 else _BLAME
            text = rng.choice(texts) if rng.random() < 0.25 else ""
            drafts.append((line.offer, stars, tuple(chosen), text))
        return drafts

    def _rate(self, index: int, drafts: list[Draft], year: Played) -> None:
        order = self.plan.orders[index]
        found = OrderLine.objects.filter(order_id=year.orders[index], collected_quantity__gt=0)
        lines = dict(found.values_list("offer_id", "pk"))
        offers = year.offers[order.round]
        opinions = [
            Opinion(lines[offers[offer]], stars, words, text)
            for offer, stars, words, text in drafts
            if offers[offer] in lines
        ]
        if opinions:
            ratings.rate(
                order_id=year.orders[index],
                actor_id=year.members[order.orderer],
                opinions=opinions,
                anonymous=self.rng.random() < 0.1,
                request_id=year.new_request(),
            )

    def _answer(self, index: int, year: Played) -> None:
        """The shop says something to what was not good."""
        poor = Rating.objects.filter(line__order_id=year.orders[index], stars__lte=2).first()
        if poor is not None:
            owner = year.owners[self.plan.rounds[self.plan.orders[index].round].merchant]
            ratings.answer(rating_id=poor.pk, user_id=owner, text=self.rng.choice(_ANSWERS))

    def _comments(self, step: CompleteRound, year: Played) -> Iterator[tuple[datetime, Act]]:
        if self.rng.random() < 0.3:
            who = self.rng.choice([i for i in year.members if self.plan.members[i].phone])
            yield (
                step.at + timedelta(hours=self.rng.uniform(1, 5)),
                partial(
                    comments.comment,
                    round_id=year.rounds[step.round],
                    actor_id=year.members[who],
                    text=self.rng.choice(_COMMENTS),
                ),
            )
