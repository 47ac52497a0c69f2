"""Goods of a merchant (M6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from groups.services import words
from merchants.models import Category, Item
from merchants.services.process_photos import change_photos
from tuangou.core import clock, events, images, money
from tuangou.core.errors import DomainError, InvalidInput

LARGEST_PRICE_FEN = 10**8 - 1
_is_url = URLValidator(schemes=["https", "http"])


class ItemKnown(DomainError):
    """The merchant has goods of this name and spec."""

    code = "item_known"
    rule = "M6"
    status = 422


class NotUnderStore(InvalidInput):
    """The price for the group is not below the price in the store."""

    code = "not_under_store"
    rule = "M6"


@dataclass(frozen=True, slots=True)
class Goods:
    """What an item is (M6). Price in fen per `unit`; `step`: the smallest quantity, 0.5 for 斤."""

    name: str
    unit: str
    category: str
    store_price_fen: int
    spec: str = ""
    step: Decimal = Decimal(1)
    origin: str = ""
    shelf_life: str = ""
    storage: str = ""
    description: str = ""
    video_url: str = ""
    group_price_fen: int | None = None


@transaction.atomic
def add_item(
    *,
    merchant_id: int,
    goods: Goods,
    user_id: int | None,
    photo: bytes | None = None,
    proof: bytes | None = None,
    process: Sequence[bytes] = (),
    request_id: UUID | None = None,
) -> Item:
    """Put goods on a merchant's shelf. `photo` is WebP as core.images.reencode gives it, and so are
    `proof`, the price as it hangs in the store, and `process`, how it is made (four at most).

    The event carries `request_id`, so that the item it made is found again. Raises ItemKnown,
    NotUnderStore, InvalidInput.
    """
    fields = _checked(goods)
    at = clock.now()
    item = Item(merchant_id=merchant_id, **fields)
    if photo:
        _attach(item, photo)
    if proof:
        _prove(item, proof)
    with _name_once():
        item.save(force_insert=True)
    change_photos(item, add=process, drop=())
    _tell("item.added", item, user_id, at, **({"request": str(request_id)} if request_id else {}))
    return item


@transaction.atomic
def change_item(
    *,
    item_id: int,
    goods: Goods,
    user_id: int | None,
    photo: bytes | None = None,
    proof: bytes | None = None,
    process: Sequence[bytes] = (),
    drop: Collection[int] = (),
) -> Item:
    """Change goods; rounds keep what they copied. Without `photo` or `proof` the old one stays;
    `process` is added to the pictures of how it is made, those with an id in `drop` go.

    Raises ItemKnown, NotUnderStore, InvalidInput.
    """
    fields = _checked(goods)
    item = Item.objects.select_for_update(no_key=True).get(pk=item_id)
    at = clock.now()
    changed = [name for name, value in fields.items() if getattr(item, name) != value]
    for name in changed:
        setattr(item, name, fields[name])
    if photo:
        _attach(item, photo)
        changed.append("photo")
    if proof:
        _prove(item, proof)
        changed.append("price_proof")
    if changed:
        with _name_once():
            item.save(update_fields=changed)
    if change_photos(item, add=process, drop=drop):
        changed.append("process_photos")
    if changed:
        _tell("item.changed", item, user_id, at, fields=changed)
    return item


@transaction.atomic
def change_photos_of(
    *, item_id: int, user_id: int | None, add: Sequence[bytes], drop: Collection[int]
) -> Item:
    """As change_item, of nothing but the pictures of how it is made. Raises InvalidInput."""
    item = Item.objects.select_for_update(no_key=True).get(pk=item_id)
    at = clock.now()
    if change_photos(item, add=add, drop=drop):
        _tell("item.changed", item, user_id, at, fields=["process_photos"])
    return item


@transaction.atomic
def shelve_item(*, item_id: int, user_id: int | None, on_sale: bool) -> Item:
    """Take goods off the shelf (no new round offers them) or put them back."""
    item = Item.objects.select_for_update(no_key=True).get(pk=item_id)
    at = clock.now()
    if item.is_active != on_sale:
        item.is_active = on_sale
        item.save(update_fields=["is_active"])
        _tell("item.put_back" if on_sale else "item.withdrawn", item, user_id, at)
    return item


def _checked(goods: Goods) -> dict[str, str | int | Decimal | None]:
    if goods.category not in Category.values:
        raise InvalidInput(_("选一个品类"), field="category")
    return {
        "name": words.plain(goods.name, field="name", most=40, empty=_("填货品名")),
        "spec": words.plain(goods.spec, field="spec", most=40),
        "unit": words.plain(goods.unit, field="unit", most=8, empty=_("填单位，例如 斤、盒")),
        "step": _checked_step(goods.step),
        "category": goods.category,
        "store_price_fen": checked_price(goods.store_price_fen, "store_price"),
        "group_price_fen": _checked_group_price(goods),
        "origin": words.plain(goods.origin, field="origin", most=60),
        "shelf_life": words.plain(goods.shelf_life, field="shelf_life", most=40),
        "storage": words.plain(goods.storage, field="storage", most=60),
        "description": words.plain(goods.description, field="description", most=500),
        "video_url": _checked_url(goods.video_url),
    }


def _checked_step(step: Decimal) -> Decimal:
    if not step.is_finite() or not 0 < step <= 1000 or step != round(step, 3):
        raise InvalidInput(_("一次加减的量填 0.5、1 这样的数，最多三位小数"), field="step")
    return step


def checked_price(price_fen: int, field: str) -> int:
    if not 0 < price_fen <= LARGEST_PRICE_FEN:
        raise InvalidInput(_("价格要大于 ¥0，不超过 ¥999,999.99"), field=field)
    return price_fen


def _checked_group_price(goods: Goods) -> int | None:
    if goods.group_price_fen is None:
        return None
    price_fen = checked_price(goods.group_price_fen, "group_price")
    if price_fen >= goods.store_price_fen:
        raise NotUnderStore(
            _("团价 ¥%(group)s 不低于店价 ¥%(store)s。团购要比店里便宜")
            % {"group": money.yuan(price_fen), "store": money.yuan(goods.store_price_fen)},
            field="group_price",
        )
    return price_fen


def _checked_url(url: str) -> str:
    if not url:
        return ""
    try:
        _is_url(url)
    except ValidationError as error:
        raise InvalidInput(_("视频链接以 https:// 开头"), field="video_url") from error
    return words.plain(url, field="video_url", most=200)


def _attach(item: Item, photo: bytes) -> None:
    """The photo, and a small one beside it for lists, which many open on a slow network."""
    item.photo.save(f"{uuid4().hex}.webp", ContentFile(photo), save=False)
    small = ContentFile(images.small_copy(photo))
    item.photo.storage.save(images.small_name(str(item.photo.name)), small)


def _prove(item: Item, proof: bytes) -> None:
    item.price_proof.save(f"{uuid4().hex}.webp", ContentFile(proof), save=False)


@contextmanager
def _name_once() -> Iterator[None]:
    """A savepoint in which a name used twice becomes a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ItemKnown(
            _("这家店已有同名同规格的货品，改那一个，或换个规格"), field="name"
        ) from error


def _tell(kind: str, item: Item, user_id: int | None, at: datetime, **data: object) -> None:
    events.publish(
        kind,
        group_id=None,
        subject_id=item.pk,
        actor_id=user_id,
        at=at,
        merchant=item.merchant_id,
        **data,
    )
