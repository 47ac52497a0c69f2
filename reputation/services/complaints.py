"""A member complains about a merchant or the initiator, and the clocks of it (R2).

Lock order: group, complaint, panel. A scan finds whose time is over; what it does it does once,
under the complaint's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from groups.models import Group, Mandate, Membership
from groups.services import words
from merchants.models import MerchantStaff
from merchants.services.papers import PaperFile
from orders.models import COUNTED, OrderLine
from orders.queries.batches import batch_ids_of_line
from orders.services.stops import stop_sale
from reputation.models import Complaint
from reputation.models.complaints import (
    ANSWER_WITHIN,
    MEDIATE_WITHIN,
    MOST_FILES,
    RULE_WITHIN,
    Against,
    Category,
    ComplaintStatus,
    Severity,
    Side,
)
from reputation.models.rulings import Verdict
from reputation.services import panels
from reputation.services.complaint_rules import (
    act,
    finish,
    keep_files,
    parties_of,
    publish,
)
from tuangou.core import clock, requests, rows
from tuangou.core.errors import DomainError, InvalidInput, NotAllowed

LONGEST_TEXT = 500
MOST_A_DAY = 3


class BadComplaint(InvalidInput):
    code = "bad_complaint"
    rule = "R2"


class NotComplainable(DomainError):
    """Goods that are not hers, or were not sold to her in the end."""

    code = "not_complainable"
    rule = "R2"


class AlreadyComplained(DomainError):
    code = "already_complained"
    rule = "R2"


class EnoughComplaints(DomainError):
    code = "enough_complaints"
    rule = "R2"


@dataclass(frozen=True, slots=True)
class Said:
    """What the form of a complaint holds; `line_id` where it is about goods she bought."""

    against: str
    category: str
    severity: str
    text: str
    line_id: int | None = None


def complain(
    *, actor_id: int, said: Said, files: Sequence[PaperFile] = (), request_id: UUID
) -> Complaint:
    """Say what is wrong; the other side has 24 hours to answer, then both 72 to agree.

    Whose line it may be is checked by access. Food that may be unsafe is sold no more in the group
    from this moment, until it is ruled. Raises BadComplaint, NotComplainable, AlreadyComplained,
    EnoughComplaints, TooFewMembers.
    """
    actor = rows.get(Membership, actor_id)
    body: dict[str, object] = {
        "against": said.against,
        "category": said.category,
        "severity": said.severity,
        "text": said.text,
        "line": said.line_id,
    }
    if files:
        body["files"] = [file.source_sha256 for file in files]
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="complaint.make",
        body=body,
        work=lambda: _complain(actor, said, files, request_id),
        replay=lambda: Complaint.objects.get(group_id=actor.group_id, request_id=request_id),
    )


def _complain(
    actor: Membership, said: Said, files: Sequence[PaperFile], request_id: UUID
) -> Complaint:
    text = _checked(said, files)
    Group.objects.lock(actor.group_id)
    at = clock.now()
    line = _line(actor, said)
    mandate = Mandate.objects.filter(group_id=actor.group_id, ended_at__isnull=True)
    in_office = mandate.select_related("membership").first()
    made = Complaint(
        group_id=actor.group_id,
        number=_next_number(actor.group_id),
        against=said.against,
        merchant_id=line.order.round.merchant_id if line else None,
        mandate=in_office if said.against == Against.INITIATOR else None,
        round_id=line.order.round_id if line else None,
        line=line,
        batch_id=next(iter(batch_ids_of_line(line.pk)), None) if line else None,
        category=said.category,
        severity=said.severity,
        text=text,
        made_by=actor,
        made_at=at,
        request_id=request_id,
        **_clocks(said.category, at),
    )
    if said.against == Against.INITIATOR and in_office is None:
        raise BadComplaint(_("现在没有团长在任。"), field="against")
    _check_interest(actor, made, in_office, at)
    made.by_panel = said.against == Against.INITIATOR or _is_party(made, in_office, actor)
    if made.by_panel:
        panels.check_enough(panels.eligible(actor.group_id, **parties_of(made)))
    rows.insert([made])
    publish("complaint.made", made, actor.user_id, at, against=made.against)
    if made.is_unsafe and line is not None:
        stop_sale(
            group_id=made.group_id,
            item_id=line.offer.item_id,
            complaint_no=made.number,
            user_id=actor.user_id,
            at=at,
        )
    keep_files(made, Side.MEMBER, files)
    return made


def _checked(said: Said, files: Sequence[PaperFile]) -> str:
    """The text as it is kept. Raises BadComplaint, InvalidInput."""
    if said.against not in Against.values:
        raise BadComplaint(_("选一下说的是谁：商家还是团长。"), field="against")
    if said.category not in Category.values:
        raise BadComplaint(_("选一下是哪一类。"), field="category")
    if said.severity not in Severity.values:
        raise BadComplaint(_("选一下多重。"), field="severity")
    if said.against == Against.MERCHANT and said.line_id is None:
        raise BadComplaint(_("选一样出问题的货品。"), field="line")
    if said.category == Category.UNSAFE and (
        said.against != Against.MERCHANT or said.line_id is None
    ):
        raise BadComplaint(_("吃了怕出事的，要选是哪样货。"), field="line")
    if len(files) > MOST_FILES:
        raise BadComplaint(_("照片最多 4 份，去掉几份再交。"), field="evidence")
    return words.plain(
        said.text, field="text", most=LONGEST_TEXT, empty=_("写上发生了什么，几句就够。")
    )


def _line(actor: Membership, said: Said) -> OrderLine | None:
    """Goods she bought and did not cancel, in a round that took place. Raises NotComplainable,
    AlreadyComplained."""
    if said.line_id is None:
        return None
    line = (
        OrderLine.objects.live()
        .select_related("offer", "order__round")
        .filter(pk=said.line_id, group_id=actor.group_id)
        .first()
    )
    order = line.order if line else None
    mine = order is not None and (
        actor.household_id == order.household_id
        or actor.pk in (order.member_id, order.placed_by_id)
    )
    if line is None or order is None or not mine or order.round.status not in COUNTED:
        raise NotComplainable(_("只能投诉你家买了、已经成团的货。"), field="line")
    open_ones = Complaint.objects.undecided().filter(line=line, made_by=actor)
    if open_ones.exists():
        raise AlreadyComplained(_("这样货你已经投诉了，还没有结果。去那一件里接着说。"))
    return line


def _check_interest(
    actor: Membership, made: Complaint, in_office: Mandate | None, at: datetime
) -> None:
    """Not against oneself; only so many a day. Raises NotAllowed, EnoughComplaints."""
    if made.mandate_id and in_office and in_office.membership_id == actor.pk:
        raise NotAllowed(_("不能投诉自己。"))
    staff = MerchantStaff.objects.filter(
        merchant_id=made.merchant_id or 0, user_id=actor.user_id or 0
    )
    if made.merchant_id and actor.user_id and staff.exists():
        raise NotAllowed(_("店里的人不能投诉自己的店。"))
    today = Complaint.objects.filter(made_by=actor, made_at__gt=at - timedelta(days=1))
    if today.count() >= MOST_A_DAY:
        raise EnoughComplaints(_("一天最多投诉 3 件，明天再来。急的先找团长。"))


def _is_party(made: Complaint, in_office: Mandate | None, actor: Membership) -> bool:
    """Whether the initiator has an interest: a complaint of her flat's, or about its shop."""
    if in_office is None:
        return True
    flat_id = in_office.membership.household_id
    flat = Membership.objects.active().filter(household_id=flat_id).values("user_id")
    staff = MerchantStaff.objects.filter(merchant_id=made.merchant_id or 0, user_id__in=flat)
    return actor.household_id == flat_id or staff.exists()


