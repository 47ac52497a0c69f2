"""How households rated a merchant stands on its approval, so that pages need no statement (R1)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0018_process_photos")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="rated",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
    ]
