"""Goods on their way and at unloading: announced, short, inspected, stopped, photographed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import (
    delivery_photo_for_member,
    hold_for_initiator,
    order_for_member,
    purchase_for,
    round_for_member,
    round_for_officer,
)
from orders.api import goods_bodies as bodies
from orders.api import goods_shapes, shapes
from orders.api.deliveries import found_of
from orders.api.rounds import RoundsApi
from orders.models import Round
from orders.queries.delivery_pages import delivery_page
from orders.queries.door_views import looks_at
from orders.queries.short_notices import shortages_of
from orders.queries.unloading import load_of
from orders.services.delivery_notices import Coming, announce_delivery
from orders.services.delivery_photos import add_photos
from orders.services.holds import release
from orders.services.inspections import record_inspection, withdraw_goods
from orders.services.short_notices import say_short
from tuangou.core import images
from tuangou.core.api.schema import operation
from tuangou.core.api.views import ApiView, answer
from tuangou.core.api.wire import JsonBody
from tuangou.core.models import Scope


def _delivery(rnd: Round, status: int = 200) -> Response:
    """The goods of a round as they stand now."""
    page = delivery_page(rnd)
    found = {"page": page, "short": shortages_of([rnd.pk]), "to_inspect": page.to_inspect}
    return answer(goods_shapes.RoundGoods, found, status)


class GoodsView(ApiView):
    @operation(
        "goods",
        tag=shapes.GOODS,
        summary=_("一个团的货：几点到、到了多少、验得怎么样、哪样停发（O9、O16）"),
        gives=goods_shapes.RoundGoods,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        _member, rnd = round_for_member(self.person, slug, round_id)
        return _delivery(rnd)


class ComingView(ApiView):
    field_names = {"from_time": "arrives_from", "until_time": "arrives_until"}

    @operation(
        "coming",
        tag=shapes.GOODS,
        summary=_("说几点送到：店里的人说，或团长替它记；再说一次，以后一次为准（O9）"),
        takes=bodies.ComingBody,
        gives=goods_shapes.RoundGoods,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        member, rnd = purchase_for(self.person, slug, round_id)
        body = self.body(bodies.ComingBody)
        announce_delivery(
            round_id=rnd.pk,
            user_id=self.person.pk,
            for_merchant=member is not None and member.is_officer,
            coming=Coming(**body),
            request_id=self.key,
        )
        return _delivery(rnd, 201)


class ShortView(ApiView):
    @operation(
        "short",
        tag=shapes.GOODS,
        summary=_("送来以前就说会少什么；单子不变，到货时再分（O9）"),
        takes=bodies.ShortBody,
        gives=goods_shapes.RoundGoods,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        member, rnd = purchase_for(self.person, slug, round_id)
        body = self.body(bodies.ShortBody)
        short: dict[int, Decimal] = {row["offer"]: row["quantity"] for row in body["short"]}
        if len(short) < len(body["short"]):
            raise serializers.ValidationError({"short": [_("有货品写了两次，合成一行")]})
        say_short(
            round_id=rnd.pk,
            user_id=self.person.pk,
            for_merchant=member is not None and member.is_officer,
            short=short,
            note=body.get("note", ""),
            request_id=self.key,
        )
        return _delivery(rnd, 201)


class InspectionView(RoundsApi):
    field_names = {"checks": "bad"}

    @operation(
        "inspection",
        tag=shapes.GOODS,
        summary=_("记一车的验货结果，一车一次；没通过的停发，等团长决定（O16）"),
        takes=bodies.CarInspectionBody,
        gives=goods_shapes.RoundGoods,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        body = self.body(bodies.CarInspectionBody)
        car = body.get("car", 1)
        load = load_of(rnd, car)
        if load is None:
            raise serializers.ValidationError({"car": [_("没有这一车")]})
        record_inspection(
            round_id=rnd.pk,
            actor_id=officer.pk,
            found=found_of(load.categories, body),
            car=car,
            request_id=self.key,
        )
        return _delivery(rnd, 201)


class _HoldView(ApiView):
    def decide(self, act: Any, slug: str, hold_id: int) -> Response:
        initiator, held = hold_for_initiator(self.person, slug, hold_id)
        body = self.body(bodies.DecisionBody)
        act(
            hold_id=held.pk,
            actor_id=initiator.pk,
            reason=body["reason"],
            request_id=self.key,
        )
        return _delivery(held.round)


class HoldReleaseView(_HoldView):
    @operation(
        "hold-release",
        tag=shapes.GOODS,
        summary=_("停发的货放行，写明理由（O16）"),
        takes=bodies.DecisionBody,
        gives=goods_shapes.RoundGoods,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, hold_id: int) -> Response:
        return self.decide(release, slug, hold_id)


class HoldWithdrawView(_HoldView):
    @operation(
        "hold-withdraw",
        tag=shapes.GOODS,
        summary=_("停发的货不发了，没取的都退钱，写明理由（O16）"),
        takes=bodies.DecisionBody,
        gives=goods_shapes.RoundGoods,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, hold_id: int) -> Response:
        return self.decide(withdraw_goods, slug, hold_id)


class DeliveryPhotosView(ApiView):
    parser_classes = [JsonBody, MultiPartParser]

    @operation(
        "delivery-photos",
        tag=shapes.GOODS,
        summary=_("传到货照片，发 multipart/form-data；一次到货最多 8 张（O9）"),
        takes={"multipart/form-data": bodies.PhotosForm},
        gives=goods_shapes.RoundGoods,
        status=201,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        body = self.body(bodies.PhotosForm)
        add_photos(
            round_id=rnd.pk,
            actor_id=officer.pk,
            photos=[images.reencode(file) for file in body["photos"]],
            offer_id=body.get("offer"),
            request_id=self.key,
        )
        return _delivery(rnd, 201)


class DeliveryPhotoView(ApiView):
    @operation(
        "delivery-photo",
        tag=shapes.GOODS,
        summary=_("到货的一张照片（WebP）"),
        gives=None,
        media_types=("image/webp",),
    )
    def get(self, request: Request, slug: str, delivery_photo_id: int) -> HttpResponse:
        _member, shown = delivery_photo_for_member(self.person, slug, delivery_photo_id)
        with shown.file.open("rb") as file:
            return picture(file.read())


def picture(data: bytes) -> HttpResponse:
    """A picture that nobody's browser takes for anything else."""
    response = HttpResponse(data, content_type="image/webp")
    response["Cache-Control"] = "private, max-age=86400"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


class DoorLooksView(ApiView):
    @operation(
        "door-looks",
        tag=shapes.GOODS,
        summary=_("送上门的单：店里谁在什么时候看过门牌"),
        gives=goods_shapes.DoorLooks,
    )
    def get(self, request: Request, slug: str, order_id: int) -> Response:
        member, order = order_for_member(self.person, slug, order_id)
        if order.member_id != member.pk:
            raise Http404
        return answer(goods_shapes.DoorLooks, {"looks": looks_at(order)})
