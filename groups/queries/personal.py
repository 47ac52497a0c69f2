"""What groups hold about one person."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import (
    Announcement,
    Building,
    Consent,
    Deputy,
    GroupStatus,
    Household,
    Invitation,
    Joining,
    Mandate,
    Membership,
    MembershipStatus,
)
from tuangou.core.models import Event
from tuangou.core.personal import Column, Holding, Obstacle, Place


def memberships_of(user_id: int) -> list[Membership]:
    """All her memberships, past ones too, with group and door. One query."""
    return list(
        Membership.objects.filter(user_id=user_id)
        .select_related("group", "household__building")
        .with_office()
        .order_by("group_id")
    )


def holdings(user_id: int) -> list[Holding]:
    return [
        _memberships(user_id),
        _consents(user_id),
        _joining(user_id),
        _invitations(user_id),
        _offices(user_id),
        _announcements(user_id),
    ]


def obstacles(user_id: int) -> list[Obstacle]:
    """The initiator in office stays until another one is in office (G5)."""
    held = Mandate.objects.filter(membership__user_id=user_id, ended_at__isnull=True)
    living = held.exclude(group__status=GroupStatus.VOID).select_related("group")
    return [
        Obstacle(
            _("你是「%(group)s」的团长。先选出新团长，再注销") % {"group": mandate.group.name},
            reverse("groups:settings", args=[mandate.group.slug]),
            _("去群设置"),
        )
        for mandate in living.order_by("pk")
    ]


def places(user_id: int) -> list[Place]:
    """Her living groups, where she corrects her names and asks for another door."""
    return [
        Place(
            m.group.name,
            reverse("groups:correct", args=[m.group.slug]),
            reverse("groups:door-ask", args=[m.group.slug]),
        )
        for m in memberships_of(user_id)
        if m.status == MembershipStatus.ACTIVE and m.group.status == GroupStatus.ACTIVE
    ]


@dataclass(frozen=True, slots=True)
class DoorNews:
    """What is told of another door, read when it is told."""

    slug: str
    nickname: str
    door: str
    user_id: int | None
    initiator_user_id: int | None


def door_news(group_id: int, membership_id: int, household_id: int) -> DoorNews | None:
    """None once the door or the member is gone. Two queries."""
    household = Household.objects.filter(group_id=group_id, pk=household_id)
    door = household.select_related("building").first()
    office = Mandate.objects.filter(group_id=group_id, ended_at__isnull=True)
    person = (
        Membership.objects.active()
        .filter(group_id=group_id, pk=membership_id)
        .annotate(initiator=Subquery(office.values("membership__user_id")[:1]))
        .values("group__slug", "nickname", "user_id", "initiator")
        .first()
    )
    if door is None or person is None:
        return None
    return DoorNews(
        slug=person["group__slug"],
        nickname=person["nickname"],
        door=str(door),
        user_id=person["user_id"],
        initiator_user_id=person["initiator"],
    )


def asked_households(user_id: int) -> list[Household]:
    """Doors she asked for, moved to or not."""
    asked = Event.objects.filter(kind="membership.door_asked", actor_id=user_id)
    ids = [int(value) for value in asked.values_list("data__household", flat=True) if value]
    return list(Household.objects.filter(pk__in=ids).select_related("building"))


def buildings_of(group_id: int) -> list[Building]:
    return list(Building.objects.filter(group_id=group_id).order_by("position"))


def asked_door(group_id: int, membership_id: int) -> dict[str, object]:
    """The door a member asked for last, for the initiator's form; empty if she never asked."""
    asked = Event.objects.filter(
        group_id=group_id, kind="membership.door_asked", subject_id=membership_id
    )
    household_id = asked.order_by("-pk").values_list("data__household", flat=True).first()
    door = Household.objects.filter(group_id=group_id, pk=household_id or 0).first()
    if door is None:
        return {}
    return {"building": door.building_id, "unit": door.unit, "room": door.room}


