"""Merchants and items of the year, as the group gets to know them (M1, M5, M6)."""

from __future__ import annotations

from collections.abc import Iterator

from merchants.models.credit_codes import credit_code_check_character
from orders.management.year import words
from orders.management.year.draws import chance, number
from orders.management.year.goods import SIZES, Size, category_slug
from orders.management.year.plan import ItemPlan, MerchantPlan
from orders.management.year.pricing import Key, Shelf, price_points
from orders.management.year.words import SHOPS

LEAST_DISCOUNT_BP = 500  # every group price lies under the store price by this much at least
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LEGAL_TAILS = {
    "household": "百货",
    "fruit": "果品",
    "vegetables": "农业",
    "seafood": "水产",
    "dairy": "乳业",
}


def credit_code(*, individual: bool, serial: int) -> str:
    """A valid unified social credit code: category, region, organisation with its own check."""
    digits = f"{serial % 10**8:08d}"
    total = sum(int(d) * w for d, w in zip(digits, _ORGANISATION_WEIGHTS, strict=True))
    check = "0123456789X0"[11 - total % 11]
    body = f"9{'2' if individual else '1'}{words.REGION}{digits}{check}"
    return body + credit_code_check_character(body)


def plan_merchants(
    shops: list[int], slug: str, salt: int, numbers: Iterator[str]
) -> tuple[MerchantPlan, ...]:
    """A merchant for each shop, in the order they first sold. Codes belong to the slug alone."""
    rng = chance(slug, "merchants")
    first_serial = number("credit codes", slug, salt, below=10**6) * 100
    merchants: list[MerchantPlan] = []
    for index, shop in enumerate(shops):
        brand, shelf, stores, _ = SHOPS[shop]
        tail = _LEGAL_TAILS.get(shelf, "食品")
        single = f"{words.DISTRICT}{brand}{tail}店"
        chain = f"{words.CITY}{brand}{tail}有限公司"
        merchants.append(
            MerchantPlan(
                index=index,
                brand=brand,
                legal_name=single if stores == 1 else chain,
                kind="single" if stores == 1 else "chain",
                stores=stores,
                credit_code=credit_code(individual=stores == 1, serial=first_serial + index),
                contact=rng.choice(words.SURNAMES[:40]) + ("老板" if stores == 1 else "经理"),
                phone=next(numbers),
                shelf=shelf,
                commission_bp=rng.choice((300, 400, 500, 500, 600)),
            )
        )
    return tuple(merchants)


def plan_items(
    shelf: Shelf, merchant_of: dict[int, int], slug: str
) -> tuple[tuple[ItemPlan, ...], dict[Key, int]]:
    """An item for everything sold, with a store price over every group price asked for it."""
    sizes = {(size.name, size.spec): size for group in SIZES.values() for size in group}
    items: list[ItemPlan] = []
    places: dict[Key, int] = {}
    for key, prices in shelf.prices.items():
        shop, name, spec = key
        places[key] = len(items)
        store = _store_price(slug, key, max(prices))
        items.append(_item(len(items), merchant_of[shop], sizes[name, spec], store))
    return tuple(items), places


def _item(index: int, merchant: int, size: Size, store_price_fen: int) -> ItemPlan:
    return ItemPlan(
        index=index,
        merchant=merchant,
        name=size.name,
        spec=size.spec,
        sale_unit=size.sale_unit,
        step_milli=size.step_milli,
        category=category_slug(size),
        store_price_fen=store_price_fen,
        origin=size.origin,
        shelf_life=size.shelf_life,
        storage=size.storage,
    )


def _store_price(slug: str, key: Key, dearest: int) -> int:
    """A price a shop would write, 5 % to about 25 % over the dearest group price."""
    least = -(-dearest * 10_000 // (10_000 - LEAST_DISCOUNT_BP))
    wished = least * (101 + number("store price", slug, *key, below=18)) // 100
    return next(price_points(1000, wished, wished + 200))
