"""Notices on their way out: looked at when due, judged, put into words, handed over, marked.

`core.notices` writes a row with the notice itself; the beat tick hands due rows to workers. Whether
it still goes is decided when it is about to go: not when it is too late, no longer true, not
wanted, too much. What can go together goes in one message, led by one row. Handing over is outside
every transaction: a worker that dies between handing over and marking makes one double at most,
with the same number; nothing is lost (reliability 5.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from tuangou.core import clock, judging, limits, matrix, sms, wording
from tuangou.core.errors import TooMany
from tuangou.core.judging import CONFIRM
from tuangou.core.logs import mask
from tuangou.core.models import Outgoing, OutgoingState, Robot, Topic, Way
from tuangou.core.notices import topic_of
from tuangou.core.senders import Never, NotNow, RobotGone, mail, robot

LEASE = timedelta(seconds=60)  # on the way to a worker
HOLD = timedelta(seconds=60)  # in a worker's hands; longer than every timeout together
FIRST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=2)
MAX_ATTEMPTS = 8
KEPT = timedelta(days=90)
ROBOT_MOST, ROBOT_PER = 10, timedelta(minutes=1)  # under 20 in any minute (core.limits)
DAY = timedelta(days=1)

log = structlog.get_logger("tuangou.outgoing")


@dataclass(frozen=True, slots=True)
class Taken:
    """A row in this worker's hands, with those that go in the same message."""

    row: Outgoing
    rows: list[Outgoing]


def dispatch_due(hand_over: Callable[[list[int]], None], *, limit: int = 200) -> int:
    """Hand due rows to `hand_over`, with a lease; how many. If it raises, they are given back."""
    now = clock.now()
    leased_until = now + LEASE
    with transaction.atomic():
        due = _open().select_for_update(skip_locked=True).filter(lead=None, due_at__lte=now)
        ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
        Outgoing.objects.filter(pk__in=ids).update(due_at=leased_until)
    if ids:
        try:
            hand_over(ids)
        except BaseException:
            Outgoing.objects.filter(pk__in=ids, due_at=leased_until).update(due_at=now)
            raise
    return len(ids)


def send(outgoing_id: int) -> bool:
    """Send one row, with what goes together with it, if it still goes; whether it went out."""
    taken = _take(outgoing_id)
    if taken is None:
        return False
    row = taken.row
    try:
        _keep_to_limits(row)
        _deliver(taken)
    except TooMany as error:
        _not_now(row, error)
        return False
    except NotNow as error:
        _try_later(row, str(error))
        return False
    except Never as error:
        if isinstance(error, RobotGone):
            Robot.objects.filter(group_id=row.group_id or 0).update(broken_at=clock.now())
        _finish(row, OutgoingState.FAILED, "refused", str(error))
        log.error("notice_refused", outgoing=row.pk, channel=row.channel, error=str(error))
        return False
    except wording.NothingToSay:
        _finish(row, OutgoingState.CANCELLED, "changed")
        return False
    except Exception as error:
        _try_later(row, f"{type(error).__name__}: {error}")
        log.exception("notice_not_sent", outgoing=row.pk, channel=row.channel)
        return False
    _finish(row, OutgoingState.SENT)
    log.info("notice_sent", outgoing=row.pk, channel=row.channel, rows=len(taken.rows))
    return True


def cancel(*, group_id: int, kinds: str, subject_id: int) -> int:
    """What is not sent yet of the news whose kind begins with `kinds` ("round.") about a subject:
    it moved or is off. In the transaction that moves it; how many."""
    waiting = _open().filter(
        group_id=group_id, event__kind__startswith=kinds, event__subject_id=subject_id
    )
    return waiting.update(**_done(OutgoingState.CANCELLED, "changed"))


def retry(*, group_id: int, ids: list[int]) -> int:
    """Try these once more that were given up, and are still of use; how many."""
    now = clock.now()
    failed = Outgoing.objects.filter(
        group_id=group_id, pk__in=ids, state=OutgoingState.FAILED, lapses_at__gt=now
    )
    return failed.update(
        state=OutgoingState.WAITING,
        reason="",
        lead=None,
        attempts=0,
        due_at=now,
        held_until=None,
        done_at=None,
    )


def tidy() -> int:
    """Forget what was done three months ago; links to stop mails hold till then."""
    return Outgoing.objects.filter(done_at__lt=clock.now() - KEPT).delete()[0]


def _open() -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(state=OutgoingState.WAITING)


def _take(outgoing_id: int) -> Taken | None:
    """Judge the row under its person's lock, and take it with what goes along; None if it does
    not go now. A row of which a message was begun keeps those it began with."""
    with transaction.atomic():
        row = _open().filter(pk=outgoing_id, lead=None).first()
        if row is None:
            return None
        _lock_receiver(row)
        now = clock.now()
        row = _locked(outgoing_id)
        if row is None or (row.held_until is not None and row.held_until > now):
            return None
        if row.attempts >= MAX_ATTEMPTS:
            _finish(row, OutgoingState.FAILED, "given_up")
            return None
        receiver = judging.receiver_of(row, now)
        if not _goes(row, receiver):
            return None
        begun = list(_open().filter(lead=row).select_related("notice").order_by("pk"))
        along = begun or ([] if row.attempts else _gather(row, receiver))
        row.attempts += 1
        row.held_until = row.due_at = now + HOLD
        row.save(update_fields=["attempts", "held_until", "due_at"])
        return Taken(row, [row, *along])


