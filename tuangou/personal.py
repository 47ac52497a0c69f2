"""Who holds what about people: every app's part of seeing, exporting and erasing, in one place.

From the highest app down: each lets go of what it holds before the ground under it goes.
"""

from groups.queries import personal as in_groups
from groups.services import personal as of_groups
from merchants.queries import personal as in_shops
from merchants.services import personal as of_shops
from orders.queries import personal as in_orders
from orders.services import personal as of_orders
from reputation.queries import personal as in_ledger
from reputation.services import personal as of_ledger
from tuangou.core.personal import Part, register

PARTS = (
    Part(holdings=in_ledger.holdings, pictures=in_ledger.pictures, erase=of_ledger.erase),
    Part(
        holdings=in_orders.holdings,
        pictures=in_orders.pictures,
        obstacles=in_orders.obstacles,
        words=of_orders.collect_words,
        erase=of_orders.erase,
    ),
    Part(holdings=in_shops.holdings, obstacles=in_shops.obstacles, erase=of_shops.erase),
    Part(
        holdings=in_groups.holdings,
        places=in_groups.places,
        obstacles=in_groups.obstacles,
        words=of_groups.collect_words,
        erase=of_groups.erase,
    ),
)


def connect() -> None:
    """Called once when Django is ready."""
    register(PARTS)
