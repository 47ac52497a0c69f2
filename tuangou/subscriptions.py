"""Who listens to what: the whole list, in one place.

Events nobody needs have no line here and cost nothing; `when` drops the ones that concern nobody
before they become work.
"""

from merchants import handlers as merchants
from orders import handlers as orders
from tuangou.core.events import subscribe


def connect() -> None:
    """Called once when Django is ready; each line is `subscribe("kind", handler)`."""
    subscribe("round.opened", orders.tell_opened)
    subscribe("round.extended", orders.tell_extended)
    subscribe("round.closed", orders.tell_closed_short)
    subscribe("round.confirmed", orders.tell_confirmed)
    subscribe("round.failed", orders.tell_ended)
    subscribe("round.cancelled", orders.tell_ended)
    subscribe("round.arrived", orders.tell_arrived)

    subscribe("order.placed", orders.tell_order, when=orders.for_neighbour)
    subscribe("order.amended", orders.tell_order, when=orders.for_neighbour)
    subscribe("order.cancelled", orders.tell_order, when=orders.for_neighbour)
    subscribe("order.missed", orders.tell_order)

    subscribe("payment.received", orders.tell_payer)
    subscribe("payment.undone", orders.tell_payer)
    subscribe("payment.paid_back", orders.tell_payer, when=orders.not_for_return)

    subscribe("return.requested", orders.tell_return_requested)
    subscribe("return.accepted", orders.tell_return_decided)
    subscribe("return.rejected", orders.tell_return_decided)
    subscribe("return.refunded", orders.tell_return_decided)

    subscribe("summary.published", orders.tell_summary, when=orders.first_version)

    subscribe("application.submitted", merchants.tell_officers)
    subscribe("application.approved", merchants.tell_owner)
    subscribe("application.rejected", merchants.tell_owner)
    subscribe("application.changes_asked", merchants.tell_owner)
    subscribe("application.suspended", merchants.tell_owner)
    subscribe("application.reinstated", merchants.tell_owner)
    subscribe("application.suspended", orders.pause)
    subscribe("application.reinstated", orders.resume)
