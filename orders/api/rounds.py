"""Rounds: looking, drafting, copying, opening, and what comes at and after the cut-off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from groups.access import membership_for, officer_for
from groups.models import Membership
from orders.access import round_for_initiator, round_for_member, round_for_officer
from orders.api import bodies, shapes
from orders.models import Round
from orders.models.rounds import Fault
from orders.queries import openings as opening_queries
from orders.queries import round_feeds
from orders.queries.feeds import made_by
from orders.queries.rounds import stock_of
from orders.services import openings
from orders.services import rounds as service
from orders.services.check_offs import record_not_collected
from orders.services.openings import RoundSpec
from tuangou.core import clock
from tuangou.core.api.fields import Empty
from tuangou.core.api.paging import asked, page_body
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.models import Scope


class RoundsApi(ApiView):
    field_names = {"cut_off": "cut_off_at", "pickup": "pickup_from"}

    def card(self, slug: str, round_id: int, status: int = 200) -> Response:
        """The round as it stands now."""
        _member, rnd = round_for_member(self.person, slug, round_id)
        return answer(shapes.Round, round_feeds.round_card(rnd, at=clock.now()), status)

    def act(
        self,
        name: str,
        officer: Membership,
        rnd: Round,
        work: Callable[[], object],
        body: Mapping[str, Any] | None = None,
    ) -> Response:
        """Do it once per key, and show the round as it stands then."""
        self.once(
            f"round.{name}",
            group_id=officer.group_id,
            body={"round": rnd.pk, **(body or {})},
            work=work,
            replay=lambda: None,
        )
        return self.card(officer.group.slug, rnd.pk)

    def draft(
        self,
        officer: Membership,
        merchant_id: int,
        source: Round | None,
        body: dict[str, Any],
        spec: Callable[[Any], RoundSpec],
    ) -> Response:
        def work() -> int:
            rnd = openings.draft_round(
                group_id=officer.group_id,
                actor_id=officer.pk,
                merchant_id=merchant_id,
                spec=spec(clock.now()),
                copied_from_id=source.pk if source else None,
                request_id=self.key,
            )
            return rnd.pk

        round_id = self.once(
            "round.draft",
            group_id=officer.group_id,
            body={"copy": source.pk if source else None, **body},
            work=work,
            replay=lambda: made_by(self.person.pk, officer.group_id, "round.drafted", self.key),
        )
        return self.card(officer.group.slug, round_id, 201)


class RoundsView(RoundsApi):
    @operation(
        "rounds",
        tag=shapes.ROUNDS,
        summary=_("群里的团，新的在前；草稿只有团长、副团长看得到"),
        gives=shapes.RoundLine,
        page=True,
        query=bodies.RoundQuery,
    )
    def get(self, request: Request, slug: str) -> Response:
        member = membership_for(self.person, slug)
        page = asked(request, bodies.RoundQuery)
        found = round_feeds.rounds_feed(
            member,
            at=clock.now(),
            after=page["cursor"],
            limit=page["limit"],
            status=page.get("status", ""),
            merchant_id=page.get("merchant"),
            open_only="open" in page,
        )
        return Response(page_body(request, found, shapes.RoundLine))

    @operation(
        "round-new",
        tag=shapes.ROUNDS,
        summary=_("存一个草稿（O1）；开团另外一步"),
        takes=bodies.RoundBody,
        gives=shapes.Round,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str) -> Response:
        officer = officer_for(self.person, slug)
        body = self.body(bodies.RoundBody)
        return self.draft(
            officer, body["merchant"], None, body, lambda at: bodies.spec_of(body, at=at)
        )


class RoundCopyView(RoundsApi):
    @operation(
        "round-copy",
        tag=shapes.ROUNDS,
        summary=_("照一个团再开一个：存成草稿，没写的都照旧，时间往后挪整周"),
        takes=bodies.CopyBody,
        gives=shapes.Round,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, source = round_for_officer(self.person, slug, round_id)
        body = self.body(bodies.CopyBody)

        def spec(at: Any) -> RoundSpec:
            start = opening_queries.start_of(
                officer.group, source.merchant_id, source.merchant.brand, at=at, source=source
            )
            return bodies.copied_spec(body, start, at=at)

        return self.draft(officer, source.merchant_id, source, body, spec)


class RoundView(RoundsApi):
    @operation(
        "round", tag=shapes.ROUNDS, summary=_("一个团：货品、价格、还剩多少"), gives=shapes.Round
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        return self.card(slug, round_id)


class StockView(RoundsApi):
    @operation(
        "round-stock",
        tag=shapes.ROUNDS,
        summary=_("还剩多少；带 If-None-Match 问，没变就是 304"),
        gives=shapes.Stock,
        more={304: _("没有变")},
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        _member, rnd = round_for_member(self.person, slug, round_id)
        tag = f'"{rnd.pk}-{rnd.version}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status=304, headers={"ETag": tag})
        left = stock_of(rnd)
        row = {
            "takes_orders": rnd.takes_orders(clock.now()),
            "version": rnd.version,
            "offers": [
                {"offer_id": int(name.removeprefix("offer_")), "left": value}
                for name, value in left.items()
            ],
        }
        return Response(shapes.Stock(row).data, headers={"ETag": tag})


class RoundOpenView(RoundsApi):
    @operation(
        "round-open",
        tag=shapes.ROUNDS,
        summary=_("开团：商家、价格和当天几家都在这时核对（O2）"),
        takes=Empty,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        self.body(Empty)
        return self.act(
            "open",
            officer,
            rnd,
            lambda: openings.open_round(round_id=rnd.pk, actor_id=officer.pk),
        )


class RoundCloseView(RoundsApi):
    @operation(
        "round-close",
        tag=shapes.ROUNDS,
        summary=_("提前截单；够不够起团量当时就定（O1）"),
        takes=Empty,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        self.body(Empty)
        return self.act(
            "close",
            officer,
            rnd,
            lambda: service.close_round(round_id=rnd.pk, actor_id=officer.pk),
        )


class RoundExtendView(RoundsApi):
    @operation(
        "round-extend",
        tag=shapes.ROUNDS,
        summary=_("没到起团量的团延长一次（O1）"),
        takes=bodies.ExtendBody,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        body = self.body(bodies.ExtendBody)
        return self.act(
            "extend",
            officer,
            rnd,
            lambda: openings.extend_round(
                round_id=rnd.pk, actor_id=officer.pk, cut_off_at=body["cut_off_at"]
            ),
            body,
        )


class RoundFailView(RoundsApi):
    @operation(
        "round-fail",
        tag=shapes.ROUNDS,
        summary=_("没到起团量，不团了：订单一起取消（O1）"),
        takes=Empty,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        self.body(Empty)
        return self.act(
            "fail",
            officer,
            rnd,
            lambda: service.fail_round(round_id=rnd.pk, actor_id=officer.pk),
        )


class CancelBody(bodies.PublicReasonBody):
    fault = serializers.ChoiceField(
        Fault.choices,
        required=False,
        help_text=_("成团以后取消，是谁的原因；merchant 记进信誉账本（R4）"),
    )


class RoundCancelView(RoundsApi):
    @operation(
        "round-cancel",
        tag=shapes.ROUNDS,
        summary=_("整团取消，写明原因；动钱，只有团长（O1）"),
        takes=CancelBody,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_initiator(self.person, slug, round_id)
        body = self.body(CancelBody)
        return self.act(
            "cancel",
            officer,
            rnd,
            lambda: service.cancel_round(
                round_id=rnd.pk,
                actor_id=officer.pk,
                reason=body["reason"],
                fault=body.get("fault", ""),
            ),
            body,
        )


class RoundMissedView(RoundsApi):
    @operation(
        "round-missed",
        tag=shapes.GOODS,
        summary=_("自提时间过了，把没来取的记下来（O10）"),
        takes=Empty,
        gives=shapes.Counted,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        self.body(Empty)
        count = self.once(
            "round.missed",
            group_id=officer.group_id,
            body={"round": rnd.pk},
            work=lambda: record_not_collected(round_id=rnd.pk, actor_id=officer.pk),
            replay=lambda: 0,
        )
        return answer(shapes.Counted, {"count": count})


class RoundCompleteView(RoundsApi):
    @operation(
        "round-complete",
        tag=shapes.ROUNDS,
        summary=_("都取了或记了没取：结团（O1）"),
        takes=Empty,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        self.body(Empty)
        return self.act(
            "complete",
            officer,
            rnd,
            lambda: service.complete_round(round_id=rnd.pk, actor_id=officer.pk),
        )
