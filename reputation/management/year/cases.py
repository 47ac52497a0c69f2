"""One complaint of a played year: its acts and their moments, each a call of the services."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from io import BytesIO
from random import Random

from merchants.services.papers import PaperFile, read_paper
from orders.management.year.dates import Clock
from orders.management.year.plan import ReturnPlan, Step, YearPlan
from orders.management.year.play import Played
from orders.models import OrderLine
from reputation.models import Panel, Seat, Suggestion
from reputation.models.panels import SEATS
from reputation.models.panels import Case as PanelCase
from reputation.services import complaint_clocks, complaints, mediation, panels, responses, rulings
from reputation.services.complaints import Said
from reputation.services.responses import Words
from reputation.services.rulings import Decision

Act = Callable[[Played], object]

_CATEGORIES = {"short": "short", "wrong": "false"}  # of the reason of a return; else quality
_BOX = (
    "UklGRhABAABXRUJQVlA4IAQBAACQGACdASpAAfAAPzmcy18vKyklICgB4CcJaQDYRvTS+QBPYB77ZOQ9"
    "9smJEREMiIiIhkRE9ERhERERDIiIiJbIiGREREQyIiImnOiIiIijoqCKri1NdERUERUEVXFbRdE+iIq6"
    "Iq6K+iyowxthEWVeqjGu81g3rHBxEP7UFcypD63s2Wq4iKgra2s1i2g9L8aERFjXWm/rezWLaX/sQy60"
    "zWLaD0trNlquIioK2trNYtoPS/GhERY11pv63s1i2l/7EMutM1i2g9LazVwAAP4THudivLrzye0wgABD"
    "lYh6tTuA9Wp3AekpFgdSrREREREOVw+Pj0IAJaEAAAF5CAAAAAAAAA=="
)
_AT_HAND = 2 * SEATS + 1  # flats that can sit: enough for a panel and for the one on appeal


class Unfit(Exception):
    """What was drawn has no room for this story."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a complaint is about, and the step after which it is made."""

    key: tuple[type[Step], int]
    at: datetime
    order: int
    line: int
    ret: ReturnPlan | None = None
    refunded_at: datetime | None = None


