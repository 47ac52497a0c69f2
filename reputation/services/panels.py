"""Three members without interest, drawn by a published rule, rule where the initiator may not.

Who may sit: active members with an account who hold no office, work for no shop concerned and share
no flat with a party; one of a flat. Order of drawing: by the SHA-256 of "seal/case/number", where
the seal is the whole hash of the ledger's last page, the case its name and number, and the number
the member's. The first three sit; who has not voted in time is replaced by the next in that order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import Deputy, Mandate, Membership
from groups.services import words
from merchants.models import MerchantStaff
from reputation.models import Book, Panel, Seat, Vote
from reputation.models.entries import BEFORE_THE_FIRST
from reputation.models.panels import SEATS
from tuangou.core import clock, events, rows
from tuangou.core.errors import DomainError

VOTE_WITHIN = timedelta(hours=72)
LONGEST_REASON = 500


class TooFewMembers(DomainError):
    """Fewer than three flats without interest: nobody can be drawn."""

    code = "too_few_for_a_panel"
    rule = "R2"


class NoSeat(DomainError):
    code = "no_seat"
    rule = "R2"


class AlreadyVoted(DomainError):
    code = "already_voted"
    rule = "R2"


def order_drawn(seal: str, case: str, numbers: Iterable[int]) -> list[int]:
    """Numbers of members in the order in which they are drawn. Pure, and published
    in docs/complaints.md.

    `case`: "complaint 12 1": the case, its number in the database, the instance.
    """

    def draw_of(number: int) -> str:
        return hashlib.sha256(f"{seal}/{case}/{number}".encode("ascii")).hexdigest()

    return sorted(numbers, key=lambda number: (draw_of(number), number))


def eligible(
    group_id: int,
    *,
    merchant_id: int | None = None,
    households: Iterable[int | None] = (),
    members: Iterable[int | None] = (),
) -> dict[int, int]:
    """{membership: household} of who may sit. `households` and `members` are parties, or sat in
    this matter before. Two queries."""
    staff = MerchantStaff.objects.filter(merchant_id=merchant_id or 0)
    at_shop = set(
        Membership.objects.active()
        .filter(group_id=group_id, user_id__in=staff.values("user_id"))
        .values_list("household_id", flat=True)
    )
    mandates = Mandate.objects.filter(group_id=group_id, ended_at__isnull=True)
    deputies = Deputy.objects.filter(group_id=group_id, ended_at__isnull=True)
    people = (
        Membership.objects.active()
        .filter(group_id=group_id, user__isnull=False, user__is_active=True)
        .exclude(pk__in=[pk for pk in members if pk])
        .exclude(pk__in=mandates.values("membership_id"))
        .exclude(pk__in=deputies.values("membership_id"))
    )
    barred = {flat for flat in households if flat} | at_shop
    return {pk: flat for pk, flat in people.values_list("pk", "household_id") if flat not in barred}


def check_enough(flats: dict[int, int]) -> None:
    """Raises TooFewMembers."""
    if len(set(flats.values())) < SEATS:
        raise TooFewMembers(_("群里和这件事无关的邻居不到 3 户，抽不出评议的人。先找团长商量。"))


@transaction.atomic
def draw(
    *,
    group_id: int,
    case: str,
    case_id: int,
    instance: int = 1,
    at: datetime,
    merchant_id: int | None = None,
    households: Iterable[int | None] = (),
    members: Iterable[int | None] = (),
) -> Panel:
    """Draw a panel for a case, once. The caller holds the row of the case. Raises TooFewMembers."""
    flats = eligible(group_id, merchant_id=merchant_id, households=households, members=members)
    check_enough(flats)
    book = Book.objects.filter(group_id=group_id).first()
    panel = Panel(
        group_id=group_id,
        case=case,
        case_id=case_id,
        instance=instance,
        page=book.pages if book else 0,
        seal_hash=book.head if book else BEFORE_THE_FIRST,
        eligible=len(flats),
        drawn_at=at,
        due_at=at + VOTE_WITHIN,
    )
    rows.insert([panel])
    _seat(panel, _next(panel, flats, taken=(), wanted=SEATS), at)
    _tell("panel.drawn", panel, at)
    return panel


def vote(*, panel: Panel, member_id: int, choice: str, reason: str, at: datetime) -> list[Vote]:
    """One of the three votes; all votes so far. The caller holds the case's row, and decides.

    Raises NoSeat, AlreadyVoted, InvalidInput without a reason.
    """
    reason = words.plain(
        reason, field="reason", most=LONGEST_REASON, empty=_("写明理由，双方都会看到。")
    )
    seat = Seat.objects.filter(panel=panel, member_id=member_id, left_at__isnull=True).first()
    if seat is None or panel.decided_at is not None:
        raise NoSeat(_("这件事现在不用你评议了。刷新页面看看。"))
    if Vote.objects.filter(seat=seat).exists():
        raise AlreadyVoted(_("你已经评过了，评了不能改。"))
    rows.insert(
        [Vote(group_id=panel.group_id, seat=seat, choice=choice, reason=reason, voted_at=at)]
    )
    return list(Vote.objects.filter(seat__panel=panel).order_by("pk"))


def end(*, panel: Panel, at: datetime) -> None:
    """The panel has decided; the caller writes down what."""
    panel.decided_at = at
    panel.save(update_fields=["decided_at"])


def is_enough(choices: Sequence[str]) -> bool:
    """Two of the same, or all three."""
    return len(choices) >= SEATS or len(choices) > len(set(choices))


@transaction.atomic
def replace_absent(
    *,
    panel_id: int,
    merchant_id: int | None = None,
    households: Iterable[int | None] = (),
    members: Iterable[int | None] = (),
) -> list[int]:
    """Who did not vote in time leaves, and the next in the same order are drawn; who they are.

    Where nobody is left to be drawn, they stay. The new ones have 72 hours.
    """
    panel = Panel.objects.select_for_update(no_key=True).get(pk=panel_id)
    at = clock.now()
    if panel.decided_at is not None or panel.due_at > at:
        return []
    seats = list(Seat.objects.filter(panel=panel).prefetch_related("votes").order_by("position"))
    absent = [seat for seat in seats if seat.left_at is None and not seat.votes.all()]
    flats = eligible(
        panel.group_id, merchant_id=merchant_id, households=households, members=members
    )
    taken = [seat.member_id for seat in seats]
    new = _next(panel, flats, taken=taken, wanted=len(absent))
    for seat in absent[: len(new)]:
        seat.left_at = at
        rows.update(seat, "left_at")
    _seat(panel, new, at, after=len(seats))
    panel.due_at = at + VOTE_WITHIN
    rows.update(panel, "due_at")
    if new:
        _tell("panel.drawn", panel, at)
    return new


def _next(panel: Panel, flats: dict[int, int], *, taken: Iterable[int], wanted: int) -> list[int]:
    """The next members in the order of drawing, one of a flat."""
    sat = set(taken)
    used = {flats[pk] for pk in sat if pk in flats}
    drawn: list[int] = []
    for pk in order_drawn(panel.seal_hash, case_of(panel), flats):
        if len(drawn) == wanted:
            break
        if pk not in sat and flats[pk] not in used:
            drawn.append(pk)
            used.add(flats[pk])
    return drawn


def case_of(panel: Panel) -> str:
    """The name of a case as it is drawn by."""
    return f"{panel.case} {panel.case_id} {panel.instance}"


def _seat(panel: Panel, members: Sequence[int], at: datetime, *, after: int = 0) -> None:
    rows.insert(
        [
            Seat(
                group_id=panel.group_id,
                panel=panel,
                member_id=pk,
                position=position,
                drawn_at=at,
            )
            for position, pk in enumerate(members, start=after + 1)
        ]
    )


def _tell(kind: str, panel: Panel, at: datetime) -> None:
    events.publish(
        kind,
        group_id=panel.group_id,
        subject_id=panel.pk,
        actor_id=None,
        at=at,
        case=panel.case,
        case_id=panel.case_id,
    )
