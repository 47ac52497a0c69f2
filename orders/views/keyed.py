"""The printed pick-up list, keyed in afterwards: one page, one submit, a result per row (O10)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from groups.queries.pages import page_of
from orders.access import round_for_officer
from orders.forms.keyed import KeyedForm
from orders.models import Round
from orders.queries.desk import DeskRow, desk_rows
from orders.services.check_off_rules import HANDING_OUT
from orders.services.taps import Answer, Desk, Tap, apply_taps
from orders.views.desk import desk_of
from tuangou.core import clock
from tuangou.core.http import request_id_of


@dataclass(frozen=True, slots=True)
class Keyed:
    """What became of one tick."""

    door: str
    nickname: str
    answer: Answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """All that wait, with boxes to tick. Sent twice it counts once: each row has its own id."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    desk = desk_of(request, officer, rnd)
    local = officer.group.local(clock.now())
    form = KeyedForm(
        request.POST if request.method == "POST" else None,
        group=officer.group,
        initial={"date": local.date(), "time": local.strftime("%H:%M")},
    )
    keyed: list[Keyed] = []
    if form.is_bound and form.is_valid():
        keyed = _key_in(rnd, desk, form)
    rows = [row for row in desk_rows(rnd) if row.waiting and not row.is_collected]
    typed = request.POST if form.errors else None
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "form": form,
        "keyed": keyed,
        "rows": rows,
        "ticked": typed.getlist("order") if typed else [],
        "paid": typed.getlist("paid") if typed else [],
        "hands_out": rnd.status in HANDING_OUT,
        "may_receive": desk.receiver_id is not None,
    }
    return render(request, "orders/keyed/page.html", context, status=422 if form.errors else 200)


def _key_in(rnd: Round, desk: Desk, form: KeyedForm) -> list[Keyed]:
    key, at = request_id_of(form), form.cleaned_data["at"]
    paid = set(form.cleaned_data["paid"])
    taps = [
        Tap(
            id=_row_id(key, order_id),
            order_id=order_id,
            at=at,
            take_owed=order_id in paid and desk.receiver_id is not None,
        )
        for order_id in dict.fromkeys(form.cleaned_data["order"])
    ]
    answers = apply_taps(desk=desk, taps=taps)
    known: dict[int, DeskRow] = {row.order_id: row for row in desk_rows(rnd)}
    return [
        Keyed(known[a.order_id].door, known[a.order_id].nickname, a)
        for a in answers
        if a.order_id in known
    ]


def _row_id(key: UUID, order_id: int) -> UUID:
    return uuid5(key, f"order {order_id}")
