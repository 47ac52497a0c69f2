"""What members say under a round before everybody; rows are never changed (R1)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Group, Membership
from groups.services import words
from orders.models import Round, RoundStatus
from reputation.models import Comment, CommentHiding
from tuangou.core import clock, events, rows
from tuangou.core.errors import DomainError


class AlreadyHidden(DomainError):
    """The comment is off the page."""

    code = "comment_hidden"


class NotOpenYet(DomainError):
    """Nothing is said under a draft."""

    code = "round_not_open"


@transaction.atomic
def comment(*, round_id: int, actor_id: int, text: str) -> Comment:
    """A member says something under a round. Raises NotOpenYet, InvalidInput."""
    text = words.plain(text, field="text", most=300, empty=_("写上想说的"))
    actor = rows.get(Membership, actor_id)
    at = clock.now()
    rnd = Round.objects.get(pk=round_id, group_id=actor.group_id)
    if rnd.status == RoundStatus.DRAFT:
        raise NotOpenYet(_("开团以后再说。"))
    made = Comment.objects.create(
        group_id=actor.group_id, round=rnd, member=actor, text=text, said_at=at
    )
    events.publish(
        "comment.made",
        group_id=actor.group_id,
        subject_id=made.pk,
        actor_id=actor.user_id,
        at=at,
        round=rnd.pk,
    )
    return made


@transaction.atomic
def hide(*, group_id: int, comment_id: int, actor_id: int, reason: str) -> CommentHiding:
    """An officer takes a comment off the page, with the reason everybody reads; its row stays.
    Raises AlreadyHidden, InvalidInput without a reason."""
    reason = words.plain(reason, field="reason", most=300, empty=_("写明为什么收起，大家看得到"))
    Group.objects.lock(group_id)
    at = clock.now()
    row = Comment.objects.get(group_id=group_id, pk=comment_id)
    if CommentHiding.objects.filter(group_id=group_id, comment=row).exists():
        raise AlreadyHidden(_("这句话已经收起了"))
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    hiding = CommentHiding.objects.create(
        group_id=group_id, comment=row, reason=reason, hidden_by=actor, hidden_at=at
    )
    events.publish(
        "comment.hidden",
        group_id=group_id,
        subject_id=row.pk,
        actor_id=actor.user_id,
        at=at,
        round=row.round_id,
    )
    return hiding


def last_of(*, round_id: int, actor_id: int) -> int:
    """What a member said last under a round: what a copy of her request is answered with."""
    mine = Comment.objects.filter(round_id=round_id, member_id=actor_id)
    return mine.order_by("-pk").values_list("pk", flat=True)[0]
