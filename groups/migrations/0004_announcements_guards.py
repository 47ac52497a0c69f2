"""An announcement and the people behind it are of one group."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("groups_announcement", "author_id", "groups_membership"),
    ("groups_announcement", "withdrawn_by_id", "groups_membership"),
]


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("groups", "0003_announcements")]

    operations = [composite_key(*key) for key in COMPOSITE_KEYS]
