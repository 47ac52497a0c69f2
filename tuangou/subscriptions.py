"""Who listens to what: the whole list, in one place.

Events nobody needs have no line here and cost nothing; `when` drops the ones that concern nobody
before they become work.
"""

from groups import access as group_access
from groups import handlers as groups
from groups.queries.notices import standing_of
from merchants import access as merchant_access
from merchants import handlers as merchants
from orders.handlers import (
    deliveries,
    incidents,
    orders,
    payments,
    reminders,
    returns,
    rounds,
    settlements,
    summaries,
    waiting,
)
from reputation import handlers as reputation
from tuangou.core import devices, exports
from tuangou.core.events import subscribe
from tuangou.core.factors import count_as_office
from tuangou.core.judging import ask_groups
from tuangou.core.models import Topic
from tuangou.core.notices import file_under


def connect() -> None:
    """Called once when Django is ready; each line is `subscribe("kind", handler)`."""
    subscribe("announcement.published", groups.tell_announced)
    subscribe("membership.asked", groups.tell_asked, when=groups.needs_a_yes)
    subscribe("membership.activated", groups.tell_answered, when=groups.waited)
    subscribe("membership.claimed", groups.tell_answered)
    subscribe("membership.queued", groups.tell_answered)
    subscribe("membership.rejected", groups.tell_answered)

    subscribe("round.opened", rounds.tell_opened)
    subscribe("round.extended", rounds.tell_extended)
    subscribe("round.closed", rounds.tell_closed_short)
    subscribe("round.confirmed", rounds.tell_confirmed)
    subscribe("round.failed", rounds.tell_ended)
    subscribe("round.cancelled", rounds.tell_ended)
    connect_goods()

    subscribe("round.last_call", reminders.tell_last_call)
    subscribe("round.payment_due", reminders.tell_payment_due)
    subscribe("round.not_collected", reminders.tell_not_collected)
    subscribe("round.asked_after", reminders.tell_asked_after)

    subscribe("order.placed", orders.tell_order, when=orders.for_neighbour)
    subscribe("order.amended", orders.tell_order, when=orders.for_neighbour)
    subscribe("order.cancelled", orders.tell_order, when=orders.for_neighbour)
    subscribe("order.missed", orders.tell_order)

    _connect_waiting()

    subscribe("payment.received", payments.tell_payer)
    subscribe("payment.undone", payments.tell_payer)
    subscribe("payment.paid_back", payments.tell_payer, when=payments.not_for_return)

    _connect_after_sales()
    _connect_settlements()

    _connect_merchants()
    _connect_ledger()
    # after the ledger: what members are told carries the seal of that month
    subscribe("summary.published", summaries.tell_summary, when=summaries.first_version)

    _connect_complaints()
    _connect_members()

    subscribe("membership.door_asked", groups.tell_door_asked)
    subscribe("membership.door_moved", groups.tell_door_moved)
    subscribe("export.asked", exports.make)

    subscribe("login_link.made", groups.tell_login_link)
    subscribe("session.started", devices.tell_signed_in)
    subscribe("phone.changed", devices.tell_phone_changed)

    count_as_office("initiator or deputy", group_access.holds_office)
    count_as_office("merchant's staff", merchant_access.is_staff_anywhere)
    ask_groups(standing_of)
    file_topics()


def _connect_waiting() -> None:
    """The waiting list, and what it may take over at the end."""
    subscribe("waiting.served", waiting.tell_served)
    subscribe("waiting.lapsed", waiting.tell_lapsed)
    subscribe("waiting.left", waiting.tell_taken_off, when=waiting.taken_off)
    subscribe("order.left_over", waiting.tell_passed, when=waiting.passed_on)
    subscribe("order.left_over", waiting.tell_kept, when=waiting.kept)
    subscribe("membership.left", waiting.leave_lists)
    subscribe("membership.removed", waiting.leave_lists)


