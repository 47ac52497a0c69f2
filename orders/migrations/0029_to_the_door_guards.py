"""Looks at doors and announced shortages stay as they were written, each within its group."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_doorview", "order_id", "orders_order"),
    ("orders_doorview", "round_id", "orders_round"),
    ("orders_shortnotice", "offer_id", "orders_offer"),
    ("orders_shortnotice", "round_id", "orders_round"),
]
# (table, its free texts)
APPEND_ONLY = [("orders_doorview", ""), ("orders_shortnotice", "'note'")]


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
    dependencies = [("orders", "0028_agreements_guards"), ("core", "0008_erasures_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(*table) for table in APPEND_ONLY),
    ]
