"""Sharing goods out when there are fewer than were asked for (O9). Pure: no rows, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from tuangou.core.errors import InvalidInput

PLACES = 1000  # quantities have three decimals; all counting here is in whole thousandths


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asked for how much. `place`: her place in the order of asking; `id`: whose share."""

    id: int
    place: int
    asked: Decimal


Shares = dict[int, Decimal]


class BadShares(InvalidInput):
    code = "bad_shares"
    rule = "O9"


def in_order(claims: Iterable[Claim], came: Decimal, step: Decimal) -> Shares:
    """Whoever asked first is served first, until nothing is left.

    As all three ways: the shares add up to what came, or to all that was asked for where more
    came; nobody gets more than she asked for; the order of the rows does not matter. Where all
    is asked and came in whole `step`s, so are the shares; else they are to three decimals.
    """
    left = _thousandths(came)
    shares: Shares = {}
    for claim in sorted(claims, key=_turn):
        part = min(left, _thousandths(claim.asked))
        shares[claim.id] = _quantity(part)
        left -= part
    return shares


def evenly(claims: Iterable[Claim], came: Decimal, step: Decimal) -> Shares:
    """Everybody goes short in the same proportion; what rounding leaves goes to who asked first."""
    queue = sorted(claims, key=_turn)
    unit = unit_of(queue, came, step)
    asked = [_thousandths(claim.asked) // unit for claim in queue]
    whole = sum(asked)
    parts = min(_thousandths(came) // unit, whole)
    exact = [divmod(parts * many, whole) if whole else (0, 0) for many in asked]
    given = [floor for floor, _rest in exact]
    by_rest = sorted(range(len(queue)), key=lambda i: (-exact[i][1], i))
    for i in by_rest[: parts - sum(given)]:
        given[i] += 1
    return {claim.id: _quantity(many * unit) for claim, many in zip(queue, given, strict=True)}


def by_hand(
    claims: Iterable[Claim], came: Decimal, step: Decimal, said: Mapping[int, Decimal]
) -> Shares:
    """As somebody wrote it down; who is not named gets nothing.

    Raises BadShares with the id of the claim as `claim` where one is wrong, or where the sum is.
    """
    queue = sorted(claims, key=_turn)
    unit = unit_of(queue, came, step)
    for claim in queue:
        _check(claim, said.get(claim.id, Decimal(0)), unit)
    shares = {claim.id: said.get(claim.id, Decimal(0)) for claim in queue}
    due = min(came, sum((claim.asked for claim in queue), Decimal(0)))
    told = sum(shares.values(), Decimal(0))
    if told != due or not set(said) <= set(shares):
        raise BadShares(
            _("一共要分 %(due)s，现在分了 %(told)s。改到正好再看。")
            % {"due": f"{due.normalize():f}", "told": f"{told.normalize():f}"}
        )
    return shares


def unit_of(claims: Iterable[Claim], came: Decimal, step: Decimal) -> int:
    """The smallest part that is given out, in thousandths: the step where all are multiples."""
    unit = _thousandths(step)
    amounts = [_thousandths(came), *(_thousandths(claim.asked) for claim in claims)]
    return unit if unit and not any(amount % unit for amount in amounts) else 1


def _check(claim: Claim, share: Decimal, unit: int) -> None:
    words = {"asked": f"{claim.asked.normalize():f}", "unit": f"{_quantity(unit).normalize():f}"}
    if not share.is_finite() or share < 0 or share > claim.asked:
        raise BadShares(_("最少 0，最多 %(asked)s。改一下。") % words, claim=claim.id)
    if share * PLACES % unit:
        raise BadShares(_("按 %(unit)s 的倍数分。改一下。") % words, claim=claim.id)


def _turn(claim: Claim) -> tuple[int, int]:
    return claim.place, claim.id


def _thousandths(quantity: Decimal) -> int:
    return int(quantity * PLACES)


def _quantity(thousandths: int) -> Decimal:
    return Decimal(thousandths) / PLACES