def _connect_merchants() -> None:
    subscribe("application.submitted", merchants.tell_officers)
    subscribe("application.approved", merchants.tell_owner)
    subscribe("application.rejected", merchants.tell_owner)
    subscribe("application.changes_asked", merchants.tell_owner)
    subscribe("application.suspended", merchants.tell_owner, when=merchants.not_by_sanction)
    subscribe("application.reinstated", merchants.tell_owner, when=merchants.not_by_sanction)
    subscribe("merchant.staff_removed", merchants.tell_staff_left, when=merchants.went_herself)
    subscribe("document.expiring", merchants.tell_expiring)
    subscribe("agreement.proposed", merchants.tell_to_sign)
    subscribe("agreement.declined", merchants.tell_to_sign)
    subscribe("agreement.signed", merchants.tell_signed)
    subscribe("agreement.coming", merchants.tell_coming)
    subscribe("merchant_day.asked", merchants.tell_day_asked)
    subscribe("merchant_day.withdrawn", merchants.tell_day_asked)
    subscribe("merchant_day.confirmed", merchants.tell_day_answered)
    subscribe("merchant_day.declined", merchants.tell_day_answered)
    subscribe("application.suspended", rounds.pause)
    subscribe("application.reinstated", rounds.resume)


def _connect_ledger() -> None:
    """What is remembered of merchants, initiators and members (R4)."""
    subscribe("round.completed", reputation.enter_round)
    subscribe("round.cancelled", reputation.enter_call_off)
    subscribe("round.inspected", reputation.enter_inspection)
    subscribe("return.accepted", reputation.enter_return)
    subscribe("return.answer_late", reputation.enter_late_answer)
    subscribe("return.decision_late", reputation.enter_late_decision)
    subscribe("document.lapsed", reputation.enter_lapse)
    subscribe("summary.published", reputation.enter_month)
    _connect_sanctions()
    subscribe("rating.given", reputation.count_ratings)


def _connect_complaints() -> None:
    """What is complained of, answered, ruled; what of it is remembered (R2, R3)."""
    subscribe("complaint.made", reputation.tell_complaint)
    for step in ("answered", "suggested", "answer_late", "appealed"):
        subscribe(f"complaint.{step}", reputation.tell_complaint_step)
    for step in ("ruled", "reviewed", "settled", "withdrawn"):
        subscribe(f"complaint.{step}", reputation.tell_complaint_over)
    for step in ("answered", "answer_late", "ruling_late", "ruled"):
        subscribe(f"complaint.{step}", reputation.enter_complaint)
    for step in ("made", "answered", "pressed", "settled", "withdrawn", "ruled"):
        subscribe(f"complaint.{step}", reputation.count_complaints)
    subscribe("complaint.reviewed", reputation.enter_review)
    for news in ("remedy.delivered", "complaint.rated"):
        subscribe(news, reputation.enter_repair)
    subscribe("return.refunded", reputation.deliver_remedies)
    subscribe("panel.drawn", reputation.tell_drawn, when=reputation.of_complaint)


def _connect_sanctions() -> None:
    """What follows from what was remembered (R7)."""
    subscribe("sanction.proposed", reputation.tell_proposed)
    subscribe("sanction.decided", reputation.enter_sanction)
    subscribe("sanction.decided", reputation.tell_sanctioned)
    subscribe("sanction.lifted", reputation.enter_sanction)
    subscribe("sanction.lifted", reputation.tell_sanction_over)
    subscribe("sanction.ended", reputation.enter_sanction)
    subscribe("sanction.ended", reputation.tell_sanction_over)
    subscribe("sanction.appealed", reputation.tell_appealed)
    subscribe("panel.drawn", reputation.tell_seats, when=reputation.of_sanction)
    subscribe("sanction.appeal_decided", reputation.tell_appeal_decided)
    subscribe("application.reinstated", reputation.end_stops, when=merchants.not_by_sanction)
    subscribe("application.approved", reputation.end_stops)
    subscribe("summary.published", reputation.recognise, when=summaries.first_version)
    subscribe("merchant.recognised", reputation.enter_recognition)
    subscribe("merchant.recognised", reputation.tell_recognised)
    subscribe("consequences.published", reputation.tell_table)


