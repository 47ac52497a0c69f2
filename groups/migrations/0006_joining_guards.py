"""Links, joinings and consents stay in their group; the versions of the house rules stay."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("groups_invitation", "invited_by_id", "groups_membership"),
    ("groups_invitation", "used_by_id", "groups_membership"),
    ("groups_compoundlink", "made_by_id", "groups_membership"),
    ("groups_joining", "membership_id", "groups_membership"),
    ("groups_joining", "claims_id", "groups_membership"),
    ("groups_joining", "decided_by_id", "groups_membership"),
    ("groups_joining", "invitation_id", "groups_invitation"),
    ("groups_consent", "membership_id", "groups_membership"),
    ("groups_houserules", "written_by_id", "groups_membership"),
]

APPEND_ONLY = ["groups_houserules"]


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
    dependencies = [("groups", "0005_joining"), ("core", "0002_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(table) for table in APPEND_ONLY),
    ]
