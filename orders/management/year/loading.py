"""A planned year played into a new group, from founding it to opening its pages.

The group stands in status loading meanwhile and this database session holds its lock: however the
loader ends, a group that is not whole is marked void and its slug is free again.

The session commits without waiting for the disk (synchronous_commit off). A crash of the machine
can then lose the last steps of a load, never their order; the session and with it the lock are gone
too, so that load is void anyway. Only finishing waits: it makes all steps before it durable.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

from django.db import DatabaseError, connection, transaction

from groups.models import Group
from groups.services import loads
from merchants.models import Merchant
from orders.management.year import figures, planner
from orders.management.year.cores import on_one_core
from orders.management.year.figures import Row
from orders.management.year.plan import (
    AddItem,
    AddMember,
    AmendOrder,
    CheckOff,
    ClaimPayment,
    PlaceOrder,
    ReceivePayment,
    Step,
    YearPlan,
)
from orders.management.year.play import Beside, Played
from orders.management.year.play_orders import play
from orders.queries.summaries import table1
from orders.services import summaries
from tuangou.core import clock, events, notices
from tuangou.core.models import User

DRAIN_EVERY = 25  # steps
# What handlers tell of these is on the rows themselves; news of other steps looks at the moment.
CAN_WAIT = (PlaceOrder, AmendOrder, ClaimPayment, ReceivePayment, CheckOff, AddMember, AddItem)
GARBAGE_EVERY = 50_000  # objects
MOST_SALTS = 100
NAME = "吃货群"

Tell = Callable[[str], None]


class CannotLoad(Exception):
    """A sentence that says why no year is played into this group; nothing was written."""


class Differs(Exception):
    """The year that was played does not add up to its file. The group is void."""


def plan_for(rows: Sequence[Row], *, slug: str, name: str | None, seed: int) -> YearPlan:
    """Plan and check the whole year in memory, with phones and credit codes that are free here.

    Raises CannotLoad for a slug in use, FiguresError for rows that cannot be met.
    """
    loads.void_abandoned(slug=slug)
    if holder := Group.objects.with_slug(slug).first():
        raise CannotLoad(_in_use(holder))
    for salt in range(MOST_SALTS):
        plan = planner.plan_year(rows, slug, seed, name=name or NAME, salt=salt)
        if not _known_here(plan):
            return plan
    raise CannotLoad(f"No phone numbers are left for the slug {slug}. Choose another slug.")


def load(plan: YearPlan, *, source: str, tell: Tell, beside: Beside | None = None) -> Played:
    """Play the plan, and what is `beside` it; compare the summary with its rows cell by cell, open
    the group.

    Every step is a transaction of its own. Raises Differs; whatever is raised, the group is void.
    """
    year = Played(plan, beside=beside)
    try:
        with _not_waiting_for_disk(), _plan_stays(), on_one_core():
            _found(year, source)
            for done in _steps(year, tell):
                loads.progress(group_id=year.group_id, steps_done=done, month=_month(plan, done))
        _compare(year)
        notices.mark_played(group_id=year.group_id)
        loads.finish_load(group_id=year.group_id)
    except BaseException:
        with suppress(DatabaseError):
            loads.abandon(group_id=year.group_id)
        raise
    return year


def _in_use(group: Group) -> str:
    if group.status == "loading":
        return f"A year is being loaded into {group.slug} right now. Wait for it to end."
    return f"The group {group.slug} exists. Choose another slug: a year goes into a new group."


def _known_here(plan: YearPlan) -> bool:
    phones = [member.phone for member in plan.members if member.phone]
    phones += [shop.phone for shop in plan.merchants]
    codes = [shop.credit_code for shop in plan.merchants]
    return (
        User.objects.filter(phone__in=phones).exists()
        or Merchant.objects.filter(credit_code__in=codes).exists()
    )


@contextmanager
def _not_waiting_for_disk() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("reset synchronous_commit")


@contextmanager
def _plan_stays() -> Iterator[None]:
    """The plan lives to the end: looking through it for garbage every few steps is for nothing.

    A step leaves little, so what it leaves is looked through every few hundred steps only."""
    gc.collect()
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _found(year: Played, source: str) -> None:
    """The first step, and the lock in its transaction. The load itself happens in real time."""
    plan = year.plan
    with transaction.atomic():
        with clock.simulated(plan.steps[0].at):
            play(plan.steps[0], year)
        loads.start_load(
            group_id=year.group_id,
            source=source,
            seed=plan.seed,
            steps_total=len(plan.steps),
        )


def _steps(year: Played, tell: Tell) -> Iterator[int]:
    """Play the other steps; after each hundredth part answer how many are done."""
    total = len(year.plan.steps)
    part = max(1, total // 100)
    begun = told = time.monotonic()
    for done, step in enumerate(year.plan.steps[1:], start=2):
        if year.beside:
            year.beside.until(step.at, year)
        _play(step, year)
        if year.beside:
            year.beside.played(step, year)
        if not isinstance(step, CAN_WAIT):
            events.drain(year.group_id)
        if done % DRAIN_EVERY == 0 or done == total:
            _drain(year)
        if done % part == 0 or done == total:
            yield done
            if time.monotonic() - told >= 5:
                told = time.monotonic()
                tell(f"{done * 100 // total} % ({_month(year.plan, done)}, {told - begun:.0f} s)")


def _play(step: Step, year: Played) -> None:
    with clock.simulated_transaction(step.at):
        play(step, year)


def _drain(year: Played) -> None:
    """Let every handler act on what was played, in simulated time: lines in inboxes, no more.

    Merchants and items are known across groups, so what happens to them has no group.
    """
    events.drain(year.group_id)
    events.drain(None, simulated_only=True)


def _month(plan: YearPlan, done: int) -> str:
    at = plan.steps[done - 1].at
    return f"{at:%Y-%m}"


def _compare(year: Played) -> None:
    """Raise Differs unless the kept summary is the file in every cell, and counts to itself."""
    wanted = figures.with_empty_months(year.plan.rows)
    differing = [
        f"Row {ours.label}: the file has {figures.to_csv([row]).splitlines()[1]}, the group has"
        f" {figures.to_csv([ours]).splitlines()[1]}."
        for row, ours in zip(wanted, kept_rows(year.group_id, wanted), strict=True)
        if row != ours
    ]
    differing += map(str, summaries.check(group_id=year.group_id))
    if differing:
        raise Differs("\n".join(["The year that was played differs from the file.", *differing]))


def kept_rows(group_id: int, span: Sequence[Row]) -> list[Row]:
    """The kept summary of a group over the months of `span`, as rows of the file."""
    first, last = (date(row.year, row.month, 1) for row in (span[0], span[-1]))
    return [
        Row(
            row.month.year,
            row.month.month,
            row.merchants,
            row.items,
            row.orders,
            row.sales_fen,
            int((row.rate or 0) * 100),
        )
        for row in table1(group_id, first=first, last=last).rows
    ]
