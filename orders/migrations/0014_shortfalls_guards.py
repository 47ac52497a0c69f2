"""What was taken off stays within one group and is never changed."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_shortfall", "round_id", "orders_round"),
    ("orders_shortfall", "by_id", "groups_membership"),
    ("orders_shortfallline", "shortfall_id", "orders_shortfall"),
    ("orders_shortfallline", "order_id", "orders_order"),
    ("orders_shortfallline", "line_id", "orders_orderline"),
]

APPEND_ONLY = ["orders_shortfall", "orders_shortfallline"]


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        " for each row execute function core_refuse_change();"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_shortfalls"), ("core", "0002_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(table) for table in APPEND_ONLY),
    ]