def _lock_receiver(row: Outgoing) -> None:
    """One worker at a time for one person, or one chat: what goes together must see itself."""
    key = row.user_id or -(row.group_id or 0)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [RECEIVERS, key % 2**31])


RECEIVERS = 0x6E6F7465  # "note": first key of the advisory locks


def _locked(outgoing_id: int) -> Outgoing | None:
    held = _open().select_for_update(of=("self",)).select_related("event", "notice")
    return held.filter(pk=outgoing_id, lead=None).first()


def _goes(row: Outgoing, receiver: judging.Receiver, *, merge: bool = True) -> bool:
    """Whether it goes now; if not, its row says what becomes of it."""
    verdict = judging.judge(row, receiver, merge=merge)
    if verdict.state is not None:
        _finish(row, verdict.state, verdict.reason)
        return False
    if verdict.due_at is not None:
        Outgoing.objects.filter(lead=row).update(lead=None, due_at=verdict.due_at)
        Outgoing.objects.filter(pk=row.pk).update(
            due_at=verdict.due_at, held_until=None, reason=verdict.reason
        )
        return False
    return True


def _gather(row: Outgoing, receiver: judging.Receiver) -> list[Outgoing]:
    """What goes along: of the same kind, and in the daily mail all that is not urgent."""
    kind = matrix.of(row.kind)
    if row.user_id is None or kind.starred or row.notice_id is None:
        return []
    together = [kind.name]
    if row.channel == Way.EMAIL and kind.email == matrix.DIGEST:
        together += [other.name for other in matrix.kinds() if other.email == matrix.DIGEST]
    others = (
        _open()
        .select_for_update(of=("self",), skip_locked=True)
        .filter(
            Q(held_until=None) | Q(held_until__lte=receiver.now),
            user_id=row.user_id,
            channel=row.channel,
            lead=None,
            attempts=0,
            kind__in=together,
        )
    )
    related = others.exclude(pk=row.pk).select_related("event", "notice").order_by("pk")
    along = [other for other in related if _goes(other, receiver, merge=False)]
    Outgoing.objects.filter(pk__in=[other.pk for other in along]).update(lead=row, reason="")
    return along


def _keep_to_limits(row: Outgoing) -> None:
    """The chat's twenty a minute, and what a group may send in a day. Raises TooMany.

    News of accounts are not counted: nobody silences them by using up the day.
    """
    group = str(row.group_id)
    if row.channel == Way.ROBOT:
        limits.spend("notices.robot", group, most=ROBOT_MOST, per=ROBOT_PER)
    elif row.attempts == 1 and row.kind != CONFIRM and topic_of(row.kind) != Topic.ACCOUNT:
        most = settings.SMS_A_DAY if row.channel == Way.SMS else settings.MAILS_A_DAY
        limits.spend(f"notices.{row.channel}", group, most=most, per=DAY)


def _not_now(row: Outgoing, error: TooMany) -> None:
    """The chat waits for its next minute; a group's day is full, and that is the end of it."""
    if row.channel != Way.ROBOT:
        _finish(row, OutgoingState.OVER, "day_full")
        return
    Outgoing.objects.filter(pk=row.pk).update(
        attempts=F("attempts") - 1,
        held_until=None,
        due_at=clock.now() + timedelta(seconds=error.retry_after or 60),
    )


def _deliver(taken: Taken) -> None:
    row = taken.row
    if row.channel == Way.ROBOT:
        key = Robot.objects.values_list("key", flat=True).get(group_id=row.group_id or 0)
        robot(key, text=wording.words_for_chat(row))
        return
    message = wording.message_of(row, taken.rows)
    number = f"notice-{row.pk}-{int(row.created_at.timestamp())}"
    if row.channel == Way.SMS:
        sms.deliver(number, phone=message.to, text=message.text)
    else:
        mail(
            number,
            to=message.to,
            subject=message.subject,
            body=message.text,
            stop_url=message.stop_url,
        )


def _try_later(row: Outgoing, error: str) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        _finish(row, OutgoingState.FAILED, "given_up", error)
        return
    pause = min(FIRST_PAUSE * 3 ** (row.attempts - 1), LONGEST_PAUSE)
    _open().filter(pk=row.pk).update(
        due_at=clock.now() + pause, held_until=None, last_error=mask(error)[:200]
    )
    log.warning("notice_delayed", outgoing=row.pk, attempts=row.attempts, error=mask(error)[:200])


def _finish(row: Outgoing, state: str, reason: str = "", error: str = "") -> None:
    """The end of a row. Those it leads end with it where the message was sent or refused, else
    they are judged by themselves."""
    done = _done(state, reason)
    along = _open().filter(lead_id=row.pk)
    with transaction.atomic():
        if state in (OutgoingState.SENT, OutgoingState.FAILED):
            along.update(**done)
        else:
            along.update(lead=None, due_at=clock.now())
        _open().filter(pk=row.pk).update(**done, last_error=mask(error)[:200])


def _done(state: str, reason: str) -> dict[str, Any]:
    now: datetime = clock.now()
    return {"state": state, "reason": reason, "done_at": now, "held_until": None}
