"""How much of a line's part of a batch was withdrawn, so that a later car's is not counted twice."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0031_held_by_complaint")]

    operations = [
        migrations.AddField(
            model_name="batchpart",
            name="withdrawn",
            field=models.DecimalField(decimal_places=3, db_default=0, max_digits=9),
        ),
        migrations.AddConstraint(
            model_name="batchpart",
            constraint=models.CheckConstraint(
                condition=Q(withdrawn__gte=0, withdrawn__lte=F("quantity")),
                name="batch_part_withdrawn_of_it",
            ),
        ),
    ]
