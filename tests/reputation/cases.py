"""What the tests of complaints share: goods that were fetched, and who says what of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from groups.models import Membership
from merchants.models import MerchantStaff
from merchants.services.papers import PaperFile
from orders.models import Order
from orders.services.stops import stop_sale
from reputation.models import Complaint, Entry, Seat, Suggestion
from reputation.services import complaint_clocks, complaints, mediation, responses, rulings
from reputation.services.complaints import Said
from reputation.services.responses import Words
from reputation.services.rulings import Decision
from tests.core.test_images import picture
from tests.factories import make_member, make_round, make_user
from tests.orders.stages import Stage, at, line_of, make_stage
from tuangou.core import events

HOUR = timedelta(hours=1)
PHOTO = PaperFile(picture().getvalue(), "image/webp", "0" * 64)


@dataclass
class Scene:
    """A member whose goods were handed over; `start` is when complaining begins."""

    stage: Stage
    order: Order

    @property
    def start(self) -> datetime:
        return self.stage.pickup + HOUR

    @property
    def staff_id(self) -> int:
        merchant = self.stage.round.merchant
        staff = MerchantStaff.objects.filter(merchant=merchant).first()
        if staff is None:
            staff = MerchantStaff.objects.create(
                merchant=merchant, user=make_user("马老板"), role="owner"
            )
        return staff.user_id

    def neighbours(self, n: int = 5) -> list[Membership]:
        return [make_member(self.stage.group, f"邻居{i}") for i in range(n)]

    def complain(self, when: datetime | None = None, **fields: Any) -> Complaint:
        said: dict[str, Any] = {
            "against": "merchant",
            "category": "quality",
            "severity": "serious",
            "text": "牛腩一股味",
            "line_id": line_of(self.order).pk,
        }
        files = fields.pop("files", ())
        actor = fields.pop("actor", self.stage.member)
        if fields.get("against") == "initiator":
            said["line_id"] = None
        with at(when or self.start):
            return complaints.complain(
                actor_id=actor.pk,
                said=Said(**(said | fields)),
                files=files,
                request_id=uuid4(),
            )

    def answer(
        self, complaint: Complaint, kind: str = "apology", *, after: timedelta = HOUR, **fields: Any
    ) -> Complaint:
        said: dict[str, Any] = {"kind": kind, "text": "装车时压坏了，对不起。"}
        if kind == "remedy":
            said |= {"remedy_fen": 3800, "remedy_by": day_of(complaint)}
        files = fields.pop("files", (PHOTO,) if kind == "denial" else ())
        user_id = fields.pop("user_id", self.staff_id)
        with at(complaint.made_at + after):
            return responses.respond(
                complaint_id=complaint.pk,
                user_id=user_id,
                said=Words(**(said | fields)),
                files=files,
                request_id=uuid4(),
            )

    def settle(self, complaint: Complaint, after: timedelta = 2 * HOUR) -> Complaint:
        with at(complaint.made_at + after):
            return mediation.settle(
                complaint_id=complaint.pk,
                member_id=complaint.made_by_id,
                user_id=self.stage.member.user_id or 0,
                request_id=uuid4(),
            )

    def confirm(self, complaint: Complaint, after: timedelta = 2 * HOUR) -> Complaint:
        with at(complaint.made_at + after):
            return responses.confirm_remedy(
                complaint_id=complaint.pk,
                user_id=self.stage.member.user_id or 0,
                request_id=uuid4(),
            )

    def rate(self, complaint: Complaint, stars: int = 4, after: timedelta = 3 * HOUR) -> Complaint:
        with at(complaint.made_at + after):
            return rulings.rate(
                complaint_id=complaint.pk,
                user_id=self.stage.member.user_id or 0,
                stars=stars,
                request_id=uuid4(),
            )

    def withdraw(self, complaint: Complaint, after: timedelta = HOUR) -> Complaint:
        with at(complaint.made_at + after):
            return complaints.withdraw(
                complaint_id=complaint.pk, actor_id=complaint.made_by_id, request_id=uuid4()
            )

    def suggest(
        self, complaint: Complaint, side: str = "initiator", after: timedelta = HOUR / 2
    ) -> Suggestion:
        with at(complaint.made_at + after):
            mediation.suggest(
                complaint_id=complaint.pk,
                user_id=self.stage.payee_id,
                side=side,
                text="退一半，下次送一斤",
                request_id=uuid4(),
            )
        return complaint.suggestions.latest("pk")

    def press(self, complaint: Complaint, after: timedelta = 2 * HOUR) -> Complaint:
        """She sees no agreement: it may be ruled from then on."""
        with at(complaint.made_at + after):
            return mediation.ask_ruling(
                complaint_id=complaint.pk,
                user_id=self.stage.member.user_id or 0,
                side="member",
                request_id=uuid4(),
            )

    def rule(
        self,
        complaint: Complaint,
        verdict: str = "upheld",
        severity: str = "serious",
        *,
        after: timedelta = 3 * HOUR,
        **fields: Any,
    ) -> Complaint:
        with at(complaint.made_at + after):
            return rulings.rule(
                complaint_id=complaint.pk,
                actor_id=self.stage.initiator.pk,
                decision=Decision(verdict, "照片看得清", severity, **fields),
                request_id=uuid4(),
            )

    def appeal(self, complaint: Complaint, after: timedelta = 10 * HOUR) -> Complaint:
        with at(complaint.made_at + after):
            return rulings.appeal(
                complaint_id=complaint.pk,
                user_id=self.staff_id,
                side="respondent",
                text="照片不是我家的货",
                request_id=uuid4(),
            )

    def vote(
        self,
        complaint: Complaint,
        member_id: int,
        verdict: str,
        severity: str = "",
        *,
        after: timedelta = 20 * HOUR,
    ) -> Complaint:
        with at(complaint.made_at + after):
            return rulings.vote(
                complaint_id=complaint.pk,
                member_id=member_id,
                decision=Decision(verdict, "看了两边的话", severity),
                request_id=uuid4(),
            )

    def scan(self, moment: datetime) -> list[tuple[int, list[str]]]:
        """What the beat does at a moment."""
        with at(moment):
            due = complaint_clocks.due_complaints()
            return [(pk, complaint_clocks.mark_if_due(complaint_id=pk)) for pk in due]

    def pages(self, kinds: Iterable[str] = ()) -> list[tuple[str, int]]:
        """Kinds and weights of the ledger's pages about complaints, in order."""
        events.drain(self.stage.group.pk)
        found = Entry.objects.of_group(self.stage.group.pk).order_by("number")
        found = found.filter(evidence__startswith="reputation_")
        if kinds:
            found = found.filter(kind__in=kinds)
        return list(found.values_list("kind", "weight_milli"))


