"""News becomes pages of the ledger: each exactly once, by its proof (R4)."""

from __future__ import annotations

from reputation.queries import facts
from reputation.services import counts, ledger
from tuangou.core.models import Event


def enter_round(event: Event) -> None:
    """`round.completed`: how the goods came, how it was run, who fell short."""
    _enter(event)


def enter_call_off(event: Event) -> None:
    """`round.cancelled`: after it had come about, for the merchant's reason."""
    _enter(event)


def enter_return(event: Event) -> None:
    """`return.accepted`."""
    _enter(event)


def enter_late_answer(event: Event) -> None:
    """`return.answer_late`: after 24 hours; what comes at 48 finds the page written."""
    _enter(event)


def enter_late_decision(event: Event) -> None:
    """`return.decision_late`."""
    _enter(event)


def enter_inspection(event: Event) -> None:
    """`round.inspected`."""
    _enter(event)


def enter_lapse(event: Event) -> None:
    """`document.lapsed`: the last day of a paper is over, and no other took its place."""
    _enter(event)


def enter_month(event: Event) -> None:
    """`summary.published`, each version: its money is sealed."""
    _enter(event)


def count_ratings(event: Event) -> None:
    """`rating.given`: what pages of lower apps show of it. The ledger waits until it is settled."""
    counts.keep(group_id=event.group_id or 0, merchant_id=event.data["merchant"])


def _enter(event: Event) -> None:
    ledger.enter(group_id=event.group_id or 0, facts=facts.of_event(event))
