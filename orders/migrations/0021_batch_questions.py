"""A question is about one batch, where goods came in several."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0008_login_links_guards"),
        ("orders", "0020_leftovers_guards"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="batchquestion", name="batch_asked_once"),
        migrations.AddField(
            model_name="batchquestion",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.batch",
            ),
        ),
        migrations.AddConstraint(
            model_name="batchquestion",
            constraint=models.UniqueConstraint(
                fields=("group", "offer", "batch"), name="batch_asked_once", nulls_distinct=False
            ),
        ),
    ]
