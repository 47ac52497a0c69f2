"""What was found stays found, within its group; only a name in a note may be emptied."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("merchants_linecheck", "application_id", "merchants_application"),
    ("merchants_linecheck", "line_id", "merchants_checklistline"),
    ("merchants_linecheck", "checked_by_id", "groups_membership"),
    ("merchants_likenesscleared", "application_id", "merchants_application"),
    ("merchants_likenesscleared", "cleared_by_id", "groups_membership"),
]
APPEND_ONLY = ["merchants_linecheck", "merchants_likenesscleared"]


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
        " for each row execute function core_refuse_change('note');"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0008_vetting"),
        ("groups", "0002_guards"),
        ("core", "0008_erasures_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(table) for table in APPEND_ONLY),
    ]
