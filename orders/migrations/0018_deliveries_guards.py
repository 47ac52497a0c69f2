"""Deliveries stay within one group; what was announced and found is never changed.

Free texts of an append-only row may be emptied when a person is erased.
"""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_deliverynotice", "round_id", "orders_round"),
    ("orders_deliveryphoto", "delivery_id", "orders_delivery"),
    ("orders_deliveryphoto", "offer_id", "orders_offer"),
    ("orders_deliveryphoto", "by_id", "groups_membership"),
    ("orders_inspection", "delivery_id", "orders_delivery"),
    ("orders_inspection", "by_id", "groups_membership"),
    ("orders_batch", "delivery_line_id", "orders_deliveryline"),
    ("orders_batchpart", "batch_id", "orders_batch"),
    ("orders_batchpart", "line_id", "orders_orderline"),
]

# (table, its free texts)
APPEND_ONLY = [
    ("orders_deliverynotice", "'car', 'driver', 'batch', 'note'"),
    ("orders_inspection", "'note'"),
]


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str, texts: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({texts});"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_deliveries"), ("core", "0008_erasures_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(*table) for table in APPEND_ONLY),
    ]
