"""The batch of a question stays in its group."""

from django.db import migrations

COMPOSITE_KEYS = [("orders_batchquestion", "batch_id", "orders_batch")]


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0021_batch_questions")]

    operations = [*(composite_key(*key) for key in COMPOSITE_KEYS)]
