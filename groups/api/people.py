"""Who I am, my groups, my notices."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for
from groups.api import shapes
from groups.models import Membership
from groups.queries.memberships import groups_of
from groups.queries.settings import ground_of
from tuangou.core import notices
from tuangou.core.api.paging import PageQuery, asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.feeds import Feed
from tuangou.core.models import ApiToken, Scope


class MeView(ApiView):
    @operation("me", tag=shapes.TAG, summary=_("我是谁，这个令牌能做什么"), gives=shapes.Me)
    def get(self, request: Request) -> Response:
        person, token = self.person, request.auth
        known = token if isinstance(token, ApiToken) else None
        row = {
            "id": person.pk,
            "nickname": person.nickname,
            "phone": person.phone,
            "language": person.language,
            "scopes": known.scopes.split() if known else None,
            "expires_at": known.expires_at if known else None,
        }
        return answer(shapes.Me, row)


class GroupsView(ApiView):
    @operation(
        "groups",
        tag=shapes.TAG,
        summary=_("我在的群"),
        gives=shapes.GroupLine,
        page=True,
        query=PageQuery,
    )
    def get(self, request: Request) -> Response:
        page = asked(request, PageQuery)
        aside = self.person.puts_offices_aside
        found = sorted(groups_of(self.person.pk), key=lambda row: row.id)
        found = [row for row in found if row.id > (page["cursor"] or 0)]
        shown = found[: page["limit"]]
        rows: list[Any] = [
            {
                "slug": row.slug,
                "name": row.name,
                "compound": row.compound,
                "is_officer": row.is_officer and not aside,
                "is_loading": row.is_loading,
            }
            for row in shown
        ]
        following = shown[-1].id if len(found) > len(shown) else None
        return Response(page_body(request, Feed(rows, following), shapes.GroupLine))


class GroupView(ApiView):
    @operation(
        "group", tag=shapes.TAG, summary=_("一个群：规矩、自提点、我的位置"), gives=shapes.Group
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        group = member.group
        points, buildings = ground_of(group.pk)
        names = (
            "slug",
            "name",
            "compound",
            "time_zone",
            "member_limit",
            "merchants_per_day",
            "min_discount_bp",
            "commission_bp",
            "return_window_hours",
            "hidden_fault_days",
        )
        row = {name: getattr(group, name) for name in names} | {
            "pickup_points": points,
            "buildings": buildings,
            "me": _own(member),
        }
        return answer(shapes.Group, row)


def _own(member: Membership) -> dict[str, Any]:
    flat = member.household
    role = "initiator" if member.holds_mandate else "deputy" if member.is_deputy else "member"
    return {
        "id": member.pk,
        "nickname": member.nickname,
        "masked_name": member.masked_name,
        "building": flat.building.name,
        "unit": flat.unit,
        "room": flat.room,
        "role": role,
        "unread": member.unread,
    }


def _inbox(view: ApiView, request: Request, group_id: int | None) -> Response:
    page = asked(request, shapes.NoticeQuery)
    limit = page["limit"]
    rows = notices.inbox(
        view.person.pk,
        group_id=group_id,
        before=page["cursor"],
        limit=limit + 1,
        unread_only=page.get("unread") == "true",
    )
    following = rows[limit - 1].id if len(rows) > limit else None
    return Response(page_body(request, Feed(rows[:limit], following), shapes.Notice))


class AllNoticesView(ApiView):
    @operation(
        "notices",
        tag=shapes.TAG,
        summary=_("我的消息，所有群的"),
        gives=shapes.Notice,
        page=True,
        query=shapes.NoticeQuery,
    )
    def get(self, request: Request) -> Response:
        return _inbox(self, request, None)


class NoticesView(ApiView):
    @operation(
        "group-notices",
        tag=shapes.TAG,
        summary=_("我在这个群的消息；读取不算看过"),
        gives=shapes.Notice,
        page=True,
        query=shapes.NoticeQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        return _inbox(self, request, member.group_id)


class NoticesReadView(ApiView):
    @operation(
        "group-notices-read",
        tag=shapes.TAG,
        summary=_("记成看过"),
        takes=shapes.ReadBody,
        gives=shapes.ReadDone,
        scope=Scope.ORDER,
    )
    def post(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        ids = self.body(shapes.ReadBody).get("ids")
        user_id, group_id = self.person.pk, member.group_id
        n = self.once(
            "notices.read",
            group_id=group_id,
            body={"ids": ids},
            work=lambda: notices.mark_read(user_id=user_id, group_id=group_id, ids=ids),
            replay=lambda: 0,
        )
        return answer(shapes.ReadDone, {"read": n})
