"""What did not come is taken off orders after the cut-off: the act, and each line of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0008_login_links_guards"),
        ("orders", "0012_hand_overs_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Shortfall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("delivery", "到货少了"),
                            ("correction", "到货更正"),
                            ("spot", "取货时缺货"),
                            ("withdrawn", "验货没通过，不发"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ShortfallLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.DecimalField(decimal_places=3, max_digits=9)),
                ("after", models.DecimalField(decimal_places=3, max_digits=9)),
                ("credited_fen", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="orderchange",
            name="change_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="posting_source_known",
        ),
        migrations.AlterField(
            model_name="orderchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("placed", "下单"),
                    ("amended", "改单"),
                    ("cancelled", "取消"),
                    ("repriced", "按阶梯价结算"),
                    ("short", "货没到齐"),
                ],
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="source",
            field=models.CharField(
                choices=[
                    ("order_change", "下单和改单"),
                    ("payment", "收款"),
                    ("payment_undo", "撤销收款"),
                    ("return_decision", "退货决定"),
                    ("shortfall", "货没到齐"),
                    ("round_confirmed", "成团"),
                    ("round_cancelled", "取消团"),
                ],
                max_length=15,
            ),
        ),
        migrations.AddConstraint(
            model_name="orderchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["placed", "amended", "cancelled", "repriced", "short"])
                ),
                name="change_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("billed_quantity__lte", models.F("quantity"))),
                name="line_billed_within_ordered",
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "source__in",
                        [
                            "order_change",
                            "payment",
                            "payment_undo",
                            "return_decision",
                            "shortfall",
                            "round_confirmed",
                            "round_cancelled",
                        ],
                    )
                ),
                name="posting_source_known",
            ),
        ),
        migrations.AddField(
            model_name="shortfall",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.membership",
            ),
        ),
        migrations.AddField(
            model_name="shortfall",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="shortfall",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.round"
            ),
        ),
        migrations.AddField(
            model_name="shortfallline",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="shortfallline",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.orderline"
            ),
        ),
        migrations.AddField(
            model_name="shortfallline",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
            ),
        ),
        migrations.AddField(
            model_name="shortfallline",
            name="shortfall",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="orders.shortfall",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortfall",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_shortfall_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="shortfall",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["delivery", "correction", "spot", "withdrawn"])),
                name="shortfall_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortfallline",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_shortfallline_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="shortfallline",
            constraint=models.UniqueConstraint(
                fields=("group", "shortfall", "line"), name="shortfall_once_per_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="shortfallline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("after__gte", 0),
                    models.Q(
                        models.Q(("after__lt", models.F("before")), ("credited_fen__gte", 0)),
                        models.Q(("after__gt", models.F("before")), ("credited_fen__lte", 0)),
                        _connector="OR",
                    ),
                ),
                name="shortfall_credits_what_is_missing",
            ),
        ),
    ]
