"""Whose fault it was that a round which had come about was called off."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0035_sale_stops")]

    operations = [
        migrations.AddField(
            model_name="round",
            name="cancel_fault",
            field=models.CharField(
                blank=True,
                choices=[
                    ("merchant", "商家的原因"),
                    ("group", "群里的原因"),
                    ("nobody", "谁也怪不着，比如天气"),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cancel_fault", ""),
                    models.Q(
                        ("cancel_fault__in", ["merchant", "group", "nobody"]),
                        ("confirmed_at__isnull", False),
                        ("status", "cancelled"),
                    ),
                    _connector="OR",
                ),
                name="round_fault_of_one_that_came_about",
            ),
        ),
    ]
