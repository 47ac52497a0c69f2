"""Table 1 by plain SQL over rounds, orders, lines and returns. Shares no code with the app: months
from the cut-off and the group's time zone, amounts from quantity and price, what counts from the
dates on the rows."""

from __future__ import annotations

from typing import Any

from django.db import connection

Row = tuple[Any, ...]

COUNTED = """
    with counted as (
      select date_trunc('month', r.cut_off_at at time zone g.time_zone)::date as month,
             r.merchant_id, f.item_id, o.id as order_id, l.id as line_id,
             round(l.billed_quantity * coalesce(l.final_unit_price_fen, l.unit_price_fen)) as fen,
             coalesce((select sum(x.accepted_fen) from orders_return x where x.line_id = l.id
                and x.decided_at is not null and x.status <> 'rejected'), 0) as back
        from groups_group g
        join orders_round r on r.group_id = g.id
        join orders_order o on o.round_id = r.id
        join orders_orderline l on l.order_id = o.id
        join orders_offer f on f.id = l.offer_id
       where g.id = %s and r.confirmed_at is not null and r.cancelled_at is null
         and o.cancelled_at is null
    )
"""
MONTHS = """
    select to_char(month, 'YYYY-MM'), count(distinct merchant_id), count(distinct item_id),
           count(distinct order_id), sum(fen)::bigint, sum(back)::bigint,
           round(100 * sum(back) / sum(fen), 2)::text,
           count(distinct order_id) filter (where back > 0),
           count(line_id), count(line_id) filter (where back > 0)
      from counted where fen > 0 group by month order by month
"""
WHOLE = """
    select count(distinct merchant_id), count(distinct item_id), count(distinct order_id),
           coalesce(sum(fen), 0)::bigint, coalesce(sum(back), 0)::bigint
      from counted where fen > 0
"""
MERCHANTS = """
    select to_char(month, 'YYYY-MM'), merchant_id, item_id, sum(fen)::bigint, sum(back)::bigint
      from counted where fen > 0 group by month, merchant_id, item_id order by 1, 2, 3
"""


def _rows(sql: str, group_id: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED + sql, [group_id])
        return list(cursor.fetchall())


def months(group_id: int) -> list[Row]:
    """(month, merchants, items, orders, sales fen, returned fen, rate, orders returned, lines,
    lines returned); months without figures are left out."""
    return _rows(MONTHS, group_id)


def whole(group_id: int) -> Row:
    """(distinct merchants, distinct items, orders, sales fen, returned fen) of all time."""
    return _rows(WHOLE, group_id)[0]


def items(group_id: int) -> list[Row]:
    """(month, merchant, item, sales fen, returned fen)."""
    return _rows(MERCHANTS, group_id)


def csv(group_id: int) -> str:
    """The months with figures as the table1 command writes them."""
    lines = ["month,merchants,items,transactions,sales_cny,return_rate_percent"]
    for month, merchants, goods, orders, sales, _back, rate, *_rest in months(group_id):
        yuan = str(sales // 100) if sales % 100 == 0 else f"{sales // 100}.{sales % 100:02d}"
        lines.append(f"{month},{merchants},{goods},{orders},{yuan},{rate}")
    return "\n".join([*lines, ""])
