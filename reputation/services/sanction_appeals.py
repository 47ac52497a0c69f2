"""A shop appeals against a sanction; three drawn neighbours decide, two alike are enough (R7).

Lock order: approval, sanction, appeal. The sanction stays in force until it is lifted.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import GroupStatus
from groups.services import words
from merchants.models import Application
from reputation.models import Panel, Sanction, SanctionAppeal
from reputation.models.panels import Case
from reputation.models.sanction_appeals import SanctionAppealStatus
from reputation.models.sanctions import SanctionStatus
from reputation.services import panels, sanctions
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput

LONGEST_TEXT = 500
GRANT, REFUSE = "granted", "refused"
CHOICES = {GRANT: gettext_lazy("申诉成立，解除处分"), REFUSE: gettext_lazy("维持处分")}


class NothingToAppeal(DomainError):
    """Appealed already, too late, or lifted; or nobody is left to decide."""

    code = "nothing_to_appeal"
    rule = "R7"


@transaction.atomic
def appeal(*, sanction_id: int, user_id: int, text: str) -> SanctionAppeal:
    """The shop says in its own words what is wrong, within seven days, once; three neighbours
    without interest are drawn in the same transaction.

    Raises InvalidInput, NothingToAppeal, TooFewMembers.
    """
    text = words.plain(text, field="text", most=LONGEST_TEXT, empty=_("写上哪里不对"))
    _application, sanction = sanctions.lock(sanction_id)
    at = clock.now()
    if not sanction.may_be_appealed(at):
        raise NothingToAppeal(_("过了 7 天，或已经解除，不能再申诉。有事找团长谈。"))
    if SanctionAppeal.objects.filter(sanction=sanction).exists():
        raise NothingToAppeal(_("这个处分已经申诉过一次了。"))
    made = SanctionAppeal.objects.create(
        group_id=sanction.group_id, sanction=sanction, text=text, made_by_id=user_id, made_at=at
    )
    panels.draw(
        group_id=sanction.group_id,
        case=Case.SANCTION,
        case_id=made.pk,
        at=at,
        merchant_id=sanction.merchant_id,
        households=[sanction.decided_by.household_id],
        members=[sanction.decided_by_id],
    )
    _tell("sanction.appealed", made, sanction, user_id, at)
    return made


@transaction.atomic
def vote(*, appeal_id: int, member_id: int, choice: str, reason: str) -> SanctionAppeal:
    """One of the three says yes or no, with a reason; two alike decide. Raises NoSeat,
    AlreadyVoted, InvalidInput."""
    if choice not in CHOICES:
        raise InvalidInput(_("选一个：申诉成立，或维持处分。"), field="choice")
    application, sanction, row = _lock(appeal_id)
    at = clock.now()
    panel = panel_of(row)
    votes = panels.vote(panel=panel, member_id=member_id, choice=choice, reason=reason, at=at)
    choices = [vote.choice for vote in votes]
    if panels.is_enough(choices):
        panels.end(panel=panel, at=at)
        _settle(application, sanction, row, granted=choices.count(GRANT) > 1, at=at)
    return row


def due_panels() -> list[int]:
    """Panels of appeals whose 72 hours are over without a decision. For the scan."""
    late = Panel.objects.filter(
        case=Case.SANCTION,
        decided_at__isnull=True,
        due_at__lte=clock.now(),
        group__status=GroupStatus.ACTIVE,
    )
    return list(late.order_by("due_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def replace_absent(*, panel_id: int) -> list[int]:
    """Who did not vote in time makes room for the next in the order of drawing."""
    panel = Panel.objects.get(pk=panel_id)
    _application, sanction, _row = _lock(panel.case_id)
    return panels.replace_absent(
        panel_id=panel_id,
        merchant_id=sanction.merchant_id,
        households=[sanction.decided_by.household_id],
        members=[sanction.decided_by_id],
    )


def panel_of(row: SanctionAppeal) -> Panel:
    """The panel of an appeal. One query."""
    return Panel.objects.get(group_id=row.group_id, case=Case.SANCTION, case_id=row.pk)


def _settle(
    application: Application,
    sanction: Sanction,
    row: SanctionAppeal,
    *,
    granted: bool,
    at: datetime,
) -> None:
    row.move_to(SanctionAppealStatus.GRANTED if granted else SanctionAppealStatus.REFUSED, at=at)
    if granted and sanction.status != SanctionStatus.LIFTED:
        sanctions.overturn(application=application, sanction=sanction, at=at)
    _tell("sanction.appeal_decided", row, sanction, None, at, granted=granted)


def _lock(appeal_id: int) -> tuple[Application, Sanction, SanctionAppeal]:
    found = SanctionAppeal.objects.values_list("sanction_id", flat=True).get(pk=appeal_id)
    application, sanction = sanctions.lock(found)
    held = SanctionAppeal.objects.select_for_update(of=("self",), no_key=True)
    return application, sanction, held.get(pk=appeal_id)


def _tell(
    kind: str,
    row: SanctionAppeal,
    sanction: Sanction,
    user_id: int | None,
    at: datetime,
    **data: object,
) -> None:
    events.publish(
        kind,
        group_id=row.group_id,
        subject_id=row.pk,
        actor_id=user_id,
        at=at,
        merchant=sanction.merchant_id,
        sanction=sanction.pk,
        **data,
    )
