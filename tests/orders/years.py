"""What the tests of played years share: drawn files, loading them, judging what came of it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from random import Random

from django.core.management import call_command
from django.db import connection

from groups.models import Group
from merchants.models import Application
from orders.management.year import figures
from orders.management.year.figures import Row
from orders.models import SaleStop
from reputation.models import Complaint, Entry, Rating, RemedyDelivery, Response, Sanction
from reputation.queries import counts
from tests.orders import oracle_table1 as oracle
from tests.orders.support import check_books
from tests.reputation.month_ends import check_standings

SQL = {
    "an order without its event": """
        select o.id from orders_order o where o.group_id = %s and 1 <> (
          select count(*) from core_event e
          where e.group_id = o.group_id and e.kind = 'order.placed' and e.subject_id = o.id
            and e.simulated and e.happened_at = o.placed_at)""",
    "an order without its request": """
        select o.id from orders_order o where o.group_id = %s and not exists (
          select from core_requestkey k
          where k.group_id = o.group_id and k.key = o.request_id and k.act = 'order.place')""",
    "a counted order without its postings": """
        select o.id from orders_order o join orders_round r on r.id = o.round_id
        where o.group_id = %s and r.confirmed_at is not null and o.cancelled_at is null
          and (select sum(amount_fen) from orders_posting p
               where p.order_id = o.id and p.account = 'member' and p.source = 'order_change')
           <> (select sum(billed_fen) from orders_orderline l where l.order_id = o.id)""",
    "an act that does not balance": """
        select source, source_id from orders_posting where group_id = %s
        group by source, source_id having sum(amount_fen) <> 0""",
    "news that nobody acted on": """
        select id from core_handling where group_id = %s and (done_at is null or due_at is not null
          or last_error <> '')""",
    "a line in an inbox from another time": """
        select n.id from core_notice n join core_event e on e.id = n.event_id
        where n.group_id = %s and e.simulated
          and (n.channel <> 'inapp' or n.created_at <> e.happened_at)""",
    "something outside the year": """
        select id from core_event where group_id = %s and simulated
          and happened_at > (select max(cut_off_at) + interval '40 days' from orders_round)""",
}


def drawn(number: int, *, largest: int = 1_500, months: int = 3) -> list[Row]:
    """A file as the issue draws them: 1-12 merchants, up to 60 items, ¥20-200 an order."""
    rng = Random(number)
    first = rng.randrange(2015 * 12, 2024 * 12)
    places = sorted(rng.sample(range(months + 1), rng.randint(1, months)))
    rows = []
    for place in places:
        merchants = rng.randint(1, 12)
        transactions = rng.randint(20, rng.choice((min(60, largest), largest)))
        items = rng.randint(merchants, min(60, 5 * transactions))
        sales = rng.randint(2_000 * transactions, 20_000 * transactions)
        if rng.random() < 0.5:
            sales -= sales % 100
        year, month = divmod(first + place, 12)
        rate = rng.randint(0, 800)
        rows.append(Row(year, month + 1, merchants, items, transactions, sales, rate))
    return rows


def written(rows: list[Row], folder: Path) -> Path:
    path = folder / "drawn.csv"
    path.write_text(figures.to_csv(rows))
    return path


def load(path: Path, slug: str, *more: str) -> Group:
    """Through the command, as people do."""
    call_command("load_year", path, "--group", slug, *more, stderr=StringIO())
    return Group.objects.get(slug=slug, status="active")


def table1_csv(group: Group, rows: list[Row]) -> str:
    out = StringIO()
    span = ["--from", rows[0].label, "--to", rows[-1].label]
    call_command("table1", group.slug, *span, "--format", "csv", stdout=out)
    return out.getvalue()


def check_ratings(group: Group) -> None:
    """What is kept of ratings is what they are; each that entered has its page."""
    for shop in Application.objects.filter(group=group):
        assert shop.rated == counts.count(group.pk, shop.merchant_id)
    ratings = Rating.objects.filter(group=group)
    pages = Entry.objects.filter(group=group, kind="rating")
    assert pages.count() == ratings.filter(entered=True, counted=True).count()
    assert not ratings.filter(entered=False, pk__in=pages.values("evidence_id")).exists()


def check_complaints(group: Group) -> None:
    """All are over, what was promised came with a planned refund, and nothing was stopped."""
    complaints = Complaint.objects.filter(group=group)
    assert not complaints.undecided().exists()
    assert not complaints.filter(status="appealed").exists()
    promised = Response.objects.filter(group=group, kind="remedy")
    came = RemedyDelivery.objects.filter(group=group, ret__accepted_fen__gt=0)
    assert came.count() == promised.count()
    assert not SaleStop.objects.filter(group=group).exists()
    assert not Sanction.objects.filter(group=group).exists()


def judge(group: Group, rows: list[Row]) -> None:
    """Everything that has to hold for a year that was played from these rows."""
    wanted = figures.to_csv(figures.with_empty_months(rows))
    assert table1_csv(group, rows) == wanted
    filled = [row for row in rows if not row.is_empty]
    assert oracle.csv(group.pk) == figures.to_csv(filled)
    with connection.cursor() as cursor:
        for what, sql in SQL.items():
            cursor.execute(sql, [group.pk])
            assert cursor.fetchall() == [], what
    check_books()
    check_ratings(group)
    check_complaints(group)
    assert check_standings(group) > 0
