"""Notices × ways: the one table of what leaves the app, and how (ux 5, S2).

The inbox gets every notice. A line here says what goes to phones and mailboxes besides, how long it
is of use, and how often it is told; the second table what the group's robot says. docs/notices.md
shows both, and a test compares.
"""

from __future__ import annotations

from datetime import timedelta

from groups.queries import robots
from orders.queries import chat
from orders.queries.reminders import still_open, still_owes, still_waited_for
from tuangou.core import matrix
from tuangou.core.matrix import DIGEST, NOW, GroupNews, Kind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

KINDS = (
    # rounds
    Kind(
        "orders.round_opened",
        email=DIGEST,
        useful_until="cut_off_at",
        once_per="round",
        still=still_open,
    ),
    Kind("orders.round_extended", useful_until="cut_off_at", once_per="round"),
    Kind("orders.last_call", useful_until="until", once_per="round, cut-off"),
    Kind("orders.round_short", email=NOW, useful_until="until", once_per="round"),
    Kind("orders.round_confirmed", email=NOW, once_per="round"),
    Kind("orders.round_failed", email=NOW, useful_for=3 * DAY, once_per="round"),
    Kind("orders.round_cancelled", sms=True, email=NOW, useful_for=3 * DAY, once_per="round"),
    Kind("orders.pay_now", email=NOW, useful_for=36 * HOUR, once_per="round", still=still_owes),
    Kind("orders.payment_due", sms=True, useful_for=24 * HOUR, once_per="round", still=still_owes),
    Kind(
        "orders.round_arrived",
        sms=True,
        starred=True,
        useful_until="pickup_until",
        once_per="round",
        still=still_waited_for,
    ),
    Kind(
        "orders.not_collected",
        sms=True,
        useful_until="pickup_until",
        once_per="round, window, call",
        still=still_waited_for,
    ),
    Kind("orders.asked_after", email=DIGEST, useful_for=2 * DAY, once_per="round, day"),
    # orders and money
    Kind("orders.order_placed", sms=True, useful_for=DAY, once_per="order"),
    Kind("orders.order_amended", sms=True, useful_for=DAY, once_per="order, version"),
    Kind("orders.order_cancelled", sms=True, useful_for=DAY, once_per="order"),
    Kind("orders.order_missed", once_per="order"),
    Kind("orders.payment_received", once_per="payment"),
    Kind("orders.payment_undone", once_per="payment"),
    Kind("orders.payment_paid_back", sms=True, email=NOW, useful_for=3 * DAY, once_per="payment"),
    # returns
    Kind("orders.return_requested", sms=True, email=NOW, useful_for=3 * DAY, once_per="return"),
    Kind(
        "orders.shop_return_requested", sms=True, email=NOW, useful_for=3 * DAY, once_per="return"
    ),
    Kind("orders.return_accepted", email=NOW, useful_for=3 * DAY, once_per="return, step"),
    Kind("orders.return_rejected", email=NOW, useful_for=3 * DAY, once_per="return, step"),
    Kind(
        "orders.return_refunded", sms=True, email=NOW, useful_for=3 * DAY, once_per="return, step"
    ),
    # merchants
    Kind(
        "orders.shop_confirmed",
        sms=True,
        email=NOW,
        useful_until="pickup_from",
        once_per="round",
    ),
    Kind("merchants.application_submitted", email=DIGEST, useful_for=7 * DAY, once_per="step"),
    Kind("merchants.application_approved", email=NOW, useful_for=7 * DAY, once_per="step"),
    Kind("merchants.application_rejected", email=NOW, useful_for=7 * DAY, once_per="step"),
    Kind("merchants.application_changes_asked", email=NOW, useful_for=7 * DAY, once_per="step"),
    Kind(
        "merchants.application_suspended",
        sms=True,
        email=NOW,
        useful_for=7 * DAY,
        once_per="step",
    ),
    Kind("merchants.application_reinstated", email=NOW, useful_for=7 * DAY, once_per="step"),
    # the group and its people
    Kind(
        "groups.announcement_published", email=DIGEST, useful_for=3 * DAY, once_per="announcement"
    ),
    Kind("orders.summary_published", email=DIGEST, useful_for=7 * DAY, once_per="month"),
    Kind("groups.membership_asked", email=DIGEST, useful_for=7 * DAY, once_per="person"),
    Kind("groups.household_asked", email=DIGEST, useful_for=7 * DAY, once_per="person"),
    Kind("groups.membership_activated", email=DIGEST, useful_for=7 * DAY, once_per="person"),
    Kind("groups.membership_queued", email=DIGEST, useful_for=7 * DAY, once_per="person"),
    Kind("groups.membership_rejected", email=DIGEST, useful_for=7 * DAY, once_per="person"),
    Kind("groups.door_asked", email=DIGEST, useful_for=7 * DAY, once_per="wish"),
    Kind("groups.door_moved", once_per="move"),
    # accounts: never muted, never waiting
    Kind("core.signed_in", sms=True, email=NOW, useful_for=DAY, once_per="session"),
    Kind("core.phone_changed", email=NOW, useful_for=3 * DAY, once_per="change"),
    Kind("groups.login_link_made", sms=True, useful_for=DAY, once_per="link"),
    Kind("account.export_ready", email=NOW, useful_for=DAY, once_per="export"),
)

GROUP_NEWS = (
    GroupNews("robot.connected", robots.hello),
    GroupNews("round.opened", chat.opened),
    GroupNews("round.extended", chat.opened),
    GroupNews("round.last_call", chat.last_call, 2 * HOUR),
    GroupNews("round.confirmed", chat.confirmed),
    GroupNews("round.failed", chat.ended),
    GroupNews("round.cancelled", chat.ended),
    GroupNews("round.arrived", chat.arrived, 4 * HOUR),
    GroupNews("round.not_collected", chat.not_collected, HOUR),
    GroupNews("round.asked_after", chat.asked_after, 4 * HOUR),
)


def connect() -> None:
    """Called once when Django is ready."""
    matrix.register(KINDS, GROUP_NEWS)
