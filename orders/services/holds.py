"""Goods stopped before they are handed out, and let go again with a reason (O16)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import COUNTED, Batch, Hold, HoldKind, Offer, Round
from orders.queries.holds import waiting_for_ruling
from orders.services.check_off_rules import HANDING_OUT
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import DomainError, InvalidInput

LONGEST_REASON = 200


class NotHoldable(DomainError):
    """Goods that nobody has bought yet, or no longer: there is nothing to stop."""

    code = "not_holdable"
    rule = "O16"


class BadReason(InvalidInput):
    code = "bad_reason"
    rule = "O16"


class NotShared(DomainError):
    """Short goods that nobody has shared out yet."""

    code = "not_shared_out"
    rule = "O9"


class NotRuled(DomainError):
    """Goods that a complaint calls unsafe, before it is ruled."""

    code = "not_ruled"
    rule = "R2"


class AlreadyReleased(DomainError):
    code = "already_released"
    rule = "O16"


@transaction.atomic
def hold(
    *,
    round_id: int,
    offer_id: int | None = None,
    batch_id: int | None = None,
    kind: str,
    reason: str,
    actor_id: int | None = None,
) -> Hold:
    """Stop a round's goods, one offer of it, or one batch of that, until somebody releases them.

    `kind`: a HoldKind; `actor_id` None: the system. Asking twice gives the standing hold, so an
    incident may call this as often as it likes. Locks the round. Raises NotHoldable, BadReason.
    """
    rnd = Round.objects.lock(round_id)
    return stop(
        rnd=rnd,
        offer_id=offer_id,
        batch_id=batch_id,
        kind=HoldKind(kind),
        reason=reason,
        actor=rows.get(Membership, actor_id) if actor_id else None,
        at=clock.now(),
    )


def stop(
    *,
    rnd: Round,
    offer_id: int | None,
    kind: HoldKind,
    reason: str,
    actor: Membership | None,
    at: datetime,
    batch_id: int | None = None,
    car: int = 1,
) -> Hold:
    """As hold(), for whoever holds the round's lock already. `car`: what came on a later one."""
    reason = _reason(reason)
    if rnd.status not in COUNTED:
        raise NotHoldable(
            _("这个团现在是「%(status)s」，没有货可以停发。") % {"status": rnd.get_status_display()}
        )
    if offer_id is not None and not Offer.objects.of_round(rnd.pk).filter(pk=offer_id).exists():
        raise NotHoldable(_("停发的货品不在这个团里。刷新页面再选。"))
    if batch_id is not None and not is_of(batch_id, offer_id):
        raise NotHoldable(_("停发的批次不是这样货品的。刷新页面再选。"))
    scope = Q(offer_id=offer_id) if offer_id else Q(offer__isnull=True)
    scope &= Q(batch_id=batch_id) if batch_id else Q(batch__isnull=True)
    later = car if car > 1 else None
    scope &= Q(car=later) if later else Q(car__isnull=True)
    standing = Hold.objects.standing(rnd.pk).filter(scope, kind=kind).first()
    if standing is not None:
        return standing
    made = Hold.objects.create(
        group_id=rnd.group_id,
        round=rnd,
        offer_id=offer_id,
        batch_id=batch_id,
        kind=kind,
        car=later,
        reason=reason,
        held_at=at,
        held_by=actor,
    )
    _publish("hold.placed", made, actor, at)
    return made


def release(*, hold_id: int, actor_id: int, reason: str, request_id: UUID) -> Hold:
    """Let the goods go, with a reason that everybody may read. Raises AlreadyReleased, BadReason,
    NotShared, NotRuled.

    Who may do so is checked by access: the initiator.
    """
    actor = rows.get(Membership, actor_id)
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="hold.release",
        body={"hold": hold_id, "reason": reason},
        work=lambda: _release(hold_id, actor, reason),
        replay=lambda: Hold.objects.get(pk=hold_id),
    )


def _release(hold_id: int, actor: Membership, reason: str) -> Hold:
    rnd = Round.objects.lock(Hold.objects.filter(pk=hold_id).values("round_id")[:1])
    held = Hold.objects.lock(hold_id)
    at = clock.now()
    check_decidable(held)
    if waiting_for_ruling([held]):
        raise NotRuled(_("有邻居投诉吃了怕出事，有了裁定才能放行。不想等，可以不发、退钱。"))
    came = rnd.status in HANDING_OUT
    let_go(held=held, actor=actor, reason=reason, at=at, to_fetch=came)
    return held


def let_go(
    *, held: Hold, actor: Membership | None, reason: str, at: datetime, to_fetch: bool
) -> None:
    """As release(), for whoever holds the locks of round and hold already; `actor` None: a ruling.

    `to_fetch`: the goods may be fetched now; not so when they are withdrawn or stopped again.
    """
    if not held.stands:
        raise AlreadyReleased(_("这批货已经放行过了。刷新页面看看现在的状态。"))
    held.released_at, held.released_by, held.release_reason = at, actor, _reason(reason)
    rows.update(held, "released_at", "released_by", "release_reason")
    _publish("hold.released", held, actor, at, lets_go=to_fetch)


def check_decidable(held: Hold) -> None:
    """What waits to be shared out is not let go by a word: it is shared out. Raises NotShared."""
    if held.kind == HoldKind.SHARES and held.stands:
        raise NotShared(_("这样货少了，还没分。先定好怎么分，分完自动放行。"))


def may_be_fetched(held: Hold, rnd: Round) -> bool:
    """Whether these goods may go once this stop ends: they came, nothing else stops them all."""
    return rnd.status in HANDING_OUT and not stopped_by_others(held)


def stopped_by_others(held: Hold) -> bool:
    """Whether all of these goods stay for another reason: nobody is called to fetch them."""
    others = Hold.objects.standing(held.round_id).exclude(pk=held.pk)
    same = Q(offer__isnull=True) | Q(offer_id=held.offer_id, batch__isnull=True)
    if held.batch_id is not None:
        same |= Q(batch_id=held.batch_id)
    return others.filter(same).exists()


def is_of(batch_id: int, offer_id: int | None) -> bool:
    """Whether this batch came of this offer."""
    return Batch.objects.filter(pk=batch_id, delivery_line__offer_id=offer_id or 0).exists()


def only_batch(offer_id: int, batch_id: int | None) -> int | None:
    """The batch, where the offer came in several; else None: it is the whole offer."""
    others = Batch.objects.filter(delivery_line__offer_id=offer_id).exclude(pk=batch_id or 0)
    return batch_id if batch_id and others.exists() else None


def _reason(text: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        raise BadReason(_("写明理由，邻居都会看到。"), field="reason")
    if len(trimmed) > LONGEST_REASON:
        raise BadReason(_("理由最多 200 个字，删短一点。"), field="reason")
    return trimmed


def _publish(kind: str, held: Hold, actor: Membership | None, at: datetime, **data: bool) -> None:
    of_batch = {"batch": held.batch_id} if held.batch_id else {}
    events.publish(
        kind,
        group_id=held.group_id,
        subject_id=held.pk,
        actor_id=actor.user_id if actor else None,
        at=at,
        round=held.round_id,
        offer=held.offer_id,
        **of_batch,
        hold_kind=held.kind,
        **data,
    )
