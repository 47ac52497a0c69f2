"""Who saw a price in the store, and what becomes of one that differs (M6).

Lock order: the goods' row, so that a price does not change under a witness; then what follows.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Membership
from groups.services import words
from merchants.models import Application, Item, MerchantStaff, PriceRuling, PriceWitness
from merchants.queries.price_deciders import deciders_of
from merchants.queries.witnesses import STALE_AFTER
from merchants.services.items import checked_price
from tuangou.core import clock, events
from tuangou.core.errors import DomainError, InvalidInput


class NotSoldHere(DomainError):
    """The merchant of these goods has no application in this group."""

    code = "not_sold_here"
    rule = "M4"


class OwnShop(DomainError):
    """Who stands behind the counter is no witness of its prices."""

    code = "own_shop"
    rule = "M6"


class NotContested(DomainError):
    """Nothing to decide: it was the shop's own price, or it is decided, or corrected by now."""

    code = "not_contested"
    rule = "M6"


@transaction.atomic
def witness_price(
    *,
    group_id: int,
    item_id: int,
    actor_id: int,
    price_fen: int,
    place: str,
    picture: bytes | None,
    seen_at: datetime | None = None,
) -> PriceWitness:
    """A member saw this price, there and then (M6). `seen_at`: now, or up to 14 days ago;
    `picture`: WebP as core.images.reencode gives it.

    Another price than the shop says makes it contested: nobody says any more how much is saved,
    until an officer decides or the shop corrects it. Raises NotSoldHere, OwnShop, InvalidInput.
    """
    item = Item.objects.select_for_update(no_key=True).get(pk=item_id)
    at = clock.now()
    if not Application.objects.of_group(group_id).filter(merchant_id=item.merchant_id).exists():
        raise NotSoldHere(_("这家商家不在本群"))
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    row = PriceWitness(
        group_id=group_id,
        item=item,
        price_fen=checked_price(price_fen, "price"),
        said_fen=item.store_price_fen,
        place=words.plain(place, field="place", most=60, empty=_("填在哪里看到的")),
        seen_at=_checked_day(seen_at, at),
        noted_at=at,
        witness=actor,
    )
    _refuse_own(item.merchant_id, actor.user_id)
    if not picture:
        raise InvalidInput(_("拍一张价签，邻居才好信"), field="picture")
    _keep(row, picture)
    kind = "price.contested" if row.contests else "item.price_witnessed"
    _tell(kind, row, actor.user_id, at)
    return row


@transaction.atomic
def rule_price(
    *, group_id: int, witness_id: int, actor_id: int, stands: bool, reason: str
) -> PriceRuling:
    """The initiator decides of a contested price, once and with her reason; a deputy in her place
    where her household has an interest in the shop (M6).

    `stands`: the shop's price may be compared with again; else not before the shop corrects it.
    Raises NotContested, NotAllowed with who may, InvalidInput without a reason.
    """
    row = PriceWitness.objects.filter(group_id=group_id).select_related("item").get(pk=witness_id)
    item = Item.objects.select_for_update(no_key=True).get(pk=row.item_id)
    at = clock.now()
    decided = PriceRuling.objects.filter(witness=row).exists()
    if not row.contests or decided or row.said_fen != item.store_price_fen:
        raise NotContested(_("这个店价没有争议，或已经定了。刷新页面看看。"))
    deciders_of(group_id, item.merchant_id).check(actor_id)
    actor = Membership.objects.of_group(group_id).get(pk=actor_id)
    ruling = PriceRuling.objects.create(
        group_id=group_id,
        witness=row,
        stands=stands,
        reason=words.plain(
            reason, field="reason", most=300, empty=_("写明理由，商家和邻居都会看到")
        ),
        ruled_by=actor,
        ruled_at=at,
    )
    _tell("price.ruled", row, actor.user_id, at, stands=stands)
    return ruling


def _checked_day(seen_at: datetime | None, at: datetime) -> datetime:
    seen_at = seen_at or at
    if not at - STALE_AFTER <= seen_at <= at:
        raise InvalidInput(_("填最近 14 天里看到的日子"), field="seen_at")
    return seen_at


def _keep(row: PriceWitness, picture: bytes) -> None:
    """The file under a random name; the row is the last step, so that little can orphan it."""
    row.picture = ContentFile(picture, f"{uuid4().hex}.webp")
    try:
        row.save(force_insert=True)
    except Exception:
        row.picture.delete(save=False)
        raise


def _refuse_own(merchant_id: int, user_id: int | None) -> None:
    staff = MerchantStaff.objects.filter(merchant_id=merchant_id)
    if user_id is not None and staff.filter(user_id=user_id).exists():
        raise OwnShop(_("店里的人不能给自己的店价作证，让邻居去看"))


def _tell(kind: str, row: PriceWitness, user_id: int | None, at: datetime, **data: object) -> None:
    events.publish(
        kind,
        group_id=row.group_id,
        subject_id=row.item_id,
        actor_id=user_id,
        at=at,
        merchant=row.item.merchant_id,
        witness=row.pk,
        price_fen=row.price_fen,
        **data,
    )
