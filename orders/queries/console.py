"""The initiator's console: today's things in order of time, each with its one next action."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from groups.models import Group
from merchants.queries.console import waiting_for_officers
from orders.models import (
    DeliveryLine,
    Order,
    OrderStatus,
    Payee,
    Payment,
    PaymentStatus,
    Return,
    ReturnStatus,
    Round,
    RoundStatus,
)
from orders.queries.payments import money_by_order
from orders.queries.settlement_tasks import settlements_open

RUNNING = (
    RoundStatus.DRAFT,
    RoundStatus.OPEN,
    RoundStatus.CLOSED,
    RoundStatus.CONFIRMED,
    RoundStatus.ARRIVED,
)
# Over, but members may still owe.
COLLECTED = (RoundStatus.COMPLETED, RoundStatus.SETTLED)
BOOKS_OPEN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: a sign, what, the details, and the page that does it."""

    icon: str
    what: str
    detail: str
    url_name: str
    url_id: int
    action: str
    due_at: datetime
    urgent: bool


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A running round in the console. `unpaid` counts orders that still owe."""

    id: int
    title: str
    brand: str
    status: str
    cut_off_at: datetime
    pickup_from: datetime
    households: int
    orders: int
    waiting: int
    unpaid: int
    owed_fen: int
    claims: int
    minimum_households: int | None


@dataclass(frozen=True, slots=True)
class Console:
    tasks: list[Task]
    rounds: list[RoundRow]
    returns_open: int
    applications_open: int


def console(group: Group, *, at: datetime, with_money: bool) -> Console:
    """Everything of today. Nine queries, whatever the number of rounds, seven for deputies.

    `with_money` is false for deputies: payments, agreements and settlements are the initiator's.
    """
    counted = DeliveryLine.objects.filter(delivery__round_id=OuterRef("pk"))
    to_share = Exists(counted.filter(unshared__isnull=False))
    rounds = list(
        Round.objects.of_group(group.pk)
        .filter(status__in=RUNNING)
        .annotate(to_share=to_share)
        .select_related("merchant", "pickup_point")
        .order_by("cut_off_at", "pk")
    ) + list(
        Round.objects.of_group(group.pk)
        .filter(status__in=COLLECTED, completed_at__gt=at - BOOKS_OPEN_FOR)
        .select_related("merchant", "pickup_point")
        .order_by("-cut_off_at", "-pk")[:10]
    )
    rows = _rows(rounds, with_money=with_money)
    returns = Return.objects.of_group(group.pk).filter(status=ReturnStatus.REQUESTED).count()
    waiting = waiting_for_officers(group.pk, today=group.local(at).date())
    tasks = [task for r in rounds for task in _tasks_of(r, rows[r.pk], at, with_money=with_money)]
    tasks.sort(key=lambda task: (not task.urgent, task.due_at, task.url_id))
    if returns:
        tasks.append(_task_of_returns(returns, at))
    if waiting.applications:
        tasks.append(_task_of_applications(waiting.applications, at))
    if waiting.days:
        tasks.append(_task_of_days(waiting.days, at))
    if with_money:
        tasks += _tasks_of_agreements(waiting.to_sign)
        tasks += _tasks_of_complaints(waiting.complaints, waiting.ruling_due, group, at)
        tasks += _tasks_of_proposals(waiting.proposed, at)
        tasks += _tasks_of_settlements(group.pk, at)
    return Console(
        tasks=tasks,
        rounds=[rows[r.pk] for r in rounds if r.status != RoundStatus.SETTLED],
        returns_open=returns,
        applications_open=waiting.applications,
    )


def round_row(rnd: Round, *, with_money: bool) -> RoundRow:
    """One round as the console counts it."""
    return _rows([rnd], with_money=with_money)[rnd.pk]


def _rows(rounds: Iterable[Round], *, with_money: bool) -> dict[int, RoundRow]:
    ids = [r.pk for r in rounds]
    live = Order.objects.live().filter(round_id__in=ids)
    counts = {
        round_id: (orders, households)
        for round_id, orders, households in live.values_list("round_id").annotate(
            Count("pk"), Count("household_id", distinct=True)
        )
    }
    waiting = dict(
        live.filter(status=OrderStatus.PLACED)
        .with_goods()
        .values_list("round_id")
        .annotate(Count("pk"))
    )
    claims = dict(
        Payment.objects.filter(round_id__in=ids, status=PaymentStatus.CLAIMED)
        .values_list("round_id")
        .annotate(Count("pk"))
    )
    unpaid: dict[int, list[int]] = {}
    if with_money:
        round_of = dict(live.values_list("pk", "round_id"))
        for order_id, book in money_by_order(list(round_of)).items():
            if book.owed_fen:
                unpaid.setdefault(round_of[order_id], []).append(book.owed_fen)
    return {
        r.pk: RoundRow(
            id=r.pk,
            title=r.title,
            brand=r.merchant.brand,
            status=r.status,
            cut_off_at=r.cut_off_at,
            pickup_from=r.pickup_from,
            orders=counts.get(r.pk, (0, 0))[0],
            households=counts.get(r.pk, (0, 0))[1],
            waiting=waiting.get(r.pk, 0),
            unpaid=len(unpaid.get(r.pk, ())),
            owed_fen=sum(unpaid.get(r.pk, ())),
            claims=claims.get(r.pk, 0),
            minimum_households=r.minimum_households,
        )
        for r in rounds
    }


def _tasks_of(rnd: Round, row: RoundRow, at: datetime, *, with_money: bool) -> list[Task]:
    tasks = []
    main = _main_task(rnd, row, at)
    if main is not None:
        tasks.append(main)
    if getattr(rnd, "to_share", False):
        what = _("%(title)s没到齐，等你定怎么分") % {"title": rnd.title}
        due = rnd.arrived_at or rnd.pickup_from
        tasks.append(Task("warn", what, "", "orders:sharing", rnd.pk, _("去分"), due, True))
    collectable = rnd.status in (
        RoundStatus.CONFIRMED,
        RoundStatus.ARRIVED,
        *COLLECTED,
    )
    if with_money and row.unpaid and collectable and rnd.payee == Payee.INITIATOR:
        what = _("%(title)s：%(n)s单没付") % {"title": rnd.title, "n": row.unpaid}
        said = _("其中 %(n)s单说已付，等你对") % {"n": row.claims} if row.claims else ""
        tasks.append(
            Task("yen", what, said, "orders:payments", rnd.pk, _("收款"), rnd.cut_off_at, False)
        )
    return tasks


def _main_task(rnd: Round, row: RoundRow, at: datetime) -> Task | None:
    """The next step of a round in its state; None where nothing is to be done by hand."""
    title = {"title": rnd.title}
    if rnd.status == RoundStatus.DRAFT:
        what, action = _("草稿：%(title)s") % title, _("接着填")
        return Task("pen", what, "", "orders:round-edit", rnd.pk, action, rnd.cut_off_at, False)
    if rnd.status == RoundStatus.OPEN:
        what = _("%(title)s截单") % title
        return Task(
            "clock",
            what,
            _progress(row),
            "orders:round-manage",
            rnd.pk,
            _("发群"),
            rnd.cut_off_at,
            rnd.cut_off_at - at < timedelta(hours=12),
        )
    if rnd.status == RoundStatus.CLOSED:
        what, action = _("%(title)s没到起团量") % title, _("去决定")
        return Task(
            "warn",
            what,
            _progress(row),
            "orders:round-manage",
            rnd.pk,
            action,
            rnd.cut_off_at,
            True,
        )
    if rnd.status == RoundStatus.CONFIRMED:
        what, detail = _("%(title)s到货") % title, _households(row)
        return Task(
            "truck",
            what,
            detail,
            "orders:arrival",
            rnd.pk,
            _("到货"),
            rnd.pickup_from,
            rnd.pickup_from - at < timedelta(hours=12),
        )
    if rnd.status == RoundStatus.ARRIVED:
        what = _("%(title)s自提") % title
        detail = (
            _("还有 %(n)s单没取") % {"n": row.waiting} if row.waiting else _("都取完了，可以结团")
        )
        action = _("自提台") if row.waiting else _("结团")
        name = "orders:desk" if row.waiting else "orders:round-manage"
        return Task("bag", what, detail, name, rnd.pk, action, rnd.pickup_from, True)
    return None


def _progress(row: RoundRow) -> str:
    if row.minimum_households and row.households < row.minimum_households:
        return _("已有 %(n)s户，差 %(missing)s户起送") % {
            "n": row.households,
            "missing": row.minimum_households - row.households,
        }
    return _households(row)


def _households(row: RoundRow) -> str:
    return _("%(n)s户，%(orders)s单") % {"n": row.households, "orders": row.orders}


def _task_of_returns(n: int, at: datetime) -> Task:
    what = _("%(n)s件退货等你决定") % {"n": n}
    return Task("refund", what, "", "orders:returns", 0, _("看退货"), at, False)


def _task_of_applications(n: int, at: datetime) -> Task:
    what = _("%(n)s家商家等你审") % {"n": n}
    return Task("file", what, "", "merchants:list", 0, _("去审"), at, False)


def _task_of_days(n: int, at: datetime) -> Task:
    what = _("商家要了 %(n)s天，等你回") % {"n": n}
    return Task("clock", what, "", "orders:days", 0, _("去回"), at, False)


def _tasks_of_agreements(shops: Iterable[tuple[int, str, datetime]]) -> list[Task]:
    """Versions that a shop has put forward and that the initiator has not signed."""
    what, name = _("%(brand)s的约定等你签"), "merchants:agreement"
    return [
        Task("pen", what % {"brand": brand}, "", name, merchant_id, _("去签"), since, False)
        for merchant_id, brand, since in shops
    ]


def _tasks_of_complaints(n: int, due: datetime | None, group: Group, at: datetime) -> list[Task]:
    """Complaints about shops that the initiator will have to rule; until when the first."""
    if not n or due is None:
        return []
    words = {"n": n, "due": f"{group.local(due):%m-%d %H:%M}"}
    what = _("%(n)s件投诉没了结，最早 %(due)s 前裁定") % words
    urgent = due <= at + timedelta(hours=24)
    return [Task("speech", what, "", "reputation:complaints", 0, _("去看"), at, urgent)]


def _tasks_of_proposals(n: int, at: datetime) -> list[Task]:
    """Sanctions that the ledger proposes by the group's table."""
    what = _("%(n)s件处分提议等你定") % {"n": n}
    task = Task("warn", what, "", "reputation:sanction-list", 0, _("去定"), at, False)
    return [task] if n else []


def _tasks_of_settlements(group_id: int, at: datetime) -> list[Task]:
    """Rounds to draw up, and statements that wait for the initiator's yes."""
    to_draw, to_confirm = settlements_open(group_id)
    made = []
    if to_confirm:
        made.append((_("%(n)s张结算单等你确认") % {"n": to_confirm}, _("去确认")))
    if to_draw:
        made.append((_("%(n)s个团还没结算") % {"n": to_draw}, _("去结算")))
    return [Task("slip", what, "", "orders:settlements", 0, go, at, False) for what, go in made]