def _clocks(category: str, at: datetime) -> dict[str, datetime]:
    due = at + ANSWER_WITHIN
    mediate = due if category == Category.UNSAFE else due + MEDIATE_WITHIN
    return {
        "answer_due_at": due,
        "mediate_until": mediate,
        "rule_due_at": mediate + RULE_WITHIN,
    }


def _next_number(group_id: int) -> int:
    """One more than the last; the group is held."""
    last = Complaint.objects.of_group(group_id).order_by("-number")
    return (last.values_list("number", flat=True).first() or 0) + 1


def withdraw(*, complaint_id: int, actor_id: int, request_id: UUID) -> Complaint:
    """The complainant takes it back before it is ruled; not what may be unsafe: that is for all.

    Raises NotUndecided, NotAllowed.
    """

    def work(complaint: Complaint, at: datetime) -> None:
        if complaint.is_unsafe:
            raise NotAllowed(_("关系到大家吃得安不安全，要有裁定，不能撤回。"))
        finish(complaint, Verdict.WITHDRAWN, ComplaintStatus.WITHDRAWN, actor_id, at)

    return act(
        name="complaint.withdraw",
        complaint_id=complaint_id,
        user_id=rows.get(Membership, actor_id).user_id,
        body={},
        work=work,
        request_id=request_id,
    )
