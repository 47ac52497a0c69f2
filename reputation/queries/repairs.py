"""What an answer to a complaint makes good of its ruling (R6): read only, one fact."""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import COUNTED, Order, OrderStatus
from reputation.models import Complaint, Entry, Evidence, Kind, Response, Ruling, RulingRating
from reputation.models.responses import ResponseKind
from reputation.queries.facts import Fact
from reputation.queries.formula import repair_of
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
    page = standing_page_of(complaint)
    if page is None:
        return []
    answer = answer_that_counts(complaint)
    if not answer:
        return []
    households = following(complaint.group_id, page.merchant_id, at)
    return [
        Fact(
            kind=Kind.REPAIRED,
            subject=page.subject,
            about=page.subject_id,
            evidence=Evidence.RULING,
            evidence_id=page.evidence_id,
            at=max(at, page.at),
            round_id=page.round_id,
            weight_milli=repair_of(answer, households),
            repairs=page.number,
        )
    ]


def answer_that_counts(complaint: Complaint) -> str:
    """remedy, apology or explanation; "" while it was not delivered or accepted, or denied. Who
    promised a remedy is taken at her word: nothing before it came, and then all of it."""
    response = Response.objects.filter(complaint=complaint).first()
    if response is None or response.kind == ResponseKind.DENIAL:
        return ""
    if response.kind == ResponseKind.REMEDY:
        return "remedy" if response.deliveries.exists() else ""
    ratings = RulingRating.objects.filter(ruling__complaint=complaint).order_by("-pk")
    stars = ratings.values_list("stars", flat=True).first()
    if stars is None or stars < ACCEPTED_FROM:
        return ""
    return "explanation" if response.kind == ResponseKind.EXPLANATION else "apology"


def standing_page_of(complaint: Complaint) -> Entry | None:
    """The page of its ruling that was not struck out: the review's, or the first one's where the
    review found the same."""
    book = Entry.objects.of_group(complaint.group_id)
    rulings = Ruling.objects.filter(complaint=complaint).values("pk")
    pages = book.filter(kind=Kind.RULING, evidence=Evidence.RULING, evidence_id__in=rulings)
    struck = book.filter(corrects__in=pages.values("number")).values("corrects")
    return pages.exclude(number__in=struck).order_by("-number").first()


def following(group_id: int, merchant_id: int | None, at: datetime) -> int:
    """Households that ordered of the merchant, or of anybody where it is the initiator's, in rounds
    that came about, in the 180 days before."""
    orders = Order.objects.filter(
        group_id=group_id, round__status__in=COUNTED, placed_at__gt=at - FOLLOWED, placed_at__lte=at
    ).exclude(status=OrderStatus.CANCELLED)
    if merchant_id is not None:
        orders = orders.filter(round__merchant_id=merchant_id)
    return orders.order_by().values("household_id").distinct().count()
