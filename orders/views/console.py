"""The initiator's console, and the page from which one round is run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.access import officer_for
from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import round_for_initiator, round_for_officer
from orders.forms.openings import CallOffForm, ExtendForm, ReasonForm
from orders.models import Round, RoundStatus
from orders.queries import texts
from orders.queries.console import console, round_row
from orders.queries.delivery_pages import goods_news
from orders.queries.reminders import LAST_CALL
from orders.queries.rounds import offers_of
from orders.services.check_offs import record_not_collected
from orders.services.openings import extend_round
from orders.services.rounds import cancel_round, close_round, complete_round, fail_round
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import PlainForm

CANCELLABLE = (
    RoundStatus.DRAFT,
    RoundStatus.OPEN,
    RoundStatus.CLOSED,
    RoundStatus.CONFIRMED,
    RoundStatus.ARRIVED,
)


@login_required
@require_GET
def today(request: HttpRequest, slug: str) -> HttpResponse:
    """Today's things, in order of time; beside them the running rounds."""
    officer = officer_for(request.user, slug)
    at = clock.now()
    context = page_of(request, officer, "console") | {
        "now": at,
        "console": console(officer.group, at=at, with_money=officer.holds_mandate),
    }
    return render(request, "orders/console/today.html", context)


@login_required
@require_GET
def manage(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """One round as its initiator runs it: where it stands, the next step, words for the chat."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    if rnd.status == RoundStatus.DRAFT:
        return redirect("orders:round-edit", slug, rnd.pk)
    return _manage(request, officer, rnd, {})


def _manage(
    request: HttpRequest, officer: Membership, rnd: Round, forms: dict[str, PlainForm]
) -> HttpResponse:
    at = clock.now()
    url = request.build_absolute_uri(reverse("round-code", args=[rnd.code]))
    later = officer.group.local(at + timedelta(hours=12))
    extend = forms.get("extend") or ExtendForm(
        initial={"cut_off_date": later.date(), "cut_off_time": later.time().replace(second=0)}
    )
    closing = rnd.takes_orders(at) and rnd.cut_off_at - at <= LAST_CALL
    context = page_of(request, officer, "console") | {
        "round": rnd,
        "row": round_row(rnd, with_money=officer.holds_mandate),
        "offers": offers_of(rnd.pk),
        "goods": goods_news(rnd),
        "is_open": rnd.takes_orders(at),
        "url": url,
        "text": texts.text_for(rnd, url=url),
        "progress": texts.progress_text(rnd, url=url) if rnd.status == RoundStatus.OPEN else "",
        "last_call": texts.last_call_text(rnd, url=url) if closing else "",
        "unpaid": texts.unpaid_text(rnd) if rnd.status == RoundStatus.CONFIRMED else "",
        "waiting": texts.waiting_text(rnd) if rnd.status == RoundStatus.ARRIVED else "",
        "extend": extend,
        "may_extend": rnd.status == RoundStatus.CLOSED and rnd.extended_at is None,
        "may_cancel": officer.holds_mandate and rnd.status in CANCELLABLE,
        "now": at,
        "form": next(iter(forms.values()), None),
    }
    return render(request, "orders/console/manage.html", context, status=422 if forms else 200)


@login_required
@require_POST
def close(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Close before the cut-off; the minimum decides at once."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    closed = close_round(round_id=rnd.pk, actor_id=officer.pk)
    said: dict[str, Any] = {
        RoundStatus.CONFIRMED: _("截单了，已成团。"),
        RoundStatus.FAILED: _("截单了，没人下单，这个团没成。"),
    }
    messages.success(
        request, said.get(closed.status, _("截单了，没到起团量。延长一次，或不团了。"))
    )
    return redirect("orders:round-manage", slug, rnd.pk)


@login_required
@require_POST
def extend(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Open a closed round once more."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    form = ExtendForm(request.POST)
    if form.is_valid():
        try:
            extend_round(
                round_id=rnd.pk, actor_id=officer.pk, cut_off_at=form.moment(officer.group)
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("延长了，可以接着下单。"))
            return redirect("orders:round-manage", slug, rnd.pk)
    return _manage(request, officer, rnd, {"extend": form})


@login_required
@require_POST
def fail(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Give up a round below its minimum."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    fail_round(round_id=rnd.pk, actor_id=officer.pk)
    messages.success(request, _("这个团没成，订单一起取消了。"))
    return redirect("orders:round-manage", slug, rnd.pk)


@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Cancel a whole round, with a reason everyone reads. It moves money: the initiator only."""
    initiator, rnd = round_for_initiator(request.user, slug, round_id)
    asks = CallOffForm if rnd.is_counted else ReasonForm
    form = asks(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_round(round_id=rnd.pk, actor_id=initiator.pk, **form.cleaned_data)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("取消了。下过单的邻居会收到通知，付过的记得退。"))
            return redirect("orders:round-manage", slug, rnd.pk)
    context = page_of(request, initiator, "console") | {
        "round": rnd,
        "row": round_row(rnd, with_money=True),
        "form": form,
        "loss": True,
        "stay_url": reverse("orders:round-manage", args=[slug, rnd.pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/console/cancel.html", context, status=status)


@login_required
@require_POST
def record_missed(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """After the window: what was not collected is recorded as such."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    n = record_not_collected(round_id=rnd.pk, actor_id=officer.pk)
    messages.success(request, _("记下了：%(n)s单没来取。") % {"n": n})
    return redirect("orders:round-manage", slug, rnd.pk)


@login_required
@require_POST
def complete(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """All handed out or recorded: the round is done."""
    officer, rnd = round_for_officer(request.user, slug, round_id)
    complete_round(round_id=rnd.pk, actor_id=officer.pk)
    messages.success(request, _("结团了。"))
    return redirect("orders:round-manage", slug, rnd.pk)
