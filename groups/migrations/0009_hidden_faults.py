"""How long faults that nobody sees at pick-up may be said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groups", "0008_login_links_guards")]

    operations = [
        migrations.AddField(
            model_name="group",
            name="hidden_fault_days",
            field=models.PositiveSmallIntegerField(db_default=7, default=7),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=models.Q(("hidden_fault_days__gte", 1), ("hidden_fault_days__lte", 90)),
                name="group_hidden_fault_days_bounds",
            ),
        ),
    ]
