import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0009_hidden_faults"),
        ("merchants", "0020_sanctioned"),
        ("orders", "0034_later_cars"),
    ]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="stopped_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="SaleStop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("complaint_no", models.PositiveIntegerField()),
                ("stopped_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.item",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_salestop_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "item", "complaint_no"), name="one_stop_per_complaint"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lifted_at__isnull", True),
                            ("lifted_at__gte", models.F("stopped_at")),
                            _connector="OR",
                        ),
                        name="sale_stop_lifted_after_it_began",
                    ),
                ],
            },
        ),
    ]
