"""A link for shops stays within its group."""

from django.db import migrations

NAME = "merchants_shoplink_made_by_id_in_group"


class Migration(migrations.Migration):
    dependencies = [("merchants", "0006_onboarding"), ("groups", "0002_guards")]

    operations = [
        migrations.RunSQL(
            f"alter table merchants_shoplink add constraint {NAME} foreign key"
            " (group_id, made_by_id) references groups_membership (group_id, id)"
            " deferrable initially immediate",
            f"alter table merchants_shoplink drop constraint {NAME}",
        )
    ]
