"""How many sanctions are proposed stands on the approval, for the console (R7)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0020_sanctioned")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="sanctions_proposed",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
