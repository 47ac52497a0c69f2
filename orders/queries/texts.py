"""Ready words for the chat: what the initiator copies into WeChat (ux 1.5). Never room or phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from string import ascii_uppercase

from django.utils.translation import gettext as _

from orders.models import (
    DeliveryLine,
    Hold,
    HoldKind,
    Offer,
    Order,
    OrderStatus,
    Round,
    RoundStatus,
)
from orders.queries.claims import SEEN, claim_on
from orders.queries.holds import standing_holds
from orders.queries.payments import money_by_order
from tuangou.core.templatetags.money import discount, yuan
from tuangou.core.templatetags.times import span, when

LONGEST_LIST = 60


def opening_text(rnd: Round, *, url: str) -> str:
    """Title, price lines with letters, cut-off, pick-up, the link, and how to order without it."""
    zone = rnd.group.time_zone
    lines = ["#接龙", f"【{rnd.title}】{rnd.merchant.brand}"]
    offers = list(Offer.objects.of_round(rnd.pk).annotate(seen=SEEN))
    for letter, offer in zip(ascii_uppercase, offers, strict=False):
        left = offer.left
        lines.append(
            f"{letter} {offer.name} {yuan(offer.price_fen)}/{offer.unit}"
            + _against_store(offer, zone)
            + ("" if left is None else _("剩%(left)s%(unit)s") % _stock(left, offer.unit))
        )
    lines += [
        _("截单 %(cut_off)s｜自提 %(pickup)s %(place)s")
        % {
            "cut_off": when(rnd.cut_off_at, zone),
            "pickup": span(rnd.pickup_from, rnd.pickup_until, zone),
            "place": rnd.pickup_point.name,
        },
        _("下单 %(url)s") % {"url": url},
        _("不用链接也行，照写：姓名 3-502 A2 B1"),
        "",
        "1.",
    ]
    return "\n".join(lines)


def _against_store(offer: Offer, zone: str) -> str:
    """（店价¥45.00，8.4折，邻居看过）; nothing where nobody saw it (M6)."""
    if not claim_on(offer, zone).holds:
        return ""
    return _("（店价%(store)s，%(off)s，邻居看过）") % {
        "store": yuan(offer.store_price_fen),
        "off": discount(offer.price_fen, offer.store_price_fen),
    }


def progress_text(rnd: Round, *, url: str) -> str:
    """Only what is new: how many households, how many are missing, what is left."""
    households = Order.objects.live().filter(round=rnd).values("household_id").distinct().count()
    if rnd.minimum_households and households < rnd.minimum_households:
        first = _("%(title)s：已有%(n)s户，还差%(missing)s户起送。") % {
            "title": rnd.title,
            "n": households,
            "missing": rnd.minimum_households - households,
        }
    else:
        first = _("%(title)s：已有%(n)s户。") % {"title": rnd.title, "n": households}
    left = [
        _("%(name)s剩%(left)s%(unit)s") % ({"name": o.name} | _stock(o.left, o.unit))
        for o in Offer.objects.of_round(rnd.pk)
        if o.left is not None
    ]
    cut_off = _("%(at)s 截单。") % {"at": when(rnd.cut_off_at, rnd.group.time_zone)}
    middle = "，".join(left) + "。" if left else ""
    return f"{first}{middle}{cut_off}\n{url}"


def last_call_text(rnd: Round, *, url: str) -> str:
    """Who has not ordered still may: till when, and what is left."""
    return "\n".join([_("快截单了！"), progress_text(rnd, url=url)])


def cut_off_text(rnd: Round) -> str:
    """It works out: pay, and when to fetch."""
    return _("%(title)s已截单，成团了。付款备注写自己的码。自提 %(pickup)s，%(place)s。") % {
        "title": rnd.title,
        "pickup": span(rnd.pickup_from, rnd.pickup_until, rnd.group.time_zone),
        "place": rnd.pickup_point.name,
    }


def coming_text(rnd: Round, start: datetime, end: datetime) -> str:
    """When the merchant says that the goods come."""
    return _("%(title)s预计 %(window)s 到货，到了再说一声。") % {
        "title": rnd.title,
        "window": span(start, end, rnd.group.time_zone),
    }


def ended_text(rnd: Round) -> str:
    """It failed or was cancelled: why, and that what was paid comes back."""
    if rnd.status == RoundStatus.CANCELLED:
        words = _("%(title)s取消了：%(reason)s。付过的会退。")
        return words % {"title": rnd.title, "reason": rnd.cancel_reason}
    return _("%(title)s没到起团量，不团了。付过的会退。") % {"title": rnd.title}


def thanks_text(rnd: Round) -> str:
    """The day after: thanks, and where to say what was wrong."""
    return _("%(title)s都取走了，谢谢邻居。有少的、坏的，在自己那一单里说。") % {"title": rnd.title}


def arrived_text(rnd: Round) -> str:
    """When, where, and what to bring."""
    zone = rnd.group.time_zone
    return _("%(title)s到货了：%(pickup)s，%(place)s。报楼栋房号或出示取货码。") % {
        "title": rnd.title,
        "pickup": span(rnd.pickup_from, rnd.pickup_until, zone),
        "place": rnd.pickup_point.name,
    }


def short_text(rnd: Round) -> str:
    """What did not come, in one line each; empty where all is there."""
    counted = DeliveryLine.objects.filter(delivery__round_id=rnd.pk).select_related("offer")
    lines = [line for line in counted.order_by("offer__position", "pk") if line.short]
    if not lines:
        return ""
    goods = [
        _("%(name)s少到 %(q)s%(unit)s")
        % {"name": line.offer.name, "q": f"{line.short.normalize():f}", "unit": line.offer.unit}
        for line in lines
    ]
    if any(line.unshared is not None for line in lines):
        return _("%(goods)s。怎么分马上定，先别急着取这样。") % {"goods": "，".join(goods)}
    return _("%(goods)s。少拿的邻居，应付里已经扣掉，自己的单里看得到。") % {
        "goods": "，".join(goods)
    }


def held_text(rnd: Round, hold: Hold) -> str:
    """What is not handed out for now, and why."""
    words = {"title": rnd.title, "what": hold.what, "why": hold.said}
    if hold.kind == HoldKind.COMPLAINT:
        return _("%(title)s的%(what)s先不发：%(why)s。有了结果再说一声。") % words
    if hold.what:
        return _("%(title)s的%(what)s先不发：%(why)s。等团长决定，再说一声。") % words
    return _("%(title)s先不发：%(why)s。等团长决定，再说一声。") % words


def released_text(rnd: Round, what: str) -> str:
    """What can be fetched after all."""
    return _("%(title)s的%(what)s放行了：%(pickup)s，%(place)s 来取。") % {
        "title": rnd.title,
        "what": what,
        "pickup": span(rnd.pickup_from, rnd.pickup_until, rnd.group.time_zone),
        "place": rnd.pickup_point.name,
    }


def delivery_text(rnd: Round, standing: Sequence[Hold]) -> str:
    """Ready for the chat on the delivery page: that it came, what is stopped, what is short."""
    if rnd.status != RoundStatus.ARRIVED:
        return ""
    stopped = [held_text(rnd, hold) for hold in standing if hold.kind != HoldKind.SHARES]
    whole = any(hold.offer_id is None for hold in standing)
    first = [] if whole else [arrived_text(rnd)]
    return "\n".join(filter(None, [*first, *stopped, short_text(rnd)]))


def unpaid_text(rnd: Round) -> str:
    """Who has not paid, by building and masked nickname, never amounts."""
    orders = list(Order.objects.live().filter(round=rnd).order_by("number"))
    books = money_by_order([o.pk for o in orders])
    rows = [o for o in orders if books[o.pk].owed_fen and not books[o.pk].claimed_fen]
    return _listed(rnd, rows, _("%(title)s还没付的，转账备注写各自的码：") % {"title": rnd.title})


def waiting_text(rnd: Round) -> str:
    """Who has not collected yet."""
    orders = Order.objects.filter(round=rnd, status=OrderStatus.PLACED).order_by("number")
    return _listed(rnd, list(orders), _("%(title)s还没来取的：") % {"title": rnd.title})


def _listed(rnd: Round, orders: list[Order], head: str) -> str:
    if not orders:
        return ""
    rows = [f"（{o.number}）{o.masked_name} {rnd.remark_code(o.number)}" for o in orders]
    shown = rows[:LONGEST_LIST]
    if len(rows) > LONGEST_LIST:
        shown.append(_("完整名单见链接"))
    return "\n".join([head, *shown])


def _stock(left: Decimal | None, unit: str) -> dict[str, str]:
    return {"left": "" if left is None else f"{left.normalize():f}", "unit": unit}


def text_for(rnd: Round, *, url: str) -> str:
    """The words that fit the round's state now."""
    if rnd.status == RoundStatus.OPEN:
        return opening_text(rnd, url=url)
    if rnd.status == RoundStatus.CONFIRMED:
        return cut_off_text(rnd)
    if rnd.status == RoundStatus.ARRIVED:
        return delivery_text(rnd, standing_holds(rnd.pk))
    if rnd.status in (RoundStatus.COMPLETED, RoundStatus.SETTLED):
        return thanks_text(rnd)
    if rnd.status in (RoundStatus.FAILED, RoundStatus.CANCELLED) and rnd.opened_at:
        return ended_text(rnd)
    return ""
