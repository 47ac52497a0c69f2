"""Founding a group in the browser: addresses nobody has to invent, buildings from a pasted list."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, GroupStatus, Mandate, MandateOrigin, Membership
from groups.services import rules as rule_services
from groups.services.groups import MOST_BUILDINGS, Founder, Rules, found_group
from tuangou.core import clock
from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.models import User

MOST_FOUNDED = 5
# without letters and digits that are taken for each other
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_RANGE = re.compile(r"(\D*?)(\d{1,3})(\D*?)\s*[-–—~至到]\s*(\D*?)(\d{1,3})(\D*)")
_BETWEEN = re.compile(r"[\n,，、;；]+")


class FoundedEnough(DomainError):
    """One person founds only so many groups (G5)."""

    code = "founded_enough"
    rule = "G5"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the three steps asked. `buildings` and `points` are names; `house_rules` may be ""."""

    name: str
    compound: str
    founder: Founder
    buildings: tuple[str, ...]
    points: tuple[str, ...]
    rules: Rules
    house_rules: str
    parent_id: int | None = None


@transaction.atomic
def found(*, plan: Plan) -> Group:
    """Found the group: she is its first member and initiator (G5).

    The parent must be a group of hers. Raises FoundedEnough, InvalidInput.
    """
    user_id = plan.founder.user_id
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user_id)
    hers = Mandate.objects.filter(membership__user_id=user_id, origin=MandateOrigin.FOUNDER)
    if hers.exclude(group__status=GroupStatus.VOID).count() >= MOST_FOUNDED:
        raise FoundedEnough(_("每人最多创 %(most)d 个群") % {"most": MOST_FOUNDED})
    if plan.parent_id is not None and not _is_hers(plan.parent_id, user_id):
        raise InvalidInput(_("上级群要从你在的群里选"), field="parent")
    group = found_group(
        founder=plan.founder,
        name=plan.name,
        slug="".join(secrets.choice(_LETTERS) for _place in range(8)),
        compound=plan.compound,
        buildings=plan.buildings,
        pickup_points=plan.points,
        rules=plan.rules,
        parent_id=plan.parent_id,
    )
    if plan.house_rules:
        founder = Membership.objects.get(group=group, user_id=user_id)
        rule_services.add_version(group, founder, plan.house_rules, clock.now())
    return group


def building_names(text: str) -> list[str]:
    """Names from a pasted list: one a line or between commas; `1-12栋` stands for twelve.

    Raises InvalidInput for a range that runs backwards, and for more than MOST_BUILDINGS.
    """
    names: list[str] = []
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", text)):
        if part := part.strip():
            names += _names_of(part)
        if len(names) > MOST_BUILDINGS:
            raise InvalidInput(_("最多 %(most)d 栋") % {"most": MOST_BUILDINGS}, field="buildings")
    return list(dict.fromkeys(names))


def _names_of(part: str) -> Iterable[str]:
    match = _RANGE.fullmatch(part)
    if match is None:
        return [part]
    before, first, behind, before_2, last, behind_2 = match.groups()
    if before_2.strip() not in {"", before.strip()} or behind.strip() not in {"", behind_2.strip()}:
        return [part]  # 3栋-东: a name with a dash in it
    if int(first) > int(last):
        raise InvalidInput(
            _("「%(part)s」前面的数要小，例如 1-12栋") % {"part": part}, field="buildings"
        )
    return [f"{before.strip()}{n}{behind_2.strip()}" for n in range(int(first), int(last) + 1)]


def _is_hers(group_id: int, user_id: int) -> bool:
    hers = Membership.objects.active().of_group(group_id).filter(user_id=user_id)
    return hers.filter(group__status=GroupStatus.ACTIVE).exists()
