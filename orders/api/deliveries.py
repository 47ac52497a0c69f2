"""Goods arriving (O9, O16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import round_for_officer
from orders.api import goods_bodies, shapes
from orders.api.rounds import RoundsApi
from orders.models import Offer, Round
from orders.queries.deliveries import Came, Lot
from orders.queries.delivery_pages import offers_with_ordered
from orders.queries.inspections import checklist
from orders.queries.later_arrivals import lacking, unshared
from orders.services import deliveries as service
from orders.services.inspections import Found
from orders.services.later_arrivals import record_later, share_out
from tuangou.core.api.schema import operation
from tuangou.core.api.views import answer
from tuangou.core.models import Scope

OPTIONAL = ("weighed", "damaged", "sharing", "note")


class ArrivalView(RoundsApi):
    @operation(
        "arrival",
        tag=shapes.GOODS,
        summary=_("记到货：每样到了多少，少的怎么分，验货结果（O9、O16）"),
        takes=goods_bodies.ArrivalBody,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        body = self.body(goods_bodies.ArrivalBody)
        service.record_arrival(
            round_id=rnd.pk,
            actor_id=officer.pk,
            delivered=_by_offer("delivered", body["delivered"]),
            note=body.get("note", ""),
            inspection=_came_along(rnd, body),
            request_id=self.key,
        )
        return self.card(slug, rnd.pk)


class ArrivalLaterView(RoundsApi):
    @operation(
        "arrival-later",
        tag=shapes.GOODS,
        summary=_("又到了一车：缺的里面这次到了多少，补给没拿齐的（O9）"),
        takes=goods_bodies.LaterBody,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        body = self.body(goods_bodies.LaterBody)
        record_later(
            round_id=rnd.pk,
            actor_id=officer.pk,
            delivered=_by_offer("delivered", body["delivered"]),
            request_id=self.key,
        )
        return self.card(slug, rnd.pk)


class SharingView(RoundsApi):
    @operation(
        "sharing",
        tag=shapes.GOODS,
        summary=_("到货以后还缺什么，帮手数的哪些等着分（O9）"),
        gives=shapes.Sharing,
        scope=Scope.OFFICER,
    )
    def get(self, request: Request, slug: str, round_id: int) -> Response:
        _officer, rnd = round_for_officer(self.person, slug, round_id)
        found = {"lacking": _goods(lacking(rnd)), "waiting": _goods(unshared(rnd))}
        return answer(shapes.Sharing, found)

    @operation(
        "share-out",
        tag=shapes.GOODS,
        summary=_("把帮手数的分给大家：少的退，后到的补（O9）"),
        takes=goods_bodies.SharingBody,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        body = self.body(goods_bodies.SharingBody)
        share_out(
            round_id=rnd.pk,
            actor_id=officer.pk,
            ways=_by_offer("ways", body.get("ways", [])),
            request_id=self.key,
        )
        return self.card(slug, rnd.pk)


def _goods(rows: Iterable[tuple[Offer, Decimal]]) -> list[dict[str, Any]]:
    return [
        {"offer": offer.pk, "name": offer.name, "unit": offer.unit, "quantity": quantity}
        for offer, quantity in rows
    ]


def _by_offer(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[int, Came]:
    found = {row["offer"]: _came(row) for row in rows}
    if len(found) < len(rows):
        raise serializers.ValidationError({name: [_("有货品写了两次，合成一行")]})
    return found


def _came(row: Mapping[str, Any]) -> Came:
    lots = (
        Lot(lot["lot"], lot.get("quantity"), lot.get("produced_on"), lot.get("expires_on"))
        for lot in row.get("lots", ())
    )
    return Came(
        quantity=row.get("quantity", Decimal(0)),
        shares={share["line"]: share["quantity"] for share in row.get("shares", ())},
        lots=tuple(lots),
        **{name: row[name] for name in OPTIONAL if name in row},
    )


def _came_along(rnd: Round, body: Mapping[str, Any]) -> Found | None:
    if "inspection" not in body:
        return None
    offers = offers_with_ordered(rnd)
    return found_of([offer.category for offer, _ordered in offers], body["inspection"])


def found_of(categories: Iterable[str], said: Mapping[str, Any]) -> Found:
    """Every line of the checklist is fine unless it is named."""
    bad = set(said.get("bad", ()))
    return Found(
        verdict=said["verdict"],
        checks={check.key: check.key not in bad for check in checklist(categories)},
        temperature=said.get("temperature"),
        note=said.get("note", ""),
        failed=frozenset(said.get("failed", ())),
        failed_batches=frozenset(said.get("failed_batches", ())),
    )
