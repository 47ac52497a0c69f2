"""The merchant says when the goods come; an officer may write it down for it (O9)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from orders.models import DeliveryNotice, Round, RoundStatus
from tuangou.core import clock, events, requests
from tuangou.core.errors import DomainError, InvalidInput

EXPECTED = (RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.CONFIRMED)


class NotExpected(DomainError):
    """Nothing is on its way: not open yet, arrived already, failed or cancelled."""

    code = "not_expected"
    rule = "O9"


class BadNotice(InvalidInput):
    code = "bad_delivery_notice"
    rule = "O9"


@dataclass(frozen=True, slots=True)
class Coming:
    """A window of time, and what helps to receive the goods."""

    arrives_from: datetime
    arrives_until: datetime
    car: str = ""
    driver: str = ""
    batch: str = ""
    note: str = ""


def announce_delivery(
    *, round_id: int, user_id: int, for_merchant: bool, coming: Coming, request_id: UUID
) -> DeliveryNotice:
    """Say when a round's goods come; saying it again adds a row, and the last one holds (O9).

    `user_id`: an account of the merchant's staff, or an officer's with `for_merchant`; access has
    checked which. Raises NotExpected, BadNotice.
    """
    group_id = Round.objects.values_list("group_id", flat=True).get(pk=round_id)
    return requests.once(
        group_id=group_id,
        user_id=user_id,
        key=request_id,
        act="round.announce",
        body={"round": round_id, **asdict(coming)},
        work=lambda: _announce(round_id, user_id, for_merchant, coming),
        replay=lambda: (
            DeliveryNotice.objects.filter(round_id=round_id, said_by_id=user_id)
            .order_by("-number")[:1]
            .get()
        ),
    )


def _announce(round_id: int, user_id: int, for_merchant: bool, coming: Coming) -> DeliveryNotice:
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if rnd.status not in EXPECTED:
        raise NotExpected(
            _("这个团现在是「%(status)s」，没有货在路上。") % {"status": rnd.get_status_display()}
        )
    if coming.arrives_until <= coming.arrives_from:
        raise BadNotice(_("最晚到的时间要在最早之后。改一下。"), field="until_time")
    if coming.arrives_until <= at:
        raise BadNotice(_("这个时间已经过了，填还没到的时间。"), field="until_time")
    if coming.arrives_from < rnd.cut_off_at:
        raise BadNotice(_("截单以后货才会来，改晚一点。"), field="from_time")
    last = DeliveryNotice.objects.filter(round_id=round_id).aggregate(n=Max("number"))["n"]
    made = DeliveryNotice.objects.create(
        group_id=rnd.group_id,
        round=rnd,
        number=(last or 0) + 1,
        said_by_id=user_id,
        for_merchant=for_merchant,
        said_at=at,
        **asdict(coming),
    )
    Round.objects.bump(rnd.pk)
    events.publish(
        "delivery.announced",
        group_id=rnd.group_id,
        subject_id=made.pk,
        actor_id=user_id,
        at=at,
        round=rnd.pk,
        number=made.number,
        late=coming.arrives_until > rnd.pickup_from,
    )
    return made
