"""What orders, money and returns hold about one person."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import (
    Account,
    BatchAnswer,
    CheckOff,
    DoorView,
    Order,
    OrderChange,
    OrderLine,
    Payment,
    Posting,
    Proxy,
    Return,
    ReturnAnswer,
    ReturnPhoto,
    ReturnStatus,
    RoundStatus,
    WaitlistEntry,
)
from orders.queries.settlement_personal import settlement_words
from tuangou.core.personal import Column, Holding, Obstacle, Picture
from tuangou.core.templatetags.money import yuan

UNDER_WAY = (RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.CONFIRMED, RoundStatus.ARRIVED)
UNDECIDED = (ReturnStatus.REQUESTED, ReturnStatus.ACCEPTED)


def obstacles(user_id: int) -> list[Obstacle]:
    """Open orders, money between her and others, returns without an end: first settle these."""
    return [*_open_orders(user_id), *_open_money(user_id), *_open_returns(user_id)]


def holdings(user_id: int) -> list[Holding]:
    return [
        _orders(user_id),
        _changes(user_id),
        _payments(user_id),
        _postings(user_id),
        _check_offs(user_id),
        _returns(user_id),
        _proxies(user_id),
        _waits(user_id),
        _batch_answers(user_id),
        _shop_answers(user_id),
        _door_looks(user_id),
        _doors_seen(user_id),
        settlement_words(user_id),
    ]


def pictures(user_id: int) -> list[Picture]:
    """The photos of her returns; their names in the export say of which."""
    return [
        Picture(photo.file.name, _photo_name(photo))
        for photo in photos_of(user_id).order_by("ret_id", "position")
    ]


def photos_of(user_id: int) -> Any:
    return ReturnPhoto.objects.filter(
        Q(ret__order__member__user_id=user_id) | Q(ret__requested_by__user_id=user_id)
    )


def _photo_name(photo: ReturnPhoto) -> str:
    return f"photos/return-{photo.ret_id}-{photo.position}.webp"


def _open_orders(user_id: int) -> list[Obstacle]:
    answers_for = Q(member__user_id=user_id) | (
        Q(placed_by__user_id=user_id) & (Q(proxy_pays=True) | Q(proxy_collects=True))
    )
    orders = Order.objects.live().filter(answers_for, round__status__in=UNDER_WAY)
    return [
        _at_order(
            order,
            _("「%(round)s」第%(number)d单还没完。取消它，或取完货、结团以后，再注销"),
        )
        for order in orders.select_related("round", "group").order_by("pk")
    ]


def _open_money(user_id: int) -> list[Obstacle]:
    legs = Posting.objects.filter(
        account=Account.MEMBER, order__member__user_id=user_id
    ).balance_by("order_id")
    open_fen = {order_id: fen for order_id, fen in legs.items() if fen}
    orders = Order.objects.filter(pk__in=open_fen).select_related("round", "group")
    owes = _("「%(round)s」第%(number)d单还差 %(fen)s。付清、收款人打勾以后，再注销")
    gets = _("「%(round)s」第%(number)d单有 %(fen)s 要退给你。收到退款、收款人记下以后，再注销")
    return [
        _at_order(order, owes if open_fen[order.pk] > 0 else gets, fen=abs(open_fen[order.pk]))
        for order in orders.order_by("pk")
    ]


def _open_returns(user_id: int) -> list[Obstacle]:
    returns = Return.objects.filter(order__member__user_id=user_id, status__in=UNDECIDED)
    waiting = _("「%(round)s」第%(number)d单的退货还没办完。撤回它，或等退款以后，再注销")
    return [
        _at_order(ret.order, waiting)
        for ret in returns.select_related("order__round", "order__group").order_by("pk")
    ]


def _at_order(order: Order, sentence: str, *, fen: int = 0) -> Obstacle:
    facts = {"round": order.round.title, "number": order.number, "fen": yuan(fen)}
    url = reverse("orders:order", args=[order.group.slug, order.pk])
    return Obstacle(sentence % facts, url, _("看这一单"))


def _orders(user_id: int) -> Holding:
    mine = Q(member__user_id=user_id) | Q(placed_by__user_id=user_id)
    orders = list(
        Order.objects.filter(mine).select_related("round", "group", "member").order_by("-pk")
    )
    lines: dict[int, list[dict[str, Any]]] = {}
    for line in OrderLine.objects.filter(order__in=orders).select_related("offer").order_by("pk"):
        lines.setdefault(line.order_id, []).append(_line(line))
    return Holding(
        "orders",
        gettext_lazy("订单"),
        gettext_lazy("团长和收款人看得到全部；邻居只看到打星号的名字和数量。"),
        [_order(order, user_id, lines.get(order.pk, [])) for order in orders],
        (
            Column("round", gettext_lazy("团")),
            Column("number", gettext_lazy("跟团号"), "number"),
            Column("said", gettext_lazy("现在")),
            Column("total_fen", gettext_lazy("合计"), "fen"),
            Column("placed_at", gettext_lazy("下单时间"), "time"),
        ),
    )


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "name": line.offer.name,
        "unit": line.offer.unit,
        "quantity": line.quantity,
        "unit_price_fen": line.unit_price_fen,
        "billed_fen": line.billed_fen,
        "collected_quantity": line.collected_quantity,
        "returned_quantity": line.returned_quantity,
    }


def _order(order: Order, user_id: int, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Her own with door and names; one placed for a neighbour without that neighbour's."""
    hers = order.member.user_id == user_id
    row = {
        "id": order.pk,
        "group": order.group.name,
        "round": order.round.title,
        "number": order.number,
        "for_neighbour": not hers,
        "channel": order.channel,
        "status": order.status,
        "said": str(order.get_status_display()),
        "placed_at": order.placed_at,
        "amended_at": order.amended_at,
        "cancelled_at": order.cancelled_at,
        "total_fen": sum(line["billed_fen"] for line in lines),
        "received_fen": order.received_fen,
        "refunded_fen": order.refunded_fen,
        "lines": lines,
    }
    own = ("building", "unit", "room", "nickname", "note")
    return row | ({name: getattr(order, name) for name in own} if hers else {})


