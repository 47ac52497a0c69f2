"""What the initiator sets: the ground of the group."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from groups.models import Building, Membership, PickupPoint
from groups.queries.memberships import deputies_of, possible_deputies


@dataclass(frozen=True, slots=True)
class Settings:
    buildings: list[Building]
    pickup_points: list[PickupPoint]
    deputies: list[Membership]
    candidates: list[Membership]


def settings_of(group_id: int) -> Settings:
    """Buildings, open pick-up points, deputies, and who could be one. Four queries."""
    points = PickupPoint.objects.filter(group_id=group_id, is_active=True)
    return Settings(
        buildings=list(Building.objects.filter(group_id=group_id).order_by("position")),
        pickup_points=list(points.order_by("name", "pk")),
        deputies=deputies_of(group_id),
        candidates=possible_deputies(group_id),
    )


def ground_of(group_id: int) -> tuple[list[PickupPoint], list[Building]]:
    """Open pick-up points and all buildings, for programs. Two queries."""
    points = PickupPoint.objects.filter(group_id=group_id, is_active=True)
    buildings = Building.objects.filter(group_id=group_id)
    return list(points.order_by("name", "pk")), list(buildings.order_by("position"))


def percent_text(bp: int) -> str:
    """450 → "4.5": what stands in a box or before the sign."""
    whole, rest = divmod(bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def building_of(group_id: int, building_id: int) -> Building:
    """A building of this group, or 404."""
    building = Building.objects.filter(group_id=group_id, pk=building_id).first()
    if building is None:
        raise Http404
    return building


def pickup_point_of(group_id: int, pickup_point_id: int) -> PickupPoint:
    """A pick-up point of this group, or 404."""
    point = PickupPoint.objects.filter(group_id=group_id, pk=pickup_point_id).first()
    if point is None:
        raise Http404
    return point
