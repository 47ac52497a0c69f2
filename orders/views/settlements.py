"""Settling a round with its merchant: list, statement, yes and no, money (O12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from groups.access import initiator_for
from groups.queries.pages import Inbox, page_of
from groups.queries.settings import percent_text
from merchants.access import owner_for
from merchants.views.shared import frame
from orders.access import round_for_initiator
from orders.forms.orders import ActForm
from orders.forms.settlements import ConfirmForm, HowForm, PaidForm, WordForm
from orders.models import Account, Party, RoundStatus
from orders.queries import settlement_pages as pages
from orders.queries.settlement_callers import (
    SettlementCaller,
    drawn_for,
    party_for,
    payment_of,
    settlement_for,
)
from orders.queries.settlements import has_other_owner
from orders.queries.statements import postings_of
from orders.services import settlement_payments, settlements
from tuangou.core import clock
from tuangou.core.errors import DomainError
from tuangou.core.http import RequestForm, person_id, request_id_of

# What both sides may open of the books: accounts without a member's name.
ACCOUNTS = (Account.MERCHANT, Account.COMMISSION, Account.CASH_MERCHANT)
ENTRIES = {Party.INITIATOR.value: "console", Party.MERCHANT.value: "merchants"}

Forms = dict[str, RequestForm]


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The initiator's list: to draw up, then what waits for somebody, then the rest."""
    initiator = initiator_for(request.user, slug)
    found = pages.listing(initiator.group_id, page=_page_number(request))
    context = page_of(request, initiator, "console") | {"list": found} | _pager(found)
    return render(request, "orders/settlements/index.html", context)


@login_required
@require_GET
def of_shop(request: HttpRequest, slug: str, merchant_id: int) -> HttpResponse:
    """The merchant's own list, for its owner."""
    caller = owner_for(request.user, slug, merchant_id)
    group_id = caller.application.group_id
    found = pages.listing(group_id, merchant_id=merchant_id, page=_page_number(request))
    context = frame(request, caller) | {"list": found} | _pager(found)
    return render(request, "orders/settlements/shop.html", context)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 7 else 1


def _pager(found: pages.Listing) -> dict[str, str]:
    return {
        "newer": f"?page={found.page - 1}" if found.page > 1 else "",
        "older": f"?page={found.page + 1}" if found.page < found.pages else "",
    }