def _changes(user_id: int) -> Holding:
    mine = Q(order__member__user_id=user_id) | Q(actor__user_id=user_id)
    shown = ("order_id", "number", "kind", "at", "before", "after", "reason")
    return Holding(
        "order_changes",
        gettext_lazy("下单、改单、取消的记录"),
        gettext_lazy("你和团长看得到。账要对得上，记录不能改；注销时清掉你写的理由。"),
        list(OrderChange.objects.filter(mine).order_by("-pk").values(*shown)),
    )


def _payments(user_id: int) -> Holding:
    mine = Payment.objects.filter(order__member__user_id=user_id).select_related("round")
    rows = [
        {
            "order_id": p.order_id,
            "round": p.round.title,
            "direction": p.direction,
            "said": str(p.get_status_display()),
            "status": p.status,
            "amount_fen": p.amount_fen,
            "claimed_at": p.claimed_at,
            "received_at": p.received_at,
            "undone_at": p.undone_at,
        }
        for p in mine.order_by("-pk")
    ]
    return Holding(
        "payments",
        gettext_lazy("收付款"),
        gettext_lazy("你、团长和收款人看得到。"),
        rows,
        (
            Column("round", gettext_lazy("团")),
            Column("amount_fen", gettext_lazy("金额"), "fen"),
            Column("said", gettext_lazy("现在")),
            Column("received_at", gettext_lazy("收到时间"), "time"),
        ),
    )


def _postings(user_id: int) -> Holding:
    legs = Posting.objects.filter(account=Account.MEMBER, order__member__user_id=user_id)
    shown = ("order_id", "source", "source_id", "amount_fen", "posted_at")
    return Holding(
        "postings",
        gettext_lazy("账目"),
        gettext_lazy("群里的账靠它对上，只有编号和金额，注销后照样留着。"),
        list(legs.order_by("-pk").values(*shown)),
    )


def _check_offs(user_id: int) -> Holding:
    mine = CheckOff.objects.filter(order__member__user_id=user_id).order_by("-pk")
    return Holding(
        "check_offs",
        gettext_lazy("取货记录"),
        gettext_lazy("你和团长看得到。注销时清掉是谁来取的。"),
        [dict(r) for r in mine.values("order_id", "way", "collected_by", "at", "undone_at")],
        (Column("at", gettext_lazy("取货时间"), "time"),),
    )