def _connect_members() -> None:
    """What neighbours say to shops, and what shops and officers answer."""
    subscribe("price.contested", merchants.tell_price_contested)
    subscribe("price.ruled", merchants.tell_price_ruled)
    subscribe("question.asked", merchants.tell_asked)
    subscribe("question.answered", merchants.tell_answered)
    subscribe("question.hidden", merchants.tell_hidden)
    subscribe("proposal.made", merchants.tell_proposed)
    subscribe("proposal.answered", merchants.tell_proposal_answered)
    subscribe("appeal.made", merchants.tell_appealed)
    subscribe("appeal.answered", merchants.tell_appeal_answered)


def _connect_after_sales() -> None:
    subscribe("return.requested", returns.tell_return_requested)
    subscribe("return.accepted", returns.tell_return_decided)
    subscribe("return.rejected", returns.tell_return_decided)
    subscribe("return.refunded", returns.tell_return_decided)
    subscribe("return.reopened", returns.tell_return_decided)
    subscribe("return.accepted", returns.tell_shop_decided)
    subscribe("return.rejected", returns.tell_shop_decided)
    subscribe("return.withdrawn", returns.tell_return_withdrawn)
    subscribe("return.answered", returns.tell_return_answered)
    subscribe("return.answer_late", returns.tell_answer_late)
    subscribe("return.decision_late", returns.tell_decision_late)
    subscribe("batch.asked", incidents.tell_batch_asked)
    subscribe("incident.found", incidents.tell_incident)


def _connect_settlements() -> None:
    subscribe("settlement.drawn", settlements.tell_drawn)
    subscribe("settlement.confirmed", settlements.tell_word, when=settlements.said_by_its_own_side)
    subscribe("settlement.objected", settlements.tell_word)
    subscribe("settlement.replied", settlements.tell_word)
    subscribe("settlement.supplemented", settlements.tell_supplemented)
    subscribe("settlement.paid", settlements.tell_paid)


def connect_goods() -> None:
    """Goods on their way, arriving, short, stopped and let go."""
    subscribe("delivery.announced", deliveries.tell_announced)
    subscribe("shortage.announced", deliveries.tell_said_short)
    subscribe("round.arrived", rounds.tell_arrived, when=deliveries.not_held)
    subscribe("round.arrived", deliveries.tell_shop_short, when=deliveries.was_short)
    subscribe("round.arrived", deliveries.tell_to_share, when=deliveries.to_share)
    subscribe("round.arrived_later", deliveries.tell_to_share, when=deliveries.to_share)
    subscribe("round.shared_out", deliveries.tell_shared_out)
    subscribe("order.short", deliveries.tell_short)
    subscribe("order.said_missing", deliveries.tell_said_missing)
    subscribe("hold.placed", deliveries.tell_held, when=deliveries.failed)
    subscribe("hold.released", deliveries.tell_released, when=deliveries.lets_go)


def file_topics() -> None:
    """What each kind of notice is about, for the settings page."""
    file_under(Topic.NEWS, "groups.announcement_published")
    file_under(Topic.OPENED, "orders.round_opened", "orders.round_extended", "orders.last_call")
    file_under(
        Topic.ORDERS,
        "orders.order_placed",
        "orders.order_amended",
        "orders.order_cancelled",
        "orders.order_missed",
        "orders.waiting_served",
        "orders.waiting_lapsed",
        "orders.waiting_taken_off",
        "orders.round_confirmed",
        "orders.round_failed",
        "orders.round_cancelled",
    )
    file_under(
        Topic.MONEY,
        "orders.pay_now",
        "orders.payment_due",
        "orders.payment_received",
        "orders.payment_undone",
        "orders.payment_paid_back",
    )
    file_under(Topic.GOODS, "orders.round_arrived", "orders.round_short")
    file_under(Topic.GOODS, "orders.delivery_announced", "orders.delivery_late")
    file_under(Topic.GOODS, "orders.order_short", "orders.order_recounted", "orders.said_short")
    file_under(Topic.GOODS, "orders.goods_held", "orders.goods_released")
    file_under(Topic.SHOP, "orders.shop_short", "orders.shop_goods_held")
    file_under(Topic.GOODS, "orders.not_collected", "orders.asked_after")
    file_under(Topic.GOODS, "orders.leftover_passed", "orders.leftover_yours")
    file_under(Topic.GOODS, "orders.leftover_kept", "orders.leftover_returned")
    file_under(Topic.GOODS, "orders.order_later", "orders.to_share", "orders.said_missing")
    _file_after_sales()
    _file_complaints()
    _file_settlements()
    _file_members()
    _file_merchants()
    _file_sanctions()
    file_under(Topic.PEOPLE, "groups.door_asked", "groups.door_moved")
    file_under(
        Topic.PEOPLE,
        "groups.membership_asked",
        "groups.household_asked",
        "groups.membership_activated",
        "groups.membership_queued",
        "groups.membership_rejected",
    )
    file_under(Topic.ACCOUNT, "account.export_ready")
    file_under(Topic.ACCOUNT, "core.signed_in", "core.phone_changed", "groups.login_link_made")
    file_under(Topic.SUMMARY, "orders.summary_published")