@login_required
@require_GET
def show(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The statement with its supplements; before it is drawn up, what it would say."""
    return _page(request, settlement_for(request.user, slug, round_id), {})


@login_required
@require_POST
def draw(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Freeze the figures under the next number."""
    initiator, rnd = round_for_initiator(request.user, slug, round_id)
    form = ActForm(request.POST)
    if form.is_valid():
        settlement = settlements.draw_up(
            round_id=rnd.pk, actor_id=initiator.pk, request_id=request_id_of(form)
        )
        number = {"number": settlement.number}
        messages.success(request, _("%(number)s 出好了，商家会收到通知。") % number)
    return redirect("orders:settlement", slug, rnd.pk)


@login_required
@require_POST
def confirm(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """This side says yes to what it saw."""
    caller, settlement = drawn_for(request.user, slug, round_id)
    form = ConfirmForm(request.POST)

    def act() -> None:
        settlements.confirm(
            settlement_id=settlement.pk,
            party=caller.party,
            user_id=person_id(request),
            content_hash=form.cleaned_data["content"],
            request_id=request_id_of(form),
        )

    done = _("确认了 %(number)s。") % {"number": settlement.number}
    return _act(request, caller, "confirm", form, act, done)


@login_required
@require_POST
def confirm_for(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The initiator writes down the yes of a merchant that has no account."""
    _initiator, rnd = round_for_initiator(request.user, slug, round_id)
    caller, settlement = drawn_for(request.user, slug, rnd.pk)
    form = HowForm(request.POST)

    def act() -> None:
        settlements.confirm(
            settlement_id=settlement.pk,
            party=Party.MERCHANT,
            user_id=person_id(request),
            content_hash=form.cleaned_data["content"],
            said_how=form.cleaned_data["how"],
            request_id=request_id_of(form),
        )

    done = _("商家的确认记下了：%(number)s。") % {"number": settlement.number}
    return _act(request, caller, "how", form, act, done)


@login_required
@require_POST
def say(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The merchant objects with a reason; the initiator answers."""
    caller, settlement = drawn_for(request.user, slug, round_id)
    form = WordForm(request.POST)

    def act() -> None:
        settlements.say(
            settlement_id=settlement.pk,
            party=caller.party,
            user_id=person_id(request),
            content_hash=form.cleaned_data["content"],
            text=form.cleaned_data["text"],
            request_id=request_id_of(form),
        )

    return _act(request, caller, "word", form, act, _("写上了，另一边会收到通知。"))


@login_required
@require_POST
def pay(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """Money that went over; without an amount all that is outstanding."""
    caller, settlement = drawn_for(request.user, slug, round_id)
    form = PaidForm(request.POST)

    def act() -> None:
        settlement_payments.record_payment(
            settlement_id=settlement.pk,
            party=caller.party,
            user_id=person_id(request),
            amount_fen=form.cleaned_data["amount"],
            paid_on=form.cleaned_data["paid_on"],
            note=form.cleaned_data["note"],
            request_id=request_id_of(form),
        )

    return _act(request, caller, "paid", form, act, _("记下了，另一边会收到通知。"))


@login_required
@require_POST
def unpay(
    request: HttpRequest, slug: str, round_id: int, settlement_payment_id: int
) -> HttpResponse:
    """An entry was a mistake: its reverse is written."""
    caller, settlement = drawn_for(request.user, slug, round_id)
    payment = payment_of(settlement, settlement_payment_id)
    form = ActForm(request.POST)
    if form.is_valid():
        settlement_payments.take_back(
            payment_id=payment.pk,
            party=caller.party,
            user_id=person_id(request),
            request_id=request_id_of(form),
        )
        messages.success(request, _("撤销了，这笔不算。"))
    return redirect("orders:settlement", slug, caller.round.pk)


@login_required
@require_GET
def postings(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """The postings behind the amounts, for both sides."""
    caller = party_for(request.user, slug, round_id)
    wanted = request.GET.get("account", "")
    account = wanted if wanted in ACCOUNTS else Account.MERCHANT.value
    rnd = caller.round
    found = postings_of(rnd.group_id, round_id=rnd.pk, account=account, page=_page_number(request))
    here = f"?account={account}&page="
    context = _frame(request, caller) | {
        "round": rnd,
        "postings": found,
        "accounts": [(a.value, a.label, a.value == account) for a in ACCOUNTS],
        "newer": f"{here}{found.page - 1}" if found.page > 1 else "",
        "older": f"{here}{found.page + 1}" if found.page < found.pages else "",
    }
    return render(request, "orders/settlements/postings.html", context)


def _act(
    request: HttpRequest,
    caller: SettlementCaller,
    name: str,
    form: RequestForm,
    act: Callable[[], None],
    done: str,
) -> HttpResponse:
    """Do it and go back to the page, or the page again with the refusal at its form."""
    if form.is_valid():
        try:
            act()
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, done)
            return redirect("orders:settlement", caller.round.group.slug, caller.round.pk)
    return _page(request, caller, {name: form})


def _page(request: HttpRequest, caller: SettlementCaller, forms: Forms) -> HttpResponse:
    rnd = caller.round
    settlement = pages.settlement_of(rnd)
    context = _frame(request, caller) | {
        "round": rnd,
        "caller": caller,
        "rate": percent_text(settlement.commission_bp if settlement else rnd.commission_bp),
        "form": next(iter(forms.values()), None),
    }
    if settlement is None:
        may_draw = caller.party == Party.INITIATOR and rnd.status == RoundStatus.COMPLETED
        context |= {"preview": pages.preview(rnd) if caller.party else None, "may_draw": may_draw}
        return render(request, "orders/settlements/preview.html", context)
    page = pages.settlement_page(rnd, settlement)
    context |= {"page": page} | _forms(request, caller, page, forms)
    name = "orders/settlements/show.html" if caller.party else "orders/settlements/totals.html"
    return render(request, name, context, status=422 if forms else 200)


def _forms(
    request: HttpRequest, caller: SettlementCaller, page: pages.SettlementPage, forms: Forms
) -> dict[str, Any]:
    """What this side may do now, each with its form, the refused one as it was filled in."""
    if not caller.party:
        return {}
    hers = caller.party == Party.INITIATOR
    for_shop = hers and Party.MERCHANT not in page.confirmed
    may_say = hers or Party.MERCHANT not in page.confirmed
    settled = caller.round.status == RoundStatus.SETTLED
    today = caller.round.group.local(clock.now()).date()
    made: Forms = {
        "confirm": ConfirmForm(),
        "how": HowForm(),
        "word": WordForm(),
        "paid": PaidForm(initial={"paid_on": today}),
    }
    return {
        "may_confirm": caller.party not in page.confirmed,
        "may_confirm_for": for_shop
        and not has_other_owner(caller.round.merchant_id, person_id(request)),
        "may_say": may_say,
        "may_pay": settled and bool(page.outstanding_fen),
        "forms": made | forms,
    }


def _frame(request: HttpRequest, caller: SettlementCaller) -> dict[str, Any]:
    """The owner who does not live here gets the page without the group's menu."""
    if caller.membership is None:
        inbox = Inbox(reverse("notices"))
        return {"group": caller.round.group, "member": None, "inbox": inbox}
    return page_of(request, caller.membership, ENTRIES.get(caller.party, "home"))
