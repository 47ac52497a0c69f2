"""What the group's robot says when something happens to a round; empty when it is over by now."""

from __future__ import annotations

from django.urls import reverse

from orders.models import HoldKind, Round, RoundStatus
from orders.queries import texts
from orders.queries.delivery_news import announced_news, hold_news
from orders.queries.holds import standing_holds
from tuangou.core import clock

ON_THE_WAY = (RoundStatus.CONFIRMED, RoundStatus.ARRIVED)


def opened(round_id: int, site: str) -> str:
    rnd = _round(round_id)
    return texts.opening_text(rnd, url=_url(rnd, site)) if _is_open(rnd) else ""


def last_call(round_id: int, site: str) -> str:
    rnd = _round(round_id)
    return texts.last_call_text(rnd, url=_url(rnd, site)) if _is_open(rnd) else ""


def confirmed(round_id: int, site: str) -> str:
    """Who has not paid, by building and masked nickname; nothing once goods are there."""
    rnd = _round(round_id)
    if rnd.status != RoundStatus.CONFIRMED:
        return ""
    words = [texts.cut_off_text(rnd), texts.unpaid_text(rnd), _url(rnd, site)]
    return "\n".join(filter(None, words))


def ended(round_id: int, site: str) -> str:
    return texts.ended_text(_round(round_id)) + _end(_round(round_id), site)


def announced(notice_id: int, site: str) -> str:
    """When the goods come, on time or late; nothing once they are there."""
    found = announced_news(notice_id)
    rnd = found.round
    if rnd.status != RoundStatus.CONFIRMED:
        return ""
    window = (found.notice.arrives_from, found.notice.arrives_until)
    return texts.coming_text(rnd, *window) + _end(rnd, site)


def arrived(round_id: int, site: str) -> str:
    rnd = _round(round_id)
    if rnd.status != RoundStatus.ARRIVED:
        return ""
    return _joined(texts.arrived_text(rnd), texts.short_text(rnd)) + _end(rnd, site)


def short(round_id: int, site: str) -> str:
    """What did not come, once it is shared out; nothing where all came after all."""
    rnd = _round(round_id)
    missing = texts.short_text(rnd) if rnd.status == RoundStatus.ARRIVED else ""
    return missing and missing + _end(rnd, site)


def held(hold_id: int, site: str) -> str:
    """Goods that are not handed out, while they are not; of a round long over, whom it concerns is
    told by herself."""
    found = hold_news(hold_id)
    rnd = _round(found.round.pk)
    over = found.hold.kind == HoldKind.COMPLAINT and rnd.status not in ON_THE_WAY
    if over or not found.hold.stands:
        return ""
    return texts.held_text(rnd, found.hold) + _end(rnd, site)


def released(hold_id: int, site: str) -> str:
    """Goods that can be fetched after all, and what is short of them."""
    found = hold_news(hold_id)
    rnd = _round(found.round.pk)
    if rnd.status != RoundStatus.ARRIVED or standing_holds(rnd.pk):
        return ""
    words = texts.released_text(rnd, found.item) if found.item else texts.arrived_text(rnd)
    return _joined(words, "" if found.item else texts.short_text(rnd)) + _end(rnd, site)


def not_collected(round_id: int, site: str) -> str:
    rnd = _round(round_id)
    waiting = texts.waiting_text(rnd) if rnd.status == RoundStatus.ARRIVED else ""
    return waiting and waiting + _end(rnd, site)


def asked_after(round_id: int, site: str) -> str:
    rnd = _round(round_id)
    return texts.thanks_text(rnd) + _end(rnd, site)


def _joined(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _round(round_id: int) -> Round:
    return Round.objects.select_related("group", "merchant", "pickup_point").get(pk=round_id)


def _is_open(rnd: Round) -> bool:
    return rnd.takes_orders(clock.now())


def _url(rnd: Round, site: str) -> str:
    return site + reverse("round-code", args=[rnd.code])


def _end(rnd: Round, site: str) -> str:
    return f"\n{_url(rnd, site)}"
