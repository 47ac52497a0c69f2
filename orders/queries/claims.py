"""What may be said of an offer's store price (M6); see merchants.queries.witnesses."""

from __future__ import annotations

from typing import Any

from merchants.queries.witnesses import Claim, claim_of, seen_of

# what the group saw of it; part of the statement that reads the offers
SEEN = seen_of(item="item_id", price="store_price_fen")


def claim_on(offer: Any, zone: str) -> Claim:
    """What may be said of an offer annotated with `seen=SEEN`."""
    price = offer.final_price_fen or offer.price_fen
    return claim_of(offer.seen, zone=zone, price_fen=price, store_fen=offer.store_price_fen)
