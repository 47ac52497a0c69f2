"""Statements: every amount opens the postings it is made of (O7)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from groups.access import initiator_for, membership_for
from groups.queries.pages import page_of
from orders.access import order_for_member, round_for_initiator
from orders.queries.statements import (
    initiator_statement,
    member_statement,
    postings_of,
    round_statement,
)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 7 else 1


def _pager(page: int, pages: int) -> dict[str, str]:
    return {
        "newer": f"?page={page - 1}" if page > 1 else "",
        "older": f"?page={page + 1}" if page < pages else "",
    }


@login_required
@require_GET
def mine(request: HttpRequest, slug: str) -> HttpResponse:
    """My account: each order with its money, and the balance."""
    member = membership_for(request.user, slug)
    statement = member_statement(member, page=_page_number(request))
    context = page_of(request, member, "mine") | {"statement": statement}
    context |= _pager(statement.page, statement.pages)
    return render(request, "orders/statements/mine.html", context)


@login_required
@require_GET
def books(request: HttpRequest, slug: str) -> HttpResponse:
    """The initiator's books: each round's sales, returns, commission, and what is due."""
    initiator = initiator_for(request.user, slug)
    statement = initiator_statement(initiator, page=_page_number(request))
    context = page_of(request, initiator, "console") | {"statement": statement}
    context |= _pager(statement.page, statement.pages)
    return render(request, "orders/statements/books.html", context)


@login_required
@require_GET
def of_order(request: HttpRequest, slug: str, order_id: int) -> HttpResponse:
    """The postings behind the amounts of one order; ?part= narrows to one amount."""
    member, order = order_for_member(request.user, slug, order_id)
    part = request.GET.get("part", "")
    postings = postings_of(
        order.group_id,
        order_id=order.pk,
        account="" if part else "member",
        part=part,
        page=_page_number(request),
    )
    context = page_of(request, member, "mine") | {
        "order": order,
        "round": order.round,
        "postings": postings,
    }
    context |= _pager(postings.page, postings.pages)
    return render(request, "orders/statements/order.html", context)


@login_required
@require_GET
def of_round(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    """One round's books and every posting of it; ?account= narrows to one account."""
    initiator, rnd = round_for_initiator(request.user, slug, round_id)
    postings = postings_of(
        rnd.group_id,
        round_id=rnd.pk,
        account=request.GET.get("account", ""),
        page=_page_number(request),
    )
    context = page_of(request, initiator, "console") | {
        "round": rnd,
        "book": round_statement(rnd),
        "postings": postings,
        "account": request.GET.get("account", ""),
    }
    context |= _pager(postings.page, postings.pages)
    return render(request, "orders/statements/round.html", context)
