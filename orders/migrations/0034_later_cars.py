"""Every car is inspected by itself, and a supplement says why in a word that can be translated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0033_suspended_guards")]

    operations = [
        migrations.AddField(
            model_name="inspection",
            name="car",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.RemoveConstraint(model_name="inspection", name="one_inspection_per_delivery"),
        migrations.AddConstraint(
            model_name="inspection",
            constraint=models.UniqueConstraint(
                fields=("group", "delivery", "car"), name="one_inspection_per_car"
            ),
        ),
        migrations.AddConstraint(
            model_name="inspection",
            constraint=models.CheckConstraint(
                condition=models.Q(("car__gte", 1)), name="inspection_of_a_car"
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="car",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.RemoveConstraint(model_name="hold", name="one_standing_hold"),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("group", "round", "offer", "batch", "kind", "car"),
                name="one_standing_hold",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("car__isnull", True),
                    models.Q(("car__gte", 2), ("kind", "inspection")),
                    _connector="OR",
                ),
                name="hold_of_a_later_car",
            ),
        ),
        migrations.AddField(
            model_name="settlementpart",
            name="cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("return", "退货"),
                    ("unanswered", "商家没按时答复，先记的退款"),
                    ("delivery", "到货少了"),
                    ("correction", "到货更正"),
                    ("later", "后来到的"),
                    ("spot", "取货时缺货"),
                    ("left", "没人取，退回商家"),
                    ("withdrawn", "验货没通过，不发"),
                ],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="settlementpart",
            name="about",
            field=models.CharField(blank=True, db_default="", max_length=30),
        ),
        migrations.RemoveConstraint(
            model_name="settlementpart", name="settlement_supplement_has_reason"
        ),
        migrations.AddConstraint(
            model_name="settlementpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause", ""), ("number", 0), ("reason", "")),
                    models.Q(
                        ("number__gt", 0),
                        models.Q(("cause", ""), ("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="settlement_supplement_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cause__in",
                        [
                            "",
                            "return",
                            "unanswered",
                            "delivery",
                            "correction",
                            "later",
                            "spot",
                            "left",
                            "withdrawn",
                        ],
                    )
                ),
                name="settlement_cause_known",
            ),
        ),
    ]
