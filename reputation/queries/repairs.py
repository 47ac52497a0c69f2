"""What an answer to a complaint makes good of its ruling (R6): read only, one fact."""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import COUNTED, Order, OrderStatus
from reputation.models import Complaint, Entry, Evidence, Kind, Response, Ruling, RulingRating
from reputation.models.responses import ResponseKind
from reputation.models.rulings import FOUND
from reputation.models.weights import repair_of
from reputation.queries.facts import Fact
from tuangou.core.models import Event

FOLLOWED = timedelta(days=180)
# So many stars of the complainant for the outcome mean that she accepts the answer.
ACCEPTED_FROM = 4


def of_event(event: Event) -> list[Fact]:
    """`remedy.delivered`, `complaint.rated`, `.ruled`, `.reviewed`: whatever came last."""
    return of_complaint(event.subject_id, at=event.happened_at)


def of_complaint(complaint_id: int, *, at: datetime) -> list[Fact]:
    """A remedy that came, or an apology or explanation that the complainant accepts, gives back a
    part of what the ruling that stands took. Nothing without such a ruling, or for a denial.

    At most six queries.
    """
    complaint = Complaint.objects.get(pk=complaint_id)
    ruling = Ruling.objects.filter(complaint=complaint).order_by("-instance").first()
    if ruling is None or ruling.verdict not in FOUND:
        return []
    answer, page = answer_that_counts(complaint, ruling), page_of(ruling)
    if not answer or page is None:
        return []
    households = following(complaint.group_id, page.merchant_id, at)
    return [
        Fact(
            kind=Kind.REPAIRED,
            subject=page.subject,
            about=page.subject_id,
            evidence=Evidence.RULING,
            evidence_id=ruling.pk,
            at=max(at, page.at),
            round_id=page.round_id,
            weight_milli=repair_of(answer, households),
            repairs=page.number,
        )
    ]


def answer_that_counts(complaint: Complaint, ruling: Ruling) -> str:
    """remedy, apology or explanation; "" while it was not delivered or accepted, or denied."""
    response = Response.objects.filter(complaint=complaint).first()
    if response is None or response.kind == ResponseKind.DENIAL:
        return ""
    if response.kind == ResponseKind.REMEDY and response.deliveries.exists():
        return "remedy"
    stars = RulingRating.objects.filter(ruling=ruling).values_list("stars", flat=True).first()
    if stars is None or stars < ACCEPTED_FROM:
        return ""
    return "explanation" if response.kind == ResponseKind.EXPLANATION else "apology"


def page_of(ruling: Ruling) -> Entry | None:
    """The page of this ruling, unless it was struck out."""
    pages = Entry.objects.of_group(ruling.group_id).filter(kind=Kind.RULING)
    page = pages.filter(evidence=Evidence.RULING, evidence_id=ruling.pk).first()
    if page is None or Entry.objects.of_group(ruling.group_id).filter(corrects=page.number):
        return None
    return page


def following(group_id: int, merchant_id: int | None, at: datetime) -> int:
    """Households that ordered of the merchant, or of anybody where it is the initiator's, in rounds
    that came about, in the 180 days before."""
    orders = Order.objects.filter(
        group_id=group_id, round__status__in=COUNTED, placed_at__gt=at - FOLLOWED, placed_at__lte=at
    ).exclude(status=OrderStatus.CANCELLED)
    if merchant_id is not None:
        orders = orders.filter(round__merchant_id=merchant_id)
    return orders.order_by().values("household_id").distinct().count()
