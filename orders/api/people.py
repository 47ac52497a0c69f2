"""The people of a group, and what happened since, each as the caller may see it."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from orders.api import bodies, shapes
from orders.queries.event_feeds import events_feed
from orders.queries.neighbours import neighbours
from orders.queries.people_feeds import members_feed
from tuangou.core import clock, limits
from tuangou.core.api.paging import PageQuery, asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView
from tuangou.core.feeds import Feed

HOUR = timedelta(hours=1)
DOORS_AN_HOUR = 60  # so that a program does not read the compound off, door by door


class MembersView(ApiView):
    @operation(
        "members",
        tag=shapes.PEOPLE,
        summary=_("邻居。真名、房号、手机号只有团长看得到（G2）"),
        gives=shapes.Member,
        page=True,
        query=PageQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, PageQuery)
        found = members_feed(member, at=clock.now(), after=page["cursor"], limit=page["limit"])
        return Response(page_body(request, found, shapes.Member))


class NeighboursView(ApiView):
    @operation(
        "neighbours",
        tag=shapes.PEOPLE,
        summary=_("替谁下单：按房号或昵称找一位邻居（O4）"),
        gives=shapes.Neighbour,
        page=True,
        query=bodies.NeighbourQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        query = asked(request, bodies.NeighbourQuery).get("q", "")
        if query and not member.is_officer:
            limits.spend("api.neighbours", str(member.pk), most=DOORS_AN_HOUR, per=HOUR)
        rows = Feed(neighbours(member, query).rows, None)
        return Response(page_body(request, rows, shapes.Neighbour))


class EventsView(ApiView):
    @operation(
        "events",
        tag=shapes.NEWS,
        summary=_("after 以后发生的事，老的在前"),
        description=_(
            "团长、副团长看全群的；邻居看团和汇总的，还有和自己的单有关的。"
            "只有 id、数量、分和代号，没有姓名、手机号和文字。"
            "读完一段，把最后一条的 id 写在 after 里再读；没有新的就是空列表。"
            "顺序不会倒回去：还没办完的事之后的，等它办完才给。"
        ),
        gives=shapes.Event,
        page=True,
        query=bodies.EventQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, bodies.EventQuery)
        after = int(page["after"]) if page.get("after") else None
        found = events_feed(member, after=after, limit=page["limit"])
        return Response(page_body(request, found, shapes.Event, cursor="after"))
