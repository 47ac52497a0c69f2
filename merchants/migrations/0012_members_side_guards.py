"""What neighbours and shops said stays said, within its group; an answer is given once."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("merchants_priceruling", "witness_id", "merchants_pricewitness"),
    ("merchants_priceruling", "ruled_by_id", "groups_membership"),
    ("merchants_follow", "member_id", "groups_membership"),
    ("merchants_proposal", "proposed_by_id", "groups_membership"),
    ("merchants_proposal", "answered_by_id", "groups_membership"),
    ("merchants_proposal", "link_id", "merchants_shoplink"),
    ("merchants_backing", "proposal_id", "merchants_proposal"),
    ("merchants_backing", "household_id", "groups_household"),
    ("merchants_backing", "member_id", "groups_membership"),
    ("merchants_question", "asked_by_id", "groups_membership"),
    ("merchants_answer", "question_id", "merchants_question"),
    ("merchants_questionhiding", "question_id", "merchants_question"),
    ("merchants_questionhiding", "hidden_by_id", "groups_membership"),
    ("merchants_appeal", "application_id", "merchants_application"),
    ("merchants_appeal", "rejected_by_id", "groups_membership"),
    ("merchants_appeal", "answered_by_id", "groups_membership"),
]
# and what may be emptied when a person is erased
APPEND_ONLY = {
    "merchants_priceruling": ["reason"],
    "merchants_question": ["text"],
    "merchants_answer": ["text", "if_it_fails"],
    "merchants_questionhiding": ["reason"],
}
MOVES = {
    "merchants_proposal": "open>invited,open>declined",
    "merchants_appeal": "waiting>granted,waiting>refused",
}


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str, may_go: list[str]) -> migrations.RunSQL:
    allowed = ", ".join(f"'{column}'" for column in may_go)
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({allowed});"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


def checked_moves(table: str, moves: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_moves before update of status on {table}"
        f" for each row execute function core_check_move('{moves}')",
        f"drop trigger {table}_moves on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0011_members_and_agreements"),
        ("groups", "0002_guards"),
        ("core", "0008_erasures_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(table, may_go) for table, may_go in APPEND_ONLY.items()),
        *(checked_moves(table, moves) for table, moves in MOVES.items()),
    ]