def _returns(user_id: int) -> Holding:
    mine = Q(order__member__user_id=user_id) | Q(requested_by__user_id=user_id)
    found = list(
        Return.objects.filter(mine)
        .select_related("line__offer")
        .prefetch_related("photos")
        .order_by("-pk")
    )
    rows = [
        {
            "order_id": ret.order_id,
            "item": ret.line.offer.name,
            "quantity": ret.quantity,
            "reason": ret.reason,
            "wish": ret.wish,
            "text": ret.text,
            "status": ret.status,
            "said": str(ret.get_status_display()),
            "requested_at": ret.requested_at,
            "decided_at": ret.decided_at,
            "decision": ret.decision,
            "accepted_fen": ret.accepted_fen,
            "photos": [_photo_name(p) for p in sorted(ret.photos.all(), key=lambda p: p.position)],
        }
        for ret in found
    ]
    return Holding(
        "returns",
        gettext_lazy("退货"),
        gettext_lazy("你、团长和商家看得到。注销时照片和你写的话删掉，金额留在账里。"),
        rows,
        (
            Column("item", gettext_lazy("货品")),
            Column("said", gettext_lazy("现在")),
            Column("accepted_fen", gettext_lazy("同意退"), "fen"),
            Column("requested_at", gettext_lazy("申请时间"), "time"),
        ),
    )


def _proxies(user_id: int) -> Holding:
    mine = Proxy.objects.filter(Q(member__user_id=user_id) | Q(proxy__user_id=user_id))
    rows = [
        {"for_me": proxy.member.user_id == user_id, "answer": proxy.answer, "at": proxy.said_at}
        for proxy in mine.select_related("member").order_by("pk")
    ]
    return Holding(
        "proxies",
        gettext_lazy("代下单的约定"),
        gettext_lazy("你和那位邻居看得到。"),
        rows,
    )


def _waits(user_id: int) -> Holding:
    mine = WaitlistEntry.objects.filter(member__user_id=user_id).select_related("offer", "round")
    rows = [
        {
            "round": wait.round.title,
            "item": wait.offer.name,
            "unit": wait.offer.unit,
            "quantity": wait.quantity,
            "status": wait.status,
            "said": str(wait.get_status_display()),
            "asked_at": wait.asked_at,
            "ended_at": wait.ended_at,
            "order_id": wait.order_id,
        }
        for wait in mine.order_by("-pk")
    ]
    return Holding(
        "waiting",
        gettext_lazy("候补"),
        gettext_lazy("你和团长看得到；邻居只看到前面有几户。"),
        rows,
        (
            Column("item", gettext_lazy("货品")),
            Column("said", gettext_lazy("现在")),
            Column("asked_at", gettext_lazy("排上的时间"), "time"),
        ),
    )


def _batch_answers(user_id: int) -> Holding:
    mine = BatchAnswer.objects.filter(
        Q(answered_by__user_id=user_id) | Q(line__order__member__user_id=user_id)
    )
    shown = ("question_id", "line_id", "same", "answered_at")
    return Holding(
        "batch_answers",
        gettext_lazy("同一批货，你说了什么"),
        gettext_lazy("你看得到；别人只看到几户说也这样、几户说没问题。"),
        [dict(row) for row in mine.order_by("-pk").values(*shown)],
        (Column("answered_at", gettext_lazy("回答时间"), "time"),),
    )


def _shop_answers(user_id: int) -> Holding:
    mine = ReturnAnswer.objects.filter(answered_by_id=user_id).order_by("-pk")
    return Holding(
        "shop_answers",
        gettext_lazy("你替店里答复的退货"),
        gettext_lazy("申请的邻居、团长和店里的人看得到。注销时清掉你写的话。"),
        [dict(row) for row in mine.values("ret_id", "kind", "text", "remedy_fen", "answered_at")],
        (Column("answered_at", gettext_lazy("回答时间"), "time"),),
    )


def _door_looks(user_id: int) -> Holding:
    looks = DoorView.objects.filter(order__member__user_id=user_id).order_by("-pk")
    shown = ("order_id", "seen_at")
    named = looks.values(*shown, shop=F("round__merchant__brand"), who=F("seen_by__nickname"))
    return Holding(
        "door_looks",
        gettext_lazy("谁看过你的门牌"),
        gettext_lazy("送上门的团，商家每看一次门牌都记下来，不能改。你看得到。"),
        [dict(row) for row in named],
        (
            Column("shop", gettext_lazy("商家")),
            Column("who", gettext_lazy("谁")),
            Column("seen_at", gettext_lazy("什么时候"), "time"),
        ),
    )


def _doors_seen(user_id: int) -> Holding:
    looks = DoorView.objects.filter(seen_by_id=user_id).order_by("-pk")
    return Holding(
        "doors_seen",
        gettext_lazy("你替店里看过的门牌"),
        gettext_lazy("那家邻居看得到你的名字和时间，注销后只剩编号。"),
        [dict(row) for row in looks.values("order_id", "seen_at")],
        (Column("seen_at", gettext_lazy("什么时候"), "time"),),
    )
