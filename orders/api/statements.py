"""Statements and the postings behind every amount (O7)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import initiator_for, membership_for
from orders.access import order_for_member, round_for_initiator
from orders.api import bodies, books_shapes, shapes
from orders.models import Account
from orders.queries import statements as queries
from orders.queries.feeds import own_orders_feed
from tuangou.core.api.paging import PageQuery, asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView
from tuangou.core.models import Scope


class StatementView(ApiView):
    @operation(
        "statement",
        tag=shapes.BOOKS,
        summary=_("我的账：每单的钱，和一共还差多少"),
        gives=books_shapes.Statement,
        query=PageQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, PageQuery)
        totals = queries.member_totals(member)
        found = own_orders_feed(member, after=page["cursor"], limit=page["limit"])
        head = {
            "balance_fen": totals.owed_fen - totals.credit_fen,
            "totals": books_shapes.Totals(totals).data,
        }
        return Response(head | page_body(request, found, books_shapes.StatementLine))


class BooksView(ApiView):
    @operation(
        "books",
        tag=shapes.BOOKS,
        summary=_("团长的账：每个团的销售、退货、佣金和该给商家的"),
        gives=books_shapes.Books,
        query=PageQuery,
        scope=Scope.OFFICER,
    )
    def get(self, request: Request, slug: str) -> Response:
        initiator = initiator_for(self.person, slug)
        page = asked(request, PageQuery)
        totals, found = queries.books_feed(initiator, after=page["cursor"], limit=page["limit"])
        names = ("sales", "returned", "commission", "due_to_merchants", "cash")
        head = {f"{name}_fen": getattr(totals, f"{name}_fen") for name in names}
        return Response(head | page_body(request, found, books_shapes.RoundBook))


def _postings(request: Request, found: queries.PostingsFeed) -> Response:
    head: dict[str, Any] = {"sum_fen": found.sum_fen, "count": found.count}
    return Response(head | page_body(request, found.feed, books_shapes.Posting))


class OrderPostingsView(ApiView):
    @operation(
        "order-postings",
        tag=shapes.BOOKS,
        summary=_("一单在邻居账上的分录；part 只要一个数的"),
        gives=books_shapes.Postings,
        query=bodies.PostingQuery,
    )
    def get(self, request: Request, slug: str, order_id: int) -> Response:
        _member, order = order_for_member(self.person, slug, order_id)
        page = asked(request, bodies.PostingQuery)
        found = queries.postings_feed(
            order.group_id,
            order_id=order.pk,
            account=Account.MEMBER,
            part=page.get("part", ""),
            after=page["cursor"],
            limit=page["limit"],
        )
        return _postings(request, found)


class RoundPostingsView(ApiView):
    @operation(
        "round-postings",
        tag=shapes.BOOKS,
        summary=_("一个团的全部分录，给团长"),
        gives=books_shapes.Postings,
        query=bodies.RoundPostingQuery,
        scope=Scope.OFFICER,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        _initiator, rnd = round_for_initiator(self.person, slug, round_id)
        page = asked(request, bodies.RoundPostingQuery)
        found = queries.postings_feed(
            rnd.group_id,
            round_id=rnd.pk,
            account=page.get("account", ""),
            after=page["cursor"],
            limit=page["limit"],
        )
        return _postings(request, found)