def _memberships(user_id: int) -> Holding:
    rows = [
        {
            "group": m.group.name,
            "compound": m.group.compound,
            "door": str(m.household),
            "building": m.household.building.name,
            "unit": m.household.unit,
            "room": m.household.room,
            "nickname": m.nickname,
            "real_name": m.real_name,
            "shown_to_others": m.masked_name,
            "status": m.status,
            "contact_phone": m.contact_phone,
            "joined_at": m.activated_at,
            "left_at": m.left_at,
        }
        for m in memberships_of(user_id)
    ]
    return Holding(
        "memberships",
        gettext_lazy("在群里"),
        gettext_lazy(
            "真实姓名、房号和手机号只有团长看得到，副团长看昵称和房号，邻居只看到打星号的名字。"
        ),
        rows,
        (
            Column("group", gettext_lazy("群")),
            Column("nickname", gettext_lazy("昵称")),
            Column("real_name", gettext_lazy("真实姓名")),
            Column("door", gettext_lazy("住址")),
            Column("shown_to_others", gettext_lazy("邻居看到的")),
            Column("joined_at", gettext_lazy("入群时间"), "time"),
        ),
    )


def _consents(user_id: int) -> Holding:
    given = Consent.objects.filter(membership__user_id=user_id).order_by("pk")
    rows = [
        {
            "purpose": consent.purpose,
            "said": str(consent.get_purpose_display()),
            "version": consent.version,
            "given_at": consent.given_at,
            "withdrawn_at": consent.withdrawn_at,
        }
        for consent in given
    ]
    return Holding(
        "consents",
        gettext_lazy("同意过的用途"),
        gettext_lazy("证明你同意过什么。注销后只留编号和时间。"),
        rows,
        (
            Column("said", gettext_lazy("用途")),
            Column("given_at", gettext_lazy("同意时间"), "time"),
            Column("withdrawn_at", gettext_lazy("收回时间"), "time"),
        ),
    )


def _joining(user_id: int) -> Holding:
    rows = Joining.objects.filter(membership__user_id=user_id).order_by("pk")
    shown = ("way", "waits_for", "other_building", "asked_at", "decided_at", "reason")
    return Holding(
        "joining",
        gettext_lazy("怎么入的群"),
        gettext_lazy("你、团长和邀请你的邻居看得到。"),
        list(rows.values(*shown)),
    )


def _invitations(user_id: int) -> Holding:
    rows = Invitation.objects.filter(invited_by__user_id=user_id).order_by("-pk")
    shown = ("made_at", "expires_at", "used_at", "revoked_at")
    return Holding(
        "invitations",
        gettext_lazy("发过的邀请"),
        gettext_lazy("你和团长看得到。"),
        list(rows.values(*shown)),
        (
            Column("made_at", gettext_lazy("发出时间"), "time"),
            Column("used_at", gettext_lazy("用掉时间"), "time"),
        ),
    )


def _offices(user_id: int) -> Holding:
    rows = []
    for kind, model in (("initiator", Mandate), ("deputy", Deputy)):
        terms = model._default_manager.filter(membership__user_id=user_id)
        rows += [
            {"office": kind, "group": name, "from": start, "until": end}
            for name, start, end in terms.order_by("pk").values_list(
                "group__name", "started_at", "ended_at"
            )
        ]
    return Holding(
        "offices",
        gettext_lazy("当过团长、副团长"),
        gettext_lazy("群里的人都看得到。"),
        rows,
        (
            Column("group", gettext_lazy("群")),
            Column("from", gettext_lazy("开始"), "time"),
            Column("until", gettext_lazy("结束"), "time"),
        ),
    )


def _announcements(user_id: int) -> Holding:
    written = Announcement.objects.filter(author__user_id=user_id).order_by("-pk")
    return Holding(
        "announcements",
        gettext_lazy("发过的公告"),
        gettext_lazy("群里的人都看得到。注销后公告留着，不写是谁发的。"),
        [dict(row) for row in written.values("title", "text", "published_at", "withdrawn_at")],
        (
            Column("title", gettext_lazy("标题")),
            Column("published_at", gettext_lazy("发布时间"), "time"),
        ),
    )
