"""Goods arriving (O9, O16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import round_for_officer
from orders.api import bodies, shapes
from orders.api.rounds import RoundsApi
from orders.models import Round
from orders.queries.deliveries import Came, Lot
from orders.queries.delivery_pages import offers_with_ordered
from orders.queries.inspections import checklist
from orders.services import deliveries as service
from orders.services.inspections import Found
from tuangou.core.api.schema import operation
from tuangou.core.models import Scope

OPTIONAL = ("weighed", "damaged", "sharing", "note")


class ArrivalView(RoundsApi):
    @operation(
        "arrival",
        tag=shapes.GOODS,
        summary=_("记到货：每样到了多少，少的怎么分，验货结果（O9、O16）"),
        takes=bodies.ArrivalBody,
        gives=shapes.Round,
        scope=Scope.OFFICER,
    )
    def post(self, request: Request, slug: str, round_id: int) -> Response:
        officer, rnd = round_for_officer(self.person, slug, round_id)
        body = self.body(bodies.ArrivalBody)
        delivered = {row["offer"]: _came(row) for row in body["delivered"]}
        if len(delivered) < len(body["delivered"]):
            raise serializers.ValidationError({"delivered": [_("有货品写了两次，合成一行")]})
        service.record_arrival(
            round_id=rnd.pk,
            actor_id=officer.pk,
            delivered=delivered,
            note=body.get("note", ""),
            inspection=_found(rnd, body["inspection"]) if "inspection" in body else None,
            request_id=self.key,
        )
        return self.card(slug, rnd.pk)


def _came(row: Mapping[str, Any]) -> Came:
    lots = (
        Lot(lot["lot"], lot.get("quantity"), lot.get("produced_on"), lot.get("expires_on"))
        for lot in row.get("lots", ())
    )
    return Came(
        quantity=row["quantity"],
        shares={share["line"]: share["quantity"] for share in row.get("shares", ())},
        lots=tuple(lots),
        **{name: row[name] for name in OPTIONAL if name in row},
    )


def _found(rnd: Round, said: Mapping[str, Any]) -> Found:
    """Every line of the checklist is fine unless it is named."""
    bad = set(said.get("bad", ()))
    categories = [offer.category for offer, _ordered in offers_with_ordered(rnd)]
    return Found(
        verdict=said["verdict"],
        checks={check.key: check.key not in bad for check in checklist(categories)},
        temperature=said.get("temperature"),
        note=said.get("note", ""),
        failed=frozenset(said.get("failed", ())),
    )
