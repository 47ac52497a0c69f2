"""The table of consequences: a new version holds from its publication on, never before (R7)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from reputation.models import Consequences
from reputation.models.consequences import (
    KINDS_OF,
    MOST_DAYS,
    MOST_ROUNDS,
    MOST_TIMES,
    MOST_WITHIN,
    NOTHING,
    Level,
    Line,
)
from reputation.queries.consequences import table_at
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput


class SameTable(DomainError):
    """Nothing was changed, so there is nothing to publish."""

    code = "same_table"
    rule = "R7"


@transaction.atomic
def publish_table(
    *, group_id: int, actor_id: int, lines: Sequence[Line], month_rounds: int
) -> Consequences:
    """A new version of the table, in force from now on; what happened before is judged by the one
    that held then (R7). Raises InvalidInput, SameTable."""
    Group.objects.lock(group_id)
    at = clock.now()
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    _check(lines, month_rounds)
    held = table_at(group_id, at)
    if held.lines == tuple(lines) and held.month_rounds == month_rounds:
        raise SameTable(_("和现在的一样，不用再公布。改了再来。"))
    row = Consequences.objects.create(
        group_id=group_id,
        version=held.version + 1,
        lines=[line.plain() for line in lines],
        month_rounds=month_rounds,
        published_at=at,
        published_by=actor,
    )
    events.publish(
        "consequences.published",
        group_id=group_id,
        subject_id=row.pk,
        actor_id=actor.user_id,
        at=at,
        version=row.version,
    )
    return row


def _check(lines: Sequence[Line], month_rounds: int) -> None:
    if [line.broken for line in lines] != list(KINDS_OF):
        raise InvalidInput(_("每条规则各填一行。刷新页面再填。"))
    for line in lines:
        _check_line(line)
    if not 1 <= month_rounds <= MOST_ROUNDS:
        raise InvalidInput(
            _("每月至少几个团填 1 到 %(most)s。") % {"most": MOST_ROUNDS}, field="month_rounds"
        )


def _check_line(line: Line) -> None:
    name = line.broken
    if line.level not in (NOTHING, *Level.values):
        raise InvalidInput(_("选一种处分，或选「不提」。"), field=f"{name}_level")
    if not 1 <= line.times <= MOST_TIMES:
        raise InvalidInput(
            _("次数填 1 到 %(most)s。") % {"most": MOST_TIMES}, field=f"{name}_times"
        )
    if not 1 <= line.within <= MOST_WITHIN:
        raise InvalidInput(
            _("天数填 1 到 %(most)s。") % {"most": MOST_WITHIN}, field=f"{name}_within"
        )
    lasts = line.level not in (NOTHING, Level.REMOVAL)
    if lasts and not 1 <= line.days <= MOST_DAYS:
        raise InvalidInput(
            _("处分几天填 1 到 %(most)s。") % {"most": MOST_DAYS}, field=f"{name}_days"
        )
