"""Who has paid: search by amount, code or door; tick, undo, give back (O8). The payee only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from groups.models import Membership
from groups.queries.pages import page_of
from orders.access import may_receive, order_for_payee, payment_for_payee, round_for_books
from orders.forms.orders import ActForm
from orders.forms.payments import AmountForm
from orders.models import Round
from orders.queries import texts
from orders.queries.beside import order_beside
from orders.queries.payments import PaymentsPage, PaymentState, money_of_order, payments_page
from orders.services.payments import pay_back, receive_payment, undo_payment
from orders.views.rows import hidden, query_of
from tuangou.core.errors import InvalidInput
from tuangou.core.http import person_id, request_id_of
from tuangou.core.templatetags.money import yuan


@login_required
@require_GET
def index(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The payments of a round: unpaid and claimed first to hand, totals beside them."""
    member, rnd = round_for_books(request.user, slug, round_id)
    query, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    chosen = request.GET.get("order", "")
    doors = member is not None and member.is_officer  # a merchant sees the building only
    page = payments_page(rnd, search=query, state=state, doors=doors)
    context = _context(request, member, rnd) | {
        "round": rnd,
        "page": page,
        "query": query,
        "state": state,
        "filters": _filters(page, query, state),
        "may_receive": may_receive(request.user, member, rnd),
        "text": texts.unpaid_text(rnd),
        "keep": [("state", state)] if state else [],
        "kept": hidden(q=query, state=state, order=chosen),
        "beside": order_beside(rnd, chosen, doors=doors),
        "beside_query": query_of(q=query, state=state),
    }
    return render(request, "orders/payments/index.html", context)


def _context(request: HttpRequest, member: Membership | None, rnd: Round) -> dict[str, Any]:
    """A merchant's staff who do not live here get the page without the group's menu."""
    if member is None:
        return {"group": rnd.group, "member": None, "home_href": "/"}
    return page_of(request, member, "console")


def _filters(page: PaymentsPage, query: str, state: str) -> list[dict[str, Any]]:
    wanted = [("", _("全部"), sum(page.counts.values()))]
    wanted += [
        (kind.value, str(kind.label), page.counts.get(kind.value, 0))
        for kind in PaymentState
        if page.counts.get(kind.value)
    ]
    return [
        {
            "label": label,
            "count": count,
            "current": value == state,
            "url": "?" + urlencode({"state": value, "q": query}),
        }
        for value, label, count in wanted
    ]


@login_required
@require_POST
def receive(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """「已收」: what is typed, else all that is owed."""
    _member, order = order_for_payee(request.user, slug, order_id)
    form = _checked(AmountForm(request.POST))
    book = money_of_order(order.pk)
    payment = receive_payment(
        order_id=order.pk,
        user_id=person_id(request),
        amount_fen=form.cleaned_data["amount"] or book.claimed_fen or book.owed_fen,
        request_id=request_id_of(form),
    )
    _say(request, _("已收 %(who)s %(fen)s。"), who=order.nickname, fen=payment.amount_fen)
    return _back(request, slug, order.round_id)


@login_required
@require_POST
def undo(request: HttpRequest, slug: str, payment_id: int) -> HttpResponse:
    """「撤销」: posts the reverse."""
    _member, payment = payment_for_payee(request.user, slug, payment_id)
    form = ActForm(request.POST)
    if form.is_valid():
        undo_payment(
            payment_id=payment.pk, user_id=person_id(request), request_id=request_id_of(form)
        )
        who = payment.order.nickname
        _say(request, _("撤销了：%(who)s %(fen)s 变回未付。"), who=who, fen=payment.amount_fen)
    return _back(request, slug, payment.round_id)


@login_required
@require_POST
def refund(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """「已退」: money given back to a member who is in credit."""
    _member, order = order_for_payee(request.user, slug, order_id)
    form = _checked(AmountForm(request.POST))
    payment = pay_back(
        order_id=order.pk,
        user_id=person_id(request),
        amount_fen=form.cleaned_data["amount"] or money_of_order(order.pk).credit_fen,
        request_id=request_id_of(form),
    )
    _say(request, _("退给 %(who)s %(fen)s，记下了。"), who=order.nickname, fen=payment.amount_fen)
    return _back(request, slug, order.round_id)


def _checked(form: AmountForm) -> AmountForm:
    """A valid form, or the refusal page with the field's own sentence."""
    if not form.is_valid():
        sentence = next(iter(form.errors.values()))[0]
        raise InvalidInput(str(sentence), field="amount")
    return form


def _say(request: HttpRequest, sentence: str, *, who: str, fen: int) -> None:
    messages.success(request, sentence % {"who": who, "fen": yuan(fen)})


def _back(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """To the list as it was searched."""
    keep = {key: value[:80] for key in ("q", "state", "order") if (value := request.POST.get(key))}
    url = reverse("orders:payments", args=[slug, round_id])
    return redirect(f"{url}?{urlencode(keep)}" if keep else url)
