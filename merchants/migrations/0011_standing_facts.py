"""The three facts that decided a standing stand beside it (M7, R5)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0010_expiry")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="standing_facts",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
    ]
