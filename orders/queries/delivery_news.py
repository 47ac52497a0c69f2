"""What the news of goods needs: announced, short, held, let go; for handlers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, JSONObject

from groups.models import Mandate
from merchants.models import MerchantStaff
from orders.models import (
    BatchPart,
    DeliveryLine,
    DeliveryNotice,
    HelperLink,
    Hold,
    HoldKind,
    Order,
    OrderLine,
    Round,
    ShortfallLine,
)
from orders.queries.notices import Buyer, by_buyer, collector, owner_of, rows_of


@dataclass(frozen=True, slots=True)
class AnnouncedNews:
    notice: DeliveryNotice
    round: Round
    initiator_id: int | None


def announced_news(notice_id: int) -> AnnouncedNews:
    """An announcement with round, group and pick-up point, and the initiator's account."""
    in_office = Mandate.objects.filter(group_id=OuterRef("group_id"), ended_at__isnull=True)
    notice: Any = (
        DeliveryNotice.objects.select_related("round__group", "round__pickup_point")
        .annotate(initiator_user_id=Subquery(in_office.values("membership__user_id")[:1]))
        .get(pk=notice_id)
    )
    return AnnouncedNews(notice, notice.round, notice.initiator_user_id)


@dataclass(frozen=True, slots=True)
class ShortNews:
    """One order of a shortfall; `goods`: name, unit, how much in all and how much of hers;
    `held`: some of hers cannot be fetched now."""

    order: Order
    slug: str
    user_ids: list[int]
    goods: list[dict[str, str]]
    held: bool


def short_news(order_id: int, shortfall_id: int) -> ShortNews:
    """Two queries. Told are the member, and who said to pay for her."""
    order = Order.objects.select_related("member", "placed_by", "round__group").get(pk=order_id)
    in_all: dict[str, Any] = defaultdict(int)
    hers, held = [], False
    lines = ShortfallLine.objects.filter(shortfall_id=shortfall_id).order_by("pk")
    for name, unit, of_order, less, stays in lines.values_list(
        "line__offer__name",
        "line__offer__unit",
        "order_id",
        F("before") - F("after"),
        Exists(_stops_of(order.round_id)),
    ):
        in_all[name] += less
        if of_order == order_id:
            hers.append((name, unit, less))
            held = held or stays
    payer = order.placed_by if order.proxy_pays else order.member
    accounts = {order.member.user_id, payer.user_id}
    return ShortNews(
        order=order,
        slug=order.round.group.slug,
        user_ids=[user_id for user_id in accounts if user_id is not None],
        goods=[
            {"name": name, "unit": unit, "all": f"{abs(in_all[name])}", "mine": f"{abs(less)}"}
            for name, unit, less in hers
        ],
        held=held,
    )


def _stops_of(round_id: int) -> QuerySet[Hold]:
    """What stops the line of a ShortfallLine now: its round, its offer, or a batch it has of."""
    of_line = BatchPart.objects.filter(
        batch_id=OuterRef("batch_id"), line_id=OuterRef(OuterRef("line_id"))
    )
    return Hold.objects.standing(round_id).filter(
        Q(offer__isnull=True) | Q(offer_id=OuterRef("line__offer_id")),
        Q(batch__isnull=True) | Exists(of_line),
    )


@dataclass(frozen=True, slots=True)
class HoldNews:
    """A stop with its round at hand, and the accounts of the merchant's staff."""

    hold: Hold
    round: Round
    item: str
    staff_ids: list[int]
    owner_id: int | None


def hold_news(hold_id: int) -> HoldNews:
    staff = MerchantStaff.objects.filter(merchant_id=OuterRef("round__merchant_id"))
    hold: Any = (
        Hold.objects.select_related("offer", "batch", "round__group", "round__pickup_point")
        .annotate(
            staff_ids=ArraySubquery(staff.order_by("pk").values("user_id")),
            owner_id=owner_of("round__merchant_id"),
        )
        .get(pk=hold_id)
    )
    return HoldNews(hold, hold.round, hold.what, hold.staff_ids, hold.owner_id)


def waiting_for(hold: Hold) -> list[Buyer]:
    """Who fetches what is stopped or let go: of the round, the offer, or the batch; of what may be
    unsafe, who has not fetched all of it."""
    orders = Order.objects.live().filter(group_id=hold.group_id, round_id=hold.round_id)
    if hold.offer_id is None:
        orders = orders.with_goods()
    else:
        lines = OrderLine.objects.filter(offer_id=hold.offer_id, billed_quantity__gt=0)
        if hold.kind == HoldKind.COMPLAINT:
            lines = lines.filter(collected_quantity__lt=F("billed_quantity"))
        if hold.batch_id is not None:
            parts = BatchPart.objects.filter(batch_id=hold.batch_id)
            lines = lines.filter(pk__in=parts.values("line_id"))
        orders = orders.filter(pk__in=lines.values("order_id"))
    return by_buyer(rows_of(orders, account=collector()))


@dataclass(frozen=True, slots=True)
class MissingNews:
    """What a helper did not find in a bag; `goods`: name, unit, how much is left of it."""

    order: Order
    who: str
    goods: list[dict[str, str]]


def missing_news(order_id: int, helper_id: int, lines: Mapping[str, str]) -> MissingNews:
    """One query."""
    missing = OrderLine.objects.filter(
        group_id=OuterRef("group_id"), order_id=OuterRef("pk"), pk__in=[int(pk) for pk in lines]
    ).order_by("offer__position", "pk")
    parts = JSONObject(pk=Cast("pk", TextField()), name="offer__name", unit="offer__unit")
    order: Any = (
        Order.objects.select_related("round__group")
        .annotate(helper_name=_helper(helper_id), goods=ArraySubquery(missing.values(data=parts)))
        .get(pk=order_id)
    )
    goods = [{**part, "left": lines[part.pop("pk")]} for part in order.goods]
    return MissingNews(order=order, who=order.helper_name, goods=goods)


def to_share_news(round_id: int, helper_id: int | None) -> tuple[Round, str]:
    """A round whose goods wait to be shared out, and what it says on the counting helper's link;
    empty for none. One query."""
    rnd: Any = (
        Round.objects.select_related("group")
        .annotate(helper_name=_helper(helper_id))
        .get(pk=round_id)
    )
    return rnd, rnd.helper_name or ""


def _helper(link_id: int | None) -> Subquery:
    names = HelperLink.objects.filter(group_id=OuterRef("group_id"), pk=link_id or 0)
    return Subquery(names.values("name"))


def short_goods(round_id: int) -> list[dict[str, str]]:
    """What came short or damaged, for the merchant: name, unit, how much is missing."""
    lines = DeliveryLine.objects.filter(delivery__round_id=round_id).select_related("offer")
    return [
        {
            "name": line.offer.name,
            "unit": line.offer.unit,
            "short": f"{line.short}",
            "damaged": f"{line.damaged}",
        }
        for line in lines.order_by("offer__position", "pk")
        if line.short or line.damaged
    ]
