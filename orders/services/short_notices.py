"""The merchant says beforehand what will be missing; it is shared out on arrival (O9)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from orders.models import Offer, OrderLine, Round, ShortNotice
from orders.queries.short_notices import said_short
from orders.services.delivery_notices import EXPECTED, NotExpected
from tuangou.core import clock, events, requests, rows
from tuangou.core.errors import InvalidInput

ZERO = Decimal(0)


class BadShortNotice(InvalidInput):
    code = "bad_short_notice"
    rule = "O9"


def say_short(
    *,
    round_id: int,
    user_id: int,
    for_merchant: bool,
    short: Mapping[int, Decimal],
    note: str = "",
    request_id: UUID,
) -> list[ShortNotice]:
    """Say how much of which offer will be missing: {offer id: quantity}, 0 takes back what was
    said. Orders stay as they are: what comes is counted on arrival and shared out then (O9).

    `user_id`: an account of the merchant's staff, or an officer's with `for_merchant`; access has
    checked which. Only what differs from what was said is written. Raises NotExpected,
    BadShortNotice.
    """
    group_id = Round.objects.values_list("group_id", flat=True).get(pk=round_id)
    note = " ".join(note.split())
    return requests.once(
        group_id=group_id,
        user_id=user_id,
        key=request_id,
        act="round.say_short",
        body={
            "round": round_id,
            "short": {str(pk): quantity for pk, quantity in sorted(short.items())},
            "note": note,
        },
        work=lambda: _say(round_id, user_id, for_merchant, short, note),
        replay=lambda: list(ShortNotice.objects.filter(round_id=round_id).order_by("pk")),
    )


def _say(
    round_id: int, user_id: int, for_merchant: bool, short: Mapping[int, Decimal], note: str
) -> list[ShortNotice]:
    rnd = Round.objects.lock(round_id)
    at = clock.now()
    if rnd.status not in EXPECTED:
        raise NotExpected(
            _("这个团现在是「%(status)s」，没有货在路上。") % {"status": rnd.get_status_display()}
        )
    if len(note) > 200:
        raise BadShortNotice(_("说明最多 200 个字，删短一点。"), field="note")
    _check(rnd, short)
    before = said_short(rnd.pk)
    changed = {pk: q for pk, q in sorted(short.items()) if q != before.get(pk, ZERO)}
    if not changed:
        raise BadShortNotice(_("写哪样要少、少多少。都够就不用报。"))
    last = ShortNotice.objects.filter(round_id=round_id).aggregate(n=Max("number"))["n"]
    number = (last or 0) + 1
    made = [
        ShortNotice(
            group_id=rnd.group_id,
            round=rnd,
            offer_id=offer_id,
            number=number,
            quantity=quantity,
            note=note,
            said_by_id=user_id,
            for_merchant=for_merchant,
            said_at=at,
        )
        for offer_id, quantity in changed.items()
    ]
    rows.insert(made)
    Round.objects.bump(rnd.pk)
    events.publish(
        "shortage.announced",
        group_id=rnd.group_id,
        subject_id=rnd.pk,
        actor_id=user_id,
        at=at,
        number=number,
    )
    return made


def _check(rnd: Round, short: Mapping[int, Decimal]) -> None:
    """Offers of this round, no more missing than was ordered."""
    offers = {offer.pk: offer for offer in Offer.objects.of_round(rnd.pk)}
    lines = OrderLine.objects.live().filter(order__round_id=rnd.pk)
    ordered = lines.quantity_by("offer_id")
    for offer_id, quantity in short.items():
        offer = offers.get(offer_id)
        if offer is None:
            raise BadShortNotice(_("这样货不在这个团里。刷新页面看看。"))
        most = ordered.get(offer_id, ZERO)
        if not quantity.is_finite() or not 0 <= quantity <= most or quantity != round(quantity, 3):
            raise BadShortNotice(
                _("%(name)s订了 %(most)s%(unit)s，少的写 0 到 %(most)s。")
                % {"name": offer.name, "most": f"{most.normalize():f}", "unit": offer.unit},
                field=f"short_{offer_id}",
            )
