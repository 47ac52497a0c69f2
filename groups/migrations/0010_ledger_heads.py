"""A group's row carries the head of its ledger and the standing of its mandate."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groups", "0009_hidden_faults")]

    operations = [
        migrations.AddField(
            model_name="group",
            name="ledger_pages",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="group",
            name="ledger_seal",
            field=models.CharField(blank=True, db_default="", default="", max_length=9),
        ),
        migrations.AddField(
            model_name="group",
            name="mandate_standing",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
    ]
