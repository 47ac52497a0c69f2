"""A group and its ground: founding, rules, notice, buildings, pick-up points (G1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from groups.models import (
    Building,
    Group,
    GroupStatus,
    Household,
    Mandate,
    MandateOrigin,
    Membership,
    MembershipStatus,
    PickupPoint,
)
from groups.queries.settings import percent_text
from groups.services import words
from groups.services.queue import admit_waiting
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MOST_BUILDINGS = 200


class SlugTaken(DomainError):
    """A living or loading group has this address."""

    code = "slug_taken"
    rule = "G1"


class NameTaken(DomainError):
    """The group has a building or pick-up point of this name."""

    code = "name_taken"
    rule = "G1"
    status = 422


class LastPickupPoint(DomainError):
    """A group keeps at least one open pick-up point."""

    code = "last_pickup_point"
    rule = "G1"


@dataclass(frozen=True, slots=True)
class Rules:
    """What binds every round of a group (G1). Basis points: 500 = 5 %."""

    member_limit: int = 500
    merchants_per_day: int = 2
    min_discount_bp: int = 300
    commission_bp: int = 500
    return_window_hours: int = 48
    hidden_fault_days: int = 7


BOUNDS: dict[str, tuple[int, int]] = {
    "member_limit": (1, 2000),
    "merchants_per_day": (1, 20),
    "min_discount_bp": (0, 9000),
    "commission_bp": (0, 3000),
    "return_window_hours": (1, 720),
    "hidden_fault_days": (1, 90),
}


@dataclass(frozen=True, slots=True)
class Founder:
    """Who founds the group, and behind which door she lives. `building` is one of its buildings."""

    user_id: int
    nickname: str
    real_name: str
    building: str
    room: str
    unit: str = ""


@transaction.atomic
def found_group(
    *,
    founder: Founder,
    name: str,
    slug: str,
    compound: str,
    buildings: Sequence[str],
    pickup_points: Sequence[str],
    rules: Rules | None = None,
    time_zone: str = "Asia/Shanghai",
    notice: str = "",
    loading: bool = False,
    parent_id: int | None = None,
) -> Group:
    """Found a group: its founder is a member with a household and holds the first mandate (G5).

    `loading=True` founds it closed to all pages, for a year that is played into it; call
    `loads.start_load` in the same transaction. `parent_id` is a group of hers (P: sub-groups).
    Raises SlugTaken, InvalidInput.
    """
    rules = rules or Rules()
    check_rules(rules)
    at = clock.now()
    status = GroupStatus.LOADING if loading else GroupStatus.ACTIVE
    try:
        with transaction.atomic():
            group = Group.objects.create(
                name=words.plain(name, field="name", most=80, empty=_("给群起个名字")),
                slug=_checked_slug(slug),
                compound=words.plain(compound, field="compound", most=80, empty=_("填小区名")),
                time_zone=_checked_zone(time_zone),
                status=status,
                notice=words.plain(notice, field="notice", most=300),
                created_at=at,
                parent_id=parent_id,
                **asdict(rules),
            )
    except IntegrityError as error:
        raise SlugTaken(
            _("网址 %(slug)s 已经有群在用，换一个") % {"slug": slug}, field="slug"
        ) from error
    ground = _lay_out(group, buildings, pickup_points)
    membership = _seat_founder(group, founder, ground, at)
    events.publish(
        "group.founded",
        group_id=group.pk,
        subject_id=group.pk,
        actor_id=founder.user_id,
        at=at,
        membership=membership.pk,
    )
    return group


@transaction.atomic
def change_rules(*, group_id: int, actor_id: int, name: str, compound: str, rules: Rules) -> Group:
    """Name, compound and rules of a group; they bind rounds opened from now on (G1, M5).

    A limit below the present number of members is allowed: nobody is removed, nobody more joins.
    Raises InvalidInput.
    """
    check_rules(rules)
    group = Group.objects.lock(group_id)
    at = clock.now()
    before = {field: getattr(group, field) for field in BOUNDS}
    after = asdict(rules)
    group.name = words.plain(name, field="name", most=80, empty=_("给群起个名字"))
    group.compound = words.plain(compound, field="compound", most=80, empty=_("填小区名"))
    for field, value in after.items():
        setattr(group, field, value)
    group.save(update_fields=["name", "compound", *after])
    changed = {
        field: [before[field], after[field]] for field in BOUNDS if before[field] != after[field]
    }
    _tell("group.rules_changed", group, group.pk, actor_id, at, changed=changed)
    admit_waiting(group, at)
    return group


@transaction.atomic
def update_notice(*, group_id: int, actor_id: int, notice: str) -> Group:
    """The one notice on the group's front page; empty takes it down. Raises InvalidInput."""
    group = Group.objects.lock(group_id)
    at = clock.now()
    group.notice = words.plain(notice, field="notice", most=300)
    group.save(update_fields=["notice"])
    _tell("group.notice_changed", group, group.pk, actor_id, at)
    return group


@transaction.atomic
def add_building(*, group_id: int, actor_id: int, name: str) -> Building:
    """A further building, last in the order. Raises NameTaken, InvalidInput."""
    group = Group.objects.lock(group_id)
    at = clock.now()
    name = _building_name(name)
    buildings = Building.objects.filter(group=group)
    _refuse_taken(buildings.filter(name=name).exists(), name)
    if buildings.count() >= MOST_BUILDINGS:
        raise InvalidInput(_("最多 %(most)d 栋") % {"most": MOST_BUILDINGS}, field="name")
    last = buildings.aggregate(last=Max("position"))["last"] or 0
    building = Building.objects.create(group=group, name=name, position=last + 1)
    _tell("group.building_added", group, building.pk, actor_id, at)
    return building