def make_scene() -> Scene:
    stage = make_stage()
    return Scene(stage, stage.collected(quantity=2))


def day_of(complaint: Complaint) -> date:
    with transaction.atomic():
        return complaint.group.local(complaint.made_at).date() + timedelta(days=3)


def a_whole_case(stage: Stage, order: Order) -> Complaint:
    """One row in each table of this: late, answered with a remedy that came, suggested about,
    ruled, rated, appealed against, voted on; and goods that are stopped."""
    scene = Scene(stage, order)
    scene.neighbours()
    made = scene.complain(files=[PHOTO])
    scene.scan(made.made_at + 24 * HOUR)
    scene.suggest(made, after=25 * HOUR)
    scene.answer(made, "remedy", after=26 * HOUR)
    scene.confirm(made, after=27 * HOUR)
    scene.press(made, after=28 * HOUR)
    scene.rule(made, after=29 * HOUR)
    scene.rate(made, 3, after=30 * HOUR)
    with at(made.made_at + 30 * HOUR):
        stop_sale(
            group_id=made.group_id,
            item_id=line_of(order).offer.item_id,
            complaint_no=made.number,
            user_id=None,
            at=made.made_at,
        )
    scene.appeal(made, after=31 * HOUR)
    seat = Seat.objects.filter(group=stage.group).earliest("position")
    scene.vote(made, seat.member_id, "upheld", "light", after=32 * HOUR)
    return made


def everything_of_complaints(stage: Stage) -> None:
    """One is late, bargained over, ruled, appealed and looked at again; one is settled, one taken
    back, one not ruled in time. Told after each step."""
    with at(stage.start):
        rnd = make_round(stage.group, merchant=stage.round.merchant, title="周三羊肉团")
    there = replace(stage, round=rnd)
    scene = Scene(there, there.collected())
    scene.neighbours()
    group_id = stage.group.pk

    def told(*acts: Callable[[], object]) -> None:
        for act in acts:
            act()
            events.drain(group_id)

    made = scene.complain()
    told(
        lambda: scene.scan(made.made_at + 24 * HOUR),
        lambda: scene.suggest(made, after=25 * HOUR),
        lambda: scene.answer(made, after=26 * HOUR),
        lambda: scene.press(made, after=27 * HOUR),
        lambda: scene.rule(made, after=28 * HOUR),
        lambda: scene.appeal(made, after=29 * HOUR),
    )
    for seat in Seat.objects.filter(panel__case_id=made.pk).order_by("position")[:2]:
        scene.vote(made, seat.member_id, "not_upheld", after=30 * HOUR)
        events.drain(group_id)
    second = scene.complain(made.made_at + 48 * HOUR)
    told(
        lambda: scene.answer(second, "remedy"),
        lambda: scene.confirm(second),
        lambda: scene.settle(second),
        lambda: scene.rate(second),
    )
    told(lambda: scene.withdraw(scene.complain(made.made_at + 96 * HOUR)))
    last = scene.complain(made.made_at + 150 * HOUR)
    told(lambda: scene.scan(last.rule_due_at))
