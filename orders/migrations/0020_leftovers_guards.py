"""What is decided about a bag stays within one group."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_leftover", "order_id", "orders_order"),
    ("orders_leftover", "taker_id", "groups_membership"),
    ("orders_leftover", "by_id", "groups_membership"),
]


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0019_leftovers")]

    operations = [*(composite_key(*key) for key in COMPOSITE_KEYS)]