class Case:
    """Acts are added in order of time; `at` is the moment of the last. Hours are passed hours."""

    def __init__(self, plan: YearPlan, source: Source, rng: Random) -> None:
        self.plan = plan
        self.source = source
        self.rng = rng
        self.clock = Clock(plan.group.time_zone)
        self.order = plan.orders[source.order]
        self.against = "merchant"
        self.at = source.at
        self.made_at = source.at
        self.acts: list[tuple[datetime, Act]] = []
        self.pk = 0

    # Telling: what happens when

    def then(self, least: float, most: float, act: Callable[..., object], *args: object) -> None:
        """So many hours after the act before, or when neighbours are awake again."""
        later = self.at + timedelta(hours=self.rng.uniform(least, most))
        self._add(self.clock.awake(later, self.rng), act, *args)

    def _add(self, moment: datetime, act: Callable[..., object], *args: object) -> None:
        self.at = moment
        self.acts.append((moment, partial(self._play, act, *args)))

    def complain(
        self,
        severity: str = "light",
        *,
        category: str = "",
        against: str = "merchant",
        text: str = "",
    ) -> None:
        ret = self.source.ret
        if ret is not None:
            category, text = _CATEGORIES.get(ret.reason, "quality"), f"{ret.text}。不是头一回了。"
        self.against = against
        # Where something is to be promised, it is answered before the refund.
        self.then(0.1, 0.6 if ret else 30, self._complain, category, severity, text)
        self.made_at = self.at

    def answer(self, kind: str, text: str, least: float = 1, most: float = 15) -> None:
        self.then(least, most, self._answer, Words(kind, text))

    def remedy(self, text: str) -> None:
        """What the plan pays back is promised before it does. Raises Unfit."""
        ret, paid_at = self.source.ret, self.source.refunded_at
        if ret is None or paid_at is None or not ret.accepted_fen:
            raise Unfit
        until = min(paid_at, self.made_at + timedelta(hours=20))
        if until - self.made_at < timedelta(hours=1):
            raise Unfit
        moment = self.made_at + (until - self.made_at) * self.rng.uniform(0.2, 0.8)
        by = self.clock.local(paid_at).date() + timedelta(days=1)
        self._add(moment, self._answer, Words("remedy", text, ret.accepted_fen, by))
        self.at = paid_at

    def unanswered(self) -> None:
        """24 hours pass: the clock marks it."""
        self._add(self.made_at + timedelta(hours=24, minutes=1), self._mark)

    def press(self) -> None:
        self.then(3, 30, self._press)

    def rule(self, verdict: str, reason: str, severity: str = "", *, pressed: bool) -> None:
        """By the initiator, in time: when a side asked for it, or the 72 hours are over."""
        if pressed:
            self.press()
        least, most = (2, 40) if pressed else (73, 100)
        self.then(least, most, self._rule, Decision(verdict, reason, severity))

    def votes(self, verdict: str, reason: str, severity: str = "") -> None:
        for _seat in range(SEATS):
            self.then(1, 12, self._vote, Decision(verdict, reason, severity))

    def rate(self, least: int, most: int) -> None:
        """Two of three say how they find the end of it."""
        if self.rng.random() < 0.67:
            self.then(1, 40, self._rate, self.rng.randint(least, most))

    # Playing: each in its transaction

    def _play(self, act: Callable[..., object], *args: object) -> None:
        """The year comes last: it is added when the act is due. Nothing follows a complaint that
        could not be made."""
        if self.pk or act == self._complain:
            act(*args)

    def _user(self, year: Played) -> int:
        return year.users[self.order.orderer]

    def _accused(self, year: Played) -> int:
        if self.against == "initiator":
            return year.users[0]
        return year.owners[self.plan.rounds[self.order.round].merchant]

    def _complain(self, category: str, severity: str, text: str, year: Played) -> None:
        against_merchant = self.against == "merchant"
        offer = year.offers[self.order.round][self.order.lines[self.source.line].offer]
        line = OrderLine.objects.filter(
            order_id=year.orders[self.source.order], offer_id=offer, collected_quantity__gt=0
        ).first()
        flats = {} if against_merchant else panels.eligible(year.group_id)
        if line is None or (not against_merchant and len(set(flats.values())) < _AT_HAND):
            return
        line_id = line.pk if against_merchant else None
        made = complaints.complain(
            actor_id=year.members[self.order.orderer],
            said=Said(self.against, category, severity, text, line_id),
            request_id=year.new_request(),
        )
        self.pk = made.pk

    def _answer(self, said: Words, year: Played) -> None:
        responses.respond(
            complaint_id=self.pk,
            user_id=self._accused(year),
            said=said,
            files=[_photo()] if said.kind == "denial" else [],
            request_id=year.new_request(),
        )

    def _mark(self, year: Played) -> None:
        complaint_clocks.mark_if_due(complaint_id=self.pk)

    def settle(self, year: Played) -> None:
        mediation.settle(
            complaint_id=self.pk,
            member_id=year.members[self.order.orderer],
            user_id=self._user(year),
            request_id=year.new_request(),
        )

    def withdraw(self, year: Played) -> None:
        complaints.withdraw(
            complaint_id=self.pk,
            actor_id=year.members[self.order.orderer],
            request_id=year.new_request(),
        )

    def suggest(self, text: str, year: Played) -> None:
        mediation.suggest(
            complaint_id=self.pk,
            user_id=self._accused(year),
            side="respondent",
            text=text,
            request_id=year.new_request(),
        )

    def agree(self, year: Played) -> None:
        mediation.agree(
            complaint_id=self.pk,
            suggestion_id=Suggestion.objects.get(complaint_id=self.pk).pk,
            user_id=self._user(year),
            side="member",
            request_id=year.new_request(),
        )

    def _press(self, year: Played) -> None:
        mediation.ask_ruling(
            complaint_id=self.pk,
            user_id=self._user(year),
            side="member",
            request_id=year.new_request(),
        )

    def _rule(self, decision: Decision, year: Played) -> None:
        rulings.rule(
            complaint_id=self.pk,
            actor_id=year.initiator,
            decision=decision,
            request_id=year.new_request(),
        )

    def appeal(self, side: str, text: str, year: Played) -> None:
        """Not where too few could sit."""
        flats = panels.eligible(year.group_id)
        if len(set(flats.values())) >= _AT_HAND:
            rulings.appeal(
                complaint_id=self.pk,
                user_id=self._accused(year) if side == "respondent" else self._user(year),
                side=side,
                text=text,
                request_id=year.new_request(),
            )

    def _vote(self, decision: Decision, year: Played) -> None:
        """The next of the drawn who has not voted, until it is decided."""
        waiting = Panel.objects.filter(
            case=PanelCase.COMPLAINT, case_id=self.pk, decided_at__isnull=True
        )
        seats = Seat.objects.filter(panel__in=waiting, left_at__isnull=True, votes__isnull=True)
        seat = seats.order_by("position").first()
        if seat is not None:
            rulings.vote(
                complaint_id=self.pk,
                member_id=seat.member_id,
                decision=decision,
                request_id=year.new_request(),
            )

    def _rate(self, stars: int, year: Played) -> None:
        rulings.rate(
            complaint_id=self.pk,
            user_id=self._user(year),
            stars=stars,
            request_id=year.new_request(),
        )


@cache
def _photo() -> PaperFile:
    """What a shop shows: a picture of a brown box."""
    return read_paper(BytesIO(b64decode(_BOX)))
