"""What the database itself refuses: rows that cross groups, lawless moves, edits of the fixed."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("merchants_application", "decided_by_id", "groups_membership"),
    ("merchants_agreement", "application_id", "merchants_application"),
    ("merchants_agreement", "agreed_by_id", "groups_membership"),
    ("merchants_pricewitness", "witness_id", "groups_membership"),
]

MOVES = {
    "merchants_application": (
        "draft>submitted,draft>exited,submitted>in_review,submitted>exited,in_review>approved,"
        "in_review>changes_asked,in_review>rejected,changes_asked>submitted,changes_asked>exited,"
        "approved>suspended,approved>in_review,approved>exited,suspended>approved,"
        "suspended>exited,rejected>submitted,exited>submitted"
    ),
}

APPEND_ONLY = ["merchants_agreement", "merchants_pricewitness"]


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


def append_only(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        " for each row execute function core_refuse_change();"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0001_initial"),
        ("groups", "0002_guards"),
        ("core", "0002_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(checked_moves(table, moves) for table, moves in MOVES.items()),
        *(append_only(table) for table in APPEND_ONLY),
    ]
