"""Table 1 over a year of 70 thousand orders against one of 7 thousand, in turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from tests.benchmarks import web

REPETITIONS = 20
SMALL, LARGE = 7_000, 70_000
ROUNDS = 24

# The rows of placed orders, written set-wise: a year through the services would take an hour.
FILL = """
with made as (
  insert into orders_order (group_id, round_id, member_id, household_id, placed_by_id, number,
      channel, request_id, pickup_token, building, unit, room, nickname, note, status, placed_at,
      changes, received_fen, refunded_fen)
  select r.group_id, r.id, m.id, m.household_id, m.id, r.last_number + n, 'web',
      gen_random_uuid(), substr(md5(r.id || '-' || n), 1, 22), '3栋', '', '101', '邻居', '',
      'placed', r.opens_at, 1, 0, 0
  from orders_round r cross join generate_series(1, %s) n
  cross join lateral (select id, household_id from groups_membership
      where group_id = r.group_id order by id limit 1) m
  where r.group_id = %s
  returning id, group_id, round_id)
insert into orders_orderline (group_id, order_id, offer_id, quantity, unit_price_fen,
    billed_quantity, collected_quantity, returned_quantity)
select made.group_id, made.id, o.id, 1, o.price_fen, 1, 0, 0
from made join orders_offer o on o.round_id = made.round_id and o.position <= 2
"""


def measure() -> Iterator[tuple[str, float]]:
    web.set_up()
    from django.db import connection, transaction  # noqa: PLC0415 -- Django is ready only now

    from orders.queries.summaries import table1  # noqa: PLC0415
    from orders.services import rounds, summaries  # noqa: PLC0415
    from tests.factories import (  # noqa: PLC0415
        LONG_AGO,
        make_group,
        make_member,
        make_order,
        make_round,
    )
    from tuangou.core import clock  # noqa: PLC0415

    def year(orders: int) -> tuple[int, list[date]]:
        group = make_group(merchants_per_day=20)
        member = make_member(group)
        months = []
        for n in range(ROUNDS):
            start = LONG_AGO + timedelta(days=13 * n, hours=4)  # since when shops have terms
            with transaction.atomic(), clock.simulated(start):
                rnd = make_round(group, offers=3)
                make_order(rnd, member)
            with transaction.atomic(), clock.simulated(rnd.cut_off_at):
                rounds.close_if_due(round_id=rnd.pk)
            months.append(rnd.month)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = 0")
            cursor.execute("set local enable_seqscan = off")  # tables still small by the statistics
            cursor.execute(FILL, [orders // ROUNDS, group.pk])
        web.analyze()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = 0")
            summaries.rebuild(group_id=group.pk)
        return group.pk, months

    small, large = year(SMALL), year(LARGE)

    def seconds(group_id: int, months: list[date]) -> float:
        started = time.perf_counter()
        table1(group_id, first=min(months), last=max(months))
        return time.perf_counter() - started

    pairs = [(seconds(*large), seconds(*small)) for _ in range(REPETITIONS)]
    yield "table1_ms_at_7k", 1000 * median(s for _l, s in pairs)
    yield "table1_70k_over_7k", median(big / little for big, little in pairs)
