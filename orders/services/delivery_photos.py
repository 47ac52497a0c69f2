"""Pictures of what came, for every member to see (O9)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from uuid import UUID

from django.core.files.base import ContentFile
from django.db.models import Max
from django.utils.translation import gettext as _

from groups.models import Membership
from orders.models import Delivery, DeliveryPhoto, Offer, Round
from orders.models.deliveries import MOST_DELIVERY_PHOTOS
from tuangou.core import clock, requests, rows
from tuangou.core.errors import InvalidInput


class BadPhotos(InvalidInput):
    code = "bad_photos"
    rule = "O9"


def add_photos(
    *,
    round_id: int,
    actor_id: int,
    photos: Sequence[bytes],
    offer_id: int | None = None,
    helper_id: int | None = None,
    request_id: UUID,
) -> list[DeliveryPhoto]:
    """Keep re-encoded pictures of a recorded delivery, of one offer or of all; `helper_id`: the
    link they came by. Raises BadPhotos."""
    actor = rows.get(Membership, actor_id)
    digests = [hashlib.sha256(photo).hexdigest() for photo in photos]
    return requests.once(
        group_id=actor.group_id,
        user_id=actor.user_id,
        key=request_id,
        act="delivery.photos",
        body={"round": round_id, "offer": offer_id, "photos": digests},
        work=lambda: _add(round_id, actor, photos, offer_id, helper_id),
        replay=lambda: list(
            DeliveryPhoto.objects.filter(delivery__round_id=round_id, sha256__in=digests)
        ),
    )


def _add(
    round_id: int,
    actor: Membership,
    photos: Sequence[bytes],
    offer_id: int | None,
    helper_id: int | None,
) -> list[DeliveryPhoto]:
    Round.objects.lock(round_id)
    at = clock.now()
    delivery = Delivery.objects.filter(round_id=round_id).first()
    if delivery is None:
        raise BadPhotos(_("还没记到货。先记到货，再传照片。"), field="photos")
    if not photos:
        raise BadPhotos(_("先选照片，再传。"), field="photos")
    if offer_id is not None and not Offer.objects.of_round(round_id).filter(pk=offer_id).exists():
        raise BadPhotos(_("选的货品不在这个团里。刷新页面再选。"), field="offer")
    kept = DeliveryPhoto.objects.filter(delivery=delivery)
    last = kept.aggregate(n=Max("position"))["n"] or 0
    if last + len(photos) > MOST_DELIVERY_PHOTOS:
        raise BadPhotos(
            _("一次到货最多 %(most)d 张照片，已经有 %(n)d 张。")
            % {"most": MOST_DELIVERY_PHOTOS, "n": last},
            field="photos",
        )
    return _keep(
        [
            DeliveryPhoto(
                group_id=actor.group_id,
                delivery=delivery,
                offer_id=offer_id,
                position=last + place,
                sha256=hashlib.sha256(photo).hexdigest(),
                by=actor,
                helper_id=helper_id,
                at=at,
            )
            for place, photo in enumerate(photos, start=1)
        ],
        photos,
    )


def _keep(made: list[DeliveryPhoto], photos: Sequence[bytes]) -> list[DeliveryPhoto]:
    """Store them under random names; the last step, so that little can orphan a file."""
    try:
        for row, photo in zip(made, photos, strict=True):
            row.file.save(f"{secrets.token_hex(16)}.webp", ContentFile(photo), save=False)
        return DeliveryPhoto.objects.bulk_create(made)
    except Exception:
        for row in made:
            row.file.delete(save=False)
        raise
