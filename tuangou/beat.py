"""How often each alarm clock rings, in seconds; the rules stand in the services."""

EVERY = {
    "core.dispatch_due": 5,
    "groups.void_abandoned_loads": 60,
    "merchants.clear_departed": 3600,
    "merchants.tell_expiring": 3600,
    "orders.close_due_rounds": 60,
    "orders.publish_due_summaries": 3600,
    "orders.remind": 60,
    "orders.watch_returns": 60,
    "reputation.enter_ratings": 600,
    "reputation.rebuild_standings": 24 * 3600,
    "reputation.watch_complaints": 60,
    "reputation.watch_sanctions": 60,
    "core.tidy": 3600,
}