@transaction.atomic
def rename_building(*, group_id: int, actor_id: int, building_id: int, name: str) -> Building:
    """Another name for a building; placed orders keep what they copied. Raises NameTaken."""
    group = Group.objects.lock(group_id)
    at = clock.now()
    name = _building_name(name)
    building = Building.objects.filter(group=group).get(pk=building_id)
    others = Building.objects.filter(group=group).exclude(pk=building_id)
    _refuse_taken(others.filter(name=name).exists(), name)
    building.name = name
    building.save(update_fields=["name"])
    _tell("group.building_renamed", group, building.pk, actor_id, at)
    return building


@transaction.atomic
def add_pickup_point(*, group_id: int, actor_id: int, name: str) -> PickupPoint:
    """A further place where bags are handed out; one that was closed opens again.

    Raises NameTaken, InvalidInput.
    """
    group = Group.objects.lock(group_id)
    at = clock.now()
    name = _point_name(name)
    point = PickupPoint.objects.filter(group=group, name=name).first()
    _refuse_taken(point is not None and point.is_active, name)
    if point is None:
        point = PickupPoint.objects.create(group=group, name=name)
    else:
        point.is_active = True
        point.save(update_fields=["is_active"])
    _tell("group.pickup_point_opened", group, point.pk, actor_id, at)
    return point


@transaction.atomic
def close_pickup_point(*, group_id: int, actor_id: int, pickup_point_id: int) -> PickupPoint:
    """No new round names it; rounds that do keep it. Closing twice is closing once.

    Raises LastPickupPoint.
    """
    group = Group.objects.lock(group_id)
    at = clock.now()
    points = PickupPoint.objects.filter(group=group)
    point = points.get(pk=pickup_point_id)
    if not point.is_active:
        return point
    if not points.filter(is_active=True).exclude(pk=point.pk).exists():
        raise LastPickupPoint(_("至少留一个自提点。先加新的，再停这个"))
    point.is_active = False
    point.save(update_fields=["is_active"])
    _tell("group.pickup_point_closed", group, point.pk, actor_id, at)
    return point


def check_rules(rules: Rules) -> None:
    for field, (least, most) in BOUNDS.items():
        if not least <= getattr(rules, field) <= most:
            shown = percent_text if field.endswith("_bp") else str
            raise InvalidInput(
                _("填 %(least)s 到 %(most)s 之间的数")
                % {"least": shown(least), "most": shown(most)},
                field=field,
            )


def _checked_slug(slug: str) -> str:
    if len(slug) > 40 or not _SLUG.fullmatch(slug):
        raise InvalidInput(_("网址用小写字母、数字和短横线，最多 40 个"), field="slug")
    return slug


def _checked_zone(time_zone: str) -> str:
    try:
        return ZoneInfo(time_zone).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(_("没有这个时区，例如 Asia/Shanghai"), field="time_zone") from error


def _lay_out(group: Group, buildings: Sequence[str], points: Sequence[str]) -> dict[str, Building]:
    building_names = [_building_name(name) for name in buildings]
    point_names = [_point_name(name) for name in points]
    for field, names, missing in (
        ("buildings", building_names, _("至少填一栋楼")),
        ("pickup_points", point_names, _("至少填一个自提点")),
    ):
        if not names:
            raise InvalidInput(missing, field=field)
        if twice := [name for name in names if names.count(name) > 1]:
            raise InvalidInput(_("「%(name)s」写了两次") % {"name": twice[0]}, field=field)
    if len(building_names) > MOST_BUILDINGS:
        raise InvalidInput(_("最多 %(most)d 栋") % {"most": MOST_BUILDINGS}, field="buildings")
    PickupPoint.objects.bulk_create(PickupPoint(group=group, name=name) for name in point_names)
    rows = Building.objects.bulk_create(
        Building(group=group, name=name, position=position)
        for position, name in enumerate(building_names, 1)
    )
    return {row.name: row for row in rows}


def _seat_founder(
    group: Group, founder: Founder, buildings: dict[str, Building], at: datetime
) -> Membership:
    building = buildings.get(_building_name(founder.building))
    if building is None:
        raise InvalidInput(_("%(name)s不在楼栋表里") % {"name": founder.building}, field="building")
    household = Household.objects.create(
        group=group,
        building=building,
        unit=words.unit(founder.unit),
        room=words.room(founder.room),
        activated_at=at,
    )
    membership = Membership.objects.create(
        group=group,
        household=household,
        user_id=founder.user_id,
        nickname=words.plain(founder.nickname, field="nickname", most=30, empty=_("填昵称")),
        real_name=words.plain(founder.real_name, field="real_name", most=30, empty=_("填真实姓名")),
        status=MembershipStatus.ACTIVE,
        activated_at=at,
    )
    Mandate.objects.create(
        group=group, membership=membership, origin=MandateOrigin.FOUNDER, started_at=at
    )
    return membership


def _building_name(name: str) -> str:
    return words.plain(name, field="name", most=20, empty=_("填楼栋名，例如 3栋"))


def _point_name(name: str) -> str:
    return words.plain(name, field="name", most=60, empty=_("填自提点，例如 3栋架空层"))


def _refuse_taken(taken: bool, name: str) -> None:
    if taken:
        raise NameTaken(_("「%(name)s」已经有了") % {"name": name}, field="name")


def _tell(
    kind: str, group: Group, subject_id: int, actor_id: int, at: datetime, **data: object
) -> None:
    actor = Membership.objects.of_group(group.pk).get(pk=actor_id)
    events.publish(
        kind, group_id=group.pk, subject_id=subject_id, actor_id=actor.user_id, at=at, **data
    )
