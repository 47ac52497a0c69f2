"""What the database itself refuses: rows that cross groups, and status changes without a rule."""

from django.db import migrations

# (table, column, referenced table): (group_id, column) must exist as (group_id, id) there.
COMPOSITE_KEYS = [
    ("groups_household", "building_id", "groups_building"),
    ("groups_membership", "household_id", "groups_household"),
    ("groups_membership", "invited_by_id", "groups_membership"),
    ("groups_mandate", "membership_id", "groups_membership"),
    ("groups_deputy", "membership_id", "groups_membership"),
    ("groups_deputy", "named_by_id", "groups_membership"),
]

MOVES = {
    "groups_group": "loading>active,loading>void,active>void",
    "groups_membership": (
        "pending>active,pending>removed,active>left,active>removed,left>active,removed>active"
    ),
}


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def checked_moves(table: str, moves: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_moves before update of status on {table}"
        f" for each row execute function core_check_move('{moves}')",
        f"drop trigger {table}_moves on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("groups", "0001_initial"), ("core", "0002_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(checked_moves(table, moves) for table, moves in MOVES.items()),
    ]
