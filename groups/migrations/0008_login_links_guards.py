"""A login link, its neighbour and its maker are of one group."""

from django.db import migrations

COMPOSITE_KEYS = ["membership_id", "made_by_id"]


def composite_key(column: str) -> migrations.RunSQL:
    name = f"groups_loginlink_{column}_in_group"
    return migrations.RunSQL(
        f"alter table groups_loginlink add constraint {name} foreign key (group_id, {column})"
        " references groups_membership (group_id, id) deferrable initially immediate",
        f"alter table groups_loginlink drop constraint {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("groups", "0007_login_links")]

    operations = [composite_key(column) for column in COMPOSITE_KEYS]
