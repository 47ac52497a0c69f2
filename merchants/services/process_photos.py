"""How goods are made: up to four pictures beside what the shop writes (M6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from merchants.models import Item, ProcessPhoto
from tuangou.core import images
from tuangou.core.errors import InvalidInput

MOST = 4


def change_photos(item: Item, *, add: Sequence[bytes], drop: Collection[int]) -> bool:
    """Take pictures of this item away by id, then add others; whether anything changed.

    Called in the caller's transaction, under the lock of the item. `add` is WebP as
    core.images.reencode gives it. Raises InvalidInput over four in all (M6).
    """
    shown = list(ProcessPhoto.objects.filter(item=item).order_by("position"))
    gone = [row for row in shown if row.pk in drop]
    kept = {row.position for row in shown if row not in gone}
    if len(kept) + len(add) > MOST:
        raise InvalidInput(
            _("制作过程的照片最多 %(most)s 张。先勾掉几张再传") % {"most": MOST},
            field="process_photos",
        )
    ProcessPhoto.objects.filter(pk__in=[row.pk for row in gone]).delete()
    free = (place for place in range(1, MOST + 1) if place not in kept)
    _keep([(item, place, photo) for place, photo in zip(free, add, strict=False)])
    for row in gone:
        _forget(row)
    return bool(gone or add)


def take_photos_of(merchant_id: int) -> list[ProcessPhoto]:
    """Delete the rows of all pictures of a shop that left; the caller forgets their files last."""
    rows = list(ProcessPhoto.objects.filter(item__merchant_id=merchant_id))
    ProcessPhoto.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return rows


def forget_files(rows: Sequence[ProcessPhoto]) -> None:
    """The files of pictures whose rows are gone."""
    for row in rows:
        _forget(row)


def _keep(photos: Sequence[tuple[Item, int, bytes]]) -> None:
    """Under random names, each with a small copy for lists; none stays when one fails."""
    kept: list[ProcessPhoto] = []
    try:
        for item, position, photo in photos:
            row = ProcessPhoto(item=item, position=position)
            row.photo.save(f"{uuid4().hex}.webp", ContentFile(photo), save=False)
            kept.append(row)
            small = ContentFile(images.small_copy(photo))
            row.photo.storage.save(images.small_name(str(row.photo.name)), small)
        ProcessPhoto.objects.bulk_create(kept)
    except Exception:
        forget_files(kept)
        raise


def _forget(row: ProcessPhoto) -> None:
    name = str(row.photo.name)
    for each in (name, images.small_name(name)):
        row.photo.storage.delete(each)
