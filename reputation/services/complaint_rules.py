"""What every act on a complaint shares: its locks, whose matter it is, how it ends (R2).

Lock order: group, complaint, panel.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from groups.models import Group, Mandate, Membership
from merchants.services.papers import PaperFile
from reputation.models import Complaint, ComplaintFile, Panel, Ruling
from reputation.models.complaints import UNDECIDED, FileKind
from reputation.models.panels import Case
from reputation.models.rulings import Verdict
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError

Work = Callable[[Complaint, datetime], None]


class NotUndecided(DomainError):
    """It ended meanwhile."""

    code = "complaint_over"
    rule = "R2"


def parties_of(complaint: Complaint) -> dict[str, Any]:
    """Whom a panel about it may not hold, for panels.eligible: the sides, whoever ruled first, and
    whoever holds office, with their flats."""
    leader = Mandate.objects.filter(group_id=complaint.group_id, ended_at__isnull=True)
    flats = set(leader.values_list("membership__household_id", flat=True))
    if complaint.mandate_id and complaint.mandate:
        flats.add(complaint.mandate.membership.household_id)
    earlier = Panel.objects.filter(
        group_id=complaint.group_id, case=Case.COMPLAINT, case_id=complaint.pk or 0, instance=1
    )
    sat = set(earlier.filter(decided_at__isnull=False).values_list("seats__member_id", flat=True))
    ruled = Ruling.objects.filter(complaint_id=complaint.pk or 0)
    return {
        "merchant_id": complaint.merchant_id,
        "households": {complaint.made_by.household_id, *flats},
        "members": sat | set(ruled.values_list("decided_by_id", flat=True)),
    }


def finish(
    complaint: Complaint, verdict: str, status: str, member_id: int | None, at: datetime
) -> Ruling:
    """End it without a ruling: agreed or withdrawn; who was drawn has nothing left to decide. The
    caller holds it."""
    complaint.move_to(status, at=at)
    waiting = Panel.objects.filter(group_id=complaint.group_id, decided_at__isnull=True)
    waiting.filter(case=Case.COMPLAINT, case_id=complaint.pk).update(decided_at=at)
    ended = Ruling(
        group_id=complaint.group_id,
        complaint=complaint,
        verdict=verdict,
        decided_by_id=member_id,
        decided_at=at,
    )
    rows.insert([ended])
    kind = "complaint.settled" if verdict == Verdict.AGREED else "complaint.withdrawn"
    by = rows.get(Membership, member_id).user_id if member_id else None
    publish(kind, complaint, by, at, ruling=ended.pk)
    return ended


def act(
    *,
    name: str,
    complaint_id: int,
    user_id: int | None,
    body: dict[str, object],
    work: Work,
    request_id: UUID,
    undecided: bool = True,
) -> Complaint:
    """One act on a complaint, once per request id: group and complaint are held, then the time is
    read. `work(complaint, at)`. Raises NotUndecided, and what `work` raises."""
    group_id = Complaint.objects.values_list("group_id", flat=True).get(pk=complaint_id)

    def held() -> Complaint:
        Group.objects.lock(group_id)
        complaint = Complaint.objects.lock(complaint_id)
        at = clock.now()
        if undecided:
            check_undecided(complaint)
        work(complaint, at)
        return complaint

    return requests.once(
        group_id=group_id,
        user_id=user_id,
        key=request_id,
        act=name,
        body={"complaint": complaint_id, **body},
        work=held,
        replay=lambda: Complaint.objects.get(pk=complaint_id),
    )


def check_undecided(complaint: Complaint) -> None:
    if complaint.status not in UNDECIDED:
        raise NotUndecided(
            _("投诉 %(code)s 现在是「%(now)s」，不能再改。刷新页面看看。")
            % {"code": complaint.code, "now": complaint.get_status_display()}
        )


def keep_files(complaint: Complaint, side: str, files: Sequence[PaperFile]) -> None:
    """Store files under random names; the last step, so that little can orphan a file."""
    kept: list[ComplaintFile] = []
    try:
        for position, file in enumerate(files, start=1):
            row = ComplaintFile(
                group_id=complaint.group_id,
                complaint=complaint,
                side=side,
                position=position,
                kind=FileKind.PDF if file.extension == "pdf" else FileKind.PICTURE,
                sha256=hashlib.sha256(file.content).hexdigest(),
            )
            name = f"{secrets.token_hex(16)}.{file.extension}"
            row.file.save(name, ContentFile(file.content), save=False)
            kept.append(row)
        ComplaintFile.objects.bulk_create(kept)
    except Exception:
        for row in kept:
            row.file.delete(save=False)
        raise


def publish(
    kind: str, complaint: Complaint, user_id: int | None, at: datetime, **data: str | int
) -> None:
    """One step of a complaint, as the timeline and the handlers read it."""
    events.publish(
        kind,
        group_id=complaint.group_id,
        subject_id=complaint.pk,
        actor_id=user_id,
        at=at,
        number=complaint.number,
        **data,
    )