def _file_merchants() -> None:
    file_under(
        Topic.SHOP,
        "orders.shop_confirmed",
        "merchants.application_submitted",
        "merchants.application_approved",
        "merchants.application_rejected",
        "merchants.application_changes_asked",
        "merchants.application_suspended",
        "merchants.application_reinstated",
        "merchants.document_expiring",
        "merchants.staff_left",
        "merchants.agreement_proposed",
        "merchants.agreement_declined",
        "merchants.agreement_signed",
        "merchants.day_asked",
        "merchants.day_withdrawn",
        "merchants.day_confirmed",
        "merchants.day_declined",
    )
    file_under(Topic.NEWS, "merchants.agreement_coming")


def _file_complaints() -> None:
    steps = ("opened", "answered", "suggested", "late", "ruled", "appealed")
    kinds = [f"reputation.complaint_{step}" for step in steps]
    file_under(Topic.RETURNS, *kinds, "reputation.panel_drawn")


def _file_sanctions() -> None:
    file_under(
        Topic.SHOP,
        "reputation.sanction_proposed",
        "reputation.shop_sanctioned",
        "reputation.sanction_appealed",
        "reputation.sanction_appeal_decided",
        "reputation.appeal_drawn",
        "reputation.merchant_recognised",
    )
    file_under(
        Topic.NEWS,
        "reputation.sanction_decided",
        "reputation.sanction_ended",
        "reputation.sanction_lifted",
        "reputation.consequences_published",
    )


def _file_settlements() -> None:
    file_under(
        Topic.SHOP,
        "orders.shop_settlement_drawn",
        "orders.settlement_confirmed",
        "orders.settlement_objected",
        "orders.settlement_replied",
        "orders.settlement_supplemented",
        "orders.settlement_paid",
    )


def _file_members() -> None:
    file_under(
        Topic.SHOP,
        "merchants.price_contested",
        "merchants.price_ruled",
        "merchants.question_asked",
        "merchants.question_answered",
        "merchants.question_hidden",
        "merchants.proposal_made",
        "merchants.proposal_invited",
        "merchants.proposal_declined",
        "merchants.appeal_made",
        "merchants.appeal_answered",
    )
    file_under(Topic.OPENED, "orders.followed_opened")


def _file_after_sales() -> None:
    file_under(
        Topic.RETURNS,
        "orders.return_requested",
        "orders.return_accepted",
        "orders.return_rejected",
        "orders.return_refunded",
        "orders.return_reopened",
        "orders.return_withdrawn",
        "orders.return_answered",
        "orders.return_answer_late",
        "orders.return_credited",
        "orders.return_decision_late",
        "orders.batch_asked",
        "orders.incident_found",
    )
    file_under(Topic.GOODS, "orders.incident_stopped")
    file_under(
        Topic.SHOP,
        "orders.shop_return_requested",
        "orders.shop_return_decided",
        "orders.shop_return_withdrawn",
        "orders.shop_answer_late",
        "orders.shop_incident",
    )
