"""Whether a notice still goes out, when, and if not, why not (S2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tuangou.core import matrix
from tuangou.core.models import Mailbox, Outgoing, OutgoingState, Robot, Topic, User, Way
from tuangou.core.notices import topic_of
from tuangou.core.wishes import Chosen, chosen_by

WEEK = timedelta(days=7)
TEXTS_A_WEEK = 4
MERGED_WITHIN = timedelta(minutes=30)
CONFIRM = "core.mail_confirm"

REASONS: dict[str, str | Promise] = {
    "": "",
    "too_late": _("到能发的时候已经没用了"),
    "changed": _("事情已经变了"),
    "muted": _("本人选了不收"),
    "no_consent": _("没有同意收短信"),
    "no_address": _("没有手机号或邮箱"),
    "closed": _("账号停用了"),
    "gone": _("机器人不在了"),
    "week_full": _("这一周的短信够多了"),
    "day_full": _("群里今天的限量用完了"),
    "refused": _("对方不收"),
    "given_up": _("试了几次都没发成"),
    "quiet": _("等安静时段过去"),
    "together": _("攒在一起发"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a group knows of a person: whose clock she lives by, whether texts were agreed to."""

    zone: str
    sms_agreed: bool


@dataclass(slots=True)
class Receiver:
    """Whom a row goes to, read once for all that goes along."""

    now: datetime
    user: User | None = None
    chosen: Chosen | None = None
    mailbox: Mailbox | None = None
    robot: Robot | None = None
    standings: dict[int, Standing] = field(default_factory=dict)

    def standing(self, group_id: int | None) -> Standing | None:
        if group_id is None or self.user is None:
            return None
        if group_id not in self.standings:
            self.standings[group_id] = _standing_of[0](group_id, self.user.pk)
        return self.standings[group_id]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Goes now (nothing set), waits till `due_at`, or ends in `state`."""

    state: OutgoingState | None = None
    due_at: datetime | None = None
    reason: str = ""


GO = Verdict()
_standing_of: list[Callable[[int, int], Standing]] = []


def ask_groups(standing_of: Callable[[int, int], Standing]) -> None:
    """Who knows a person's standing in a group (see tuangou.subscriptions)."""
    _standing_of[:] = [standing_of]


def receiver_of(row: Outgoing, now: datetime) -> Receiver:
    if row.user_id is None:
        return Receiver(now, robot=Robot.objects.filter(group_id=row.group_id or 0).first())
    return Receiver(
        now,
        user=User.objects.get(pk=row.user_id),
        chosen=chosen_by(row.user_id),
        mailbox=Mailbox.objects.filter(user_id=row.user_id).first(),
    )


def judge(row: Outgoing, receiver: Receiver, *, merge: bool = True) -> Verdict:
    """What becomes of this row now. `merge`: hold back what follows too soon on its like."""
    for question in (_has_ended, _is_unwanted, _has_had_enough):
        if verdict := question(row, receiver):
            return verdict
    due_at, reason = _earliest(row, receiver, merge=merge)
    if due_at <= receiver.now:
        return GO
    if due_at >= row.lapses_at:
        return Verdict(OutgoingState.LAPSED, reason="too_late")
    return Verdict(due_at=due_at, reason=reason)


def _has_ended(row: Outgoing, receiver: Receiver) -> Verdict | None:
    """Too late, no longer true, or nobody there."""
    if row.lapses_at <= receiver.now:
        return Verdict(OutgoingState.LAPSED, reason="too_late")
    if row.user_id is None:
        there = receiver.robot is not None and receiver.robot.broken_at is None
        return None if there else Verdict(OutgoingState.CANCELLED, reason="gone")
    if receiver.user is None or not receiver.user.is_active:
        return Verdict(OutgoingState.CANCELLED, reason="closed")
    still = matrix.of(row.kind).still
    if still is not None and not still(row.event.subject_id, row.user_id):
        return Verdict(OutgoingState.CANCELLED, reason="changed")
    return None


def _is_unwanted(row: Outgoing, receiver: Receiver) -> Verdict | None:
    """No address, not agreed to, or muted."""
    if row.user_id is None or receiver.user is None or receiver.chosen is None:
        return None
    address = receiver.user.phone if row.channel == Way.SMS else receiver.mailbox
    if not address:
        return Verdict(OutgoingState.CANCELLED, reason="no_address")
    if row.channel == Way.EMAIL and receiver.mailbox is not None:
        confirmed = receiver.mailbox.confirmed_at is not None
        if confirmed == (row.kind == CONFIRM):
            return Verdict(OutgoingState.CANCELLED, reason="no_address")
    if row.kind != CONFIRM and receiver.chosen.refuses(row.kind, row.channel):
        return Verdict(OutgoingState.MUTED, reason="muted")
    standing = receiver.standing(row.group_id)
    of_account = topic_of(row.kind) == Topic.ACCOUNT
    if row.channel == Way.SMS and standing and not standing.sms_agreed and not of_account:
        return Verdict(OutgoingState.MUTED, reason="no_consent")
    return None


def _has_had_enough(row: Outgoing, receiver: Receiver) -> Verdict | None:
    """At most four texts a week, but for what is starred and her account."""
    if row.channel != Way.SMS or _is_urgent(row.kind) or row.attempts:
        return None
    urgent = [kind.name for kind in matrix.kinds() if _is_urgent(kind.name)]
    sent = Outgoing.objects.filter(
        user=receiver.user,
        channel=Way.SMS,
        lead=None,
        state=OutgoingState.SENT,
        done_at__gt=receiver.now - WEEK,
    )
    going = Outgoing.objects.filter(
        user=receiver.user, channel=Way.SMS, lead=None, state=OutgoingState.WAITING, attempts__gt=0
    )
    told = sent.exclude(kind__in=urgent).count() + going.exclude(kind__in=urgent).count()
    if told >= TEXTS_A_WEEK:
        return Verdict(OutgoingState.OVER, reason="week_full")
    return None


def _is_urgent(kind: str) -> bool:
    return matrix.of(kind).starred or topic_of(kind) == Topic.ACCOUNT


def _earliest(row: Outgoing, receiver: Receiver, *, merge: bool) -> tuple[datetime, str]:
    """When it may go, and what it waits for."""
    if receiver.chosen is None or row.kind == CONFIRM:
        return receiver.now, ""
    standing = receiver.standing(row.group_id)
    kind = matrix.of(row.kind)
    made_at, digest = row.created_at, row.channel == Way.EMAIL and kind.email == matrix.DIGEST
    due_at = receiver.chosen.goes_at(
        row.kind,
        row.channel,
        made_at=made_at,
        now=receiver.now,
        zone=standing.zone if standing else None,
    )
    reason = ("together" if digest else "quiet") if due_at > receiver.now else ""
    if merge and not row.attempts and not digest and not _is_urgent(row.kind):
        last = _last_of_its_kind(row, receiver)
        if last and last + MERGED_WITHIN > max(due_at, receiver.now):
            return last + MERGED_WITHIN, "together"
    return due_at, reason


def _last_of_its_kind(row: Outgoing, receiver: Receiver) -> datetime | None:
    like = Outgoing.objects.filter(
        user=receiver.user,
        channel=row.channel,
        kind=row.kind,
        state=OutgoingState.SENT,
        done_at__gte=row.created_at - MERGED_WITHIN,
    )
    return like.order_by("-done_at").values_list("done_at", flat=True).first()
