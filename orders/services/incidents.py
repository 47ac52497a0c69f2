"""The same batch: the first claim asks everybody who bought it; enough yes stop the hand-out.

Counted by households, under the round's lock: one flat counts once, however many orders or lines
it has, and who claims a return has said yes by that.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from groups.models import GroupStatus, Membership
from orders.models import (
    BatchAnswer,
    BatchQuestion,
    HoldKind,
    Incident,
    Offer,
    Return,
    Round,
)
from orders.queries.batches import batch_ids_of_line
from orders.queries.incidents import LEAST, batch_count, bought, count_of, needed
from orders.services import holds
from orders.services.return_rules import RETURNABLE
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError


class QuestionClosed(DomainError):
    """Settled, or its time is over."""

    code = "batch_question_closed"
    rule = "O11"


class NotABuyer(DomainError):
    code = "not_a_buyer"
    rule = "O11"


def ask_same_batch(*, rnd: Round, ret: Return, user_id: int | None, at: datetime) -> None:
    """After a claim, by whoever holds the round's lock: ask once, then count.

    Nobody is asked where only one household bought, or about a past that is being loaded.
    """
    if rnd.group.status == GroupStatus.LOADING:
        return
    batch_ids: list[int | None] = [*batch_ids_of_line(ret.line_id)]
    for batch_id in batch_ids or [None]:
        question = _asked(rnd, ret, batch_id, user_id, at)
        if question is not None:
            _count(rnd, question, at)


def _asked(
    rnd: Round, ret: Return, batch_id: int | None, user_id: int | None, at: datetime
) -> BatchQuestion | None:
    """The question about this batch, asked now if nobody did; None where there is nobody to ask."""
    offer_id = ret.line.offer_id
    question = BatchQuestion.objects.about(offer_id, batch_id)
    if question is None and batch_count(offer_id, batch_id).buyers >= LEAST:
        question = BatchQuestion.objects.create(
            group_id=rnd.group_id,
            round=rnd,
            offer_id=offer_id,
            batch_id=batch_id,
            first=ret,
            asked_at=at,
        )
        _publish("batch.asked", question, user_id, at, ret=ret.pk)
    return question


def answer_batch(
    *, question_id: int, line_id: int, actor_id: int, same: bool, request_id: UUID
) -> BatchAnswer:
    """「你家的也这样吗」: yes or no for one line, changeable while the question is open.

    Who may answer for the line is checked by access. Raises QuestionClosed, NotABuyer.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="batch.answer",
        body={"question": question_id, "line": line_id, "same": same},
        work=lambda: _answer(question_id, line_id, actor, same),
        replay=lambda: BatchAnswer.objects.get(question_id=question_id, line_id=line_id),
    )


def _answer(question_id: int, line_id: int, actor: Membership, same: bool) -> BatchAnswer:
    asked = BatchQuestion.objects.filter(pk=question_id)
    rnd = Round.objects.lock(asked.values_list("round_id", flat=True).get())
    question = asked.get()
    at = clock.now()
    _check_open(rnd, question, at)
    if not bought(question).filter(pk=line_id).exists():
        raise NotABuyer(_("这一批问的是买了的人，你这一单里没有它。"))
    said = {"same": same, "answered_by": actor, "answered_at": at}
    answer, _made = BatchAnswer.objects.update_or_create(
        group_id=rnd.group_id, question=question, line_id=line_id, defaults=said
    )
    _publish("batch.answered", question, actor.user_id, at, line=line_id, same=same)
    _count(rnd, question, at)
    return answer


def _check_open(rnd: Round, question: BatchQuestion, at: datetime) -> None:
    lifted = Incident.objects.filter(question=question, hold__released_at__isnull=False)
    if at > question.closes_at or rnd.status not in RETURNABLE or lifted.exists():
        raise QuestionClosed(_("这一问已经结束了。你家的有问题，就在自己的单子里说。"))


def _count(rnd: Round, question: BatchQuestion, at: datetime) -> None:
    """Enough households: an incident, once, and the rest of the batch stays where it is."""
    if Incident.objects.filter(question=question).exists():
        return
    count = count_of(question)
    if count.yes < needed(count.buyers):
        return
    name = Offer.objects.values_list("name", flat=True).get(pk=question.offer_id)
    hold = holds.stop(
        rnd=rnd,
        offer_id=question.offer_id,
        batch_id=holds.only_batch(question.offer_id, question.batch_id),
        kind=HoldKind.INCIDENT,
        reason=_("%(n)d户说%(name)s有问题，先停发") % {"n": count.yes, "name": name},
        actor=None,
        at=at,
    )
    incident = Incident(
        group_id=rnd.group_id,
        question=question,
        hold=hold,
        households=count.yes,
        buyers=count.buyers,
        found_at=at,
    )
    rows.insert([incident])
    events.publish(
        "incident.found",
        group_id=rnd.group_id,
        subject_id=incident.pk,
        actor_id=None,
        at=at,
        round=rnd.pk,
        offer=question.offer_id,
        question=question.pk,
        households=count.yes,
        buyers=count.buyers,
    )


def _publish(
    kind: str, question: BatchQuestion, user_id: int | None, at: datetime, **data: int
) -> None:
    events.publish(
        kind,
        group_id=question.group_id,
        subject_id=question.pk,
        actor_id=user_id,
        at=at,
        round=question.round_id,
        offer=question.offer_id,
        **data,
    )
