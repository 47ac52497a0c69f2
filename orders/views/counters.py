"""What the desk of the officers and the list of a helper have in common (O10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from orders.forms.desk import CheckOffForm, TapForm, read_taps
from orders.models import CheckOff, Order
from orders.queries.desk import DeskFilter, DeskPage, DeskRow
from orders.services.check_offs import Cash, check_off, undo_check_off
from orders.services.taps import Answer, Desk, Result, apply_taps, tell_missing
from tuangou.core import clock, requests
from tuangou.core.http import request_id_of

FILTERS = (DeskFilter.WAITING, DeskFilter.UNPAID, DeskFilter.NOTED, DeskFilter.ALL)


@dataclass(frozen=True, slots=True)
class Hand:
    """One row with the addresses of its buttons."""

    row: DeskRow
    hand_url: str
    undo_url: str


def hands(
    rows: Iterable[DeskRow], hand: Callable[[int], str], undo: Callable[[int], str]
) -> list[Hand]:
    return [
        Hand(row, hand(row.order_id), undo(row.check_off_id) if row.check_off_id else "")
        for row in rows
    ]


def device_mark(desk: Desk) -> str:
    """Under what a device keeps the taps of this person in this round: no name, no token."""
    key = f"{desk.actor_id}.{desk.helper_id}.{desk.round_id}"
    return salted_hmac("tuangou.desk", key).hexdigest()[:12]


def filters_of(
    page: DeskPage, chosen: str, building: str, kinds: Sequence[DeskFilter] = FILTERS
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "label": str(kind.label),
            "count": page.counts[kind],
            "current": chosen == kind and not building,
            "url": "?" + urlencode({"show": kind.value}),
        }
        for kind in kinds
    ]
    return rows + [
        {
            "label": name,
            "count": None,
            "current": building == name,
            "url": "?" + urlencode({"show": chosen, "building": name}),
        }
        for name in page.buildings
    ]


def hand_over(request: HttpRequest, desk: Desk, order: Order, form: CheckOffForm) -> None:
    """What a hand-over form asks for, in one transaction, and the word that it is done."""
    cash = None
    if form.cleaned_data["take_money"] and desk.receiver_id is not None:
        cash = Cash(desk.receiver_id)
    missing = form.missing()
    if desk.helper_id and missing and not any((form.lines() or {}).values()):
        tell_missing(desk, order.pk, missing, request_id_of(form))
        messages.success(request, _("没交货。缺的告诉团长了。"))
        return
    done = check_off(
        order_id=order.pk,
        actor_id=desk.actor_id,
        request_id=request_id_of(form),
        way=form.cleaned_data["way"] or "door",
        collected_by=form.cleaned_data["collected_by"],
        lines=form.lines(),
        missing=() if desk.helper_id else missing,
        helper_id=desk.helper_id,
        cash=cash,
    )
    tell_missing(desk, order.pk, missing, request_id_of(form))
    said = _("%(door)s 取了一部分。") if done.part else _("%(door)s 已取。")
    messages.success(request, said % {"door": order.door})


def undo(request: HttpRequest, desk: Desk, done: CheckOff, form: Any) -> None:
    """Take a hand-over back, and say that the money stays where it is."""
    undo_check_off(check_off_id=done.pk, actor_id=desk.actor_id, request_id=request_id_of(form))
    messages.success(request, _("%(door)s 变回没取。") % {"door": done.order.door})
    if done.order.received_fen:
        messages.info(request, _("收的钱没有动，要改就到「收款」里撤销。"))


def answer_taps(request: HttpRequest, desk: Desk) -> JsonResponse:
    """What became of the taps a device sent, in their order, each by itself."""
    forms = read_taps(request.body)
    valid = [form.tap() for form in forms if form.is_valid()]
    done = iter(apply_taps(desk=desk, taps=valid))
    answers = [_plain(next(done)) if form.is_valid() else _unreadable(form) for form in forms]
    requests.begin()
    return JsonResponse({"results": answers, "now": int(clock.now().timestamp())})


def _plain(answer: Answer) -> dict[str, Any]:
    return asdict(answer) | {"id": str(answer.id), "result": answer.result.value}


def _unreadable(form: TapForm) -> dict[str, Any]:
    said = _("这一条看不懂，没有记。照着纸单再点一次。")
    return {"id": str(form.data.get("id", "")), "result": Result.REFUSED.value, "said": said}
