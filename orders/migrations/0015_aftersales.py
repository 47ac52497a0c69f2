"""After-sales: the merchant's answer, the clocks, provisional credit, the same-batch question."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0008_login_links_guards"),
        ("orders", "0014_shortfalls_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BatchAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("same", models.BooleanField()),
                ("answered_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BatchQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("households", models.PositiveIntegerField()),
                ("buyers", models.PositiveIntegerField()),
                ("found_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProvisionalCredit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_fen", models.BigIntegerField()),
                ("credited_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ReturnAnswer",
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
                            ("apology", "道歉"),
                            ("remedy", "道歉并补偿"),
                            ("explanation", "解释"),
                            ("denial", "否认"),
                        ],
                        max_length=11,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("remedy_fen", models.BigIntegerField(null=True)),
                ("answered_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ReturnMark",
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
                            ("answer_24", "商家 24 小时没答复"),
                            ("answer_48", "商家 48 小时没答复"),
                            ("decision_72", "团长 72 小时没决定"),
                        ],
                        max_length=11,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="posting_source_known",
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
                    ("provisional", "商家没按时答复，先记的退款"),
                    ("provisional_end", "先记的退款收回，以决定为准"),
                    ("shortfall", "货没到齐"),
                    ("round_confirmed", "成团"),
                    ("round_cancelled", "取消团"),
                ],
                max_length=15,
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
                            "provisional",
                            "provisional_end",
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
            model_name="batchanswer",
            name="answered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.membership",
            ),
        ),
        migrations.AddField(
            model_name="batchanswer",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="batchanswer",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.orderline"
            ),
        ),
        migrations.AddField(
            model_name="batchquestion",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.return"
            ),
        ),
        migrations.AddField(
            model_name="batchquestion",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="batchquestion",
            name="offer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.offer"
            ),
        ),
        migrations.AddField(
            model_name="batchquestion",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.round"
            ),
        ),
        migrations.AddField(
            model_name="batchanswer",
            name="question",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="orders.batchquestion",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="hold",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.hold"
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="question",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="orders.batchquestion",
            ),
        ),
        migrations.AddField(
            model_name="provisionalcredit",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="provisionalcredit",
            name="ret",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.return"
            ),
        ),
        migrations.AddField(
            model_name="returnanswer",
            name="answered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="returnanswer",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="returnanswer",
            name="ret",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="orders.return",
            ),
        ),
        migrations.AddField(
            model_name="returnmark",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="returnmark",
            name="ret",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="marks",
                to="orders.return",
            ),
        ),
        migrations.AddConstraint(
            model_name="batchquestion",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_batchquestion_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="batchquestion",
            constraint=models.UniqueConstraint(fields=("group", "offer"), name="batch_asked_once"),
        ),
        migrations.AddConstraint(
            model_name="batchanswer",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_batchanswer_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="batchanswer",
            constraint=models.UniqueConstraint(
                fields=("group", "question", "line"), name="one_batch_answer_per_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_incident_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(
                fields=("group", "question"), name="one_incident_per_batch"
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(("households__gte", 1), ("households__lte", models.F("buyers"))),
                name="incident_households_among_buyers",
            ),
        ),
        migrations.AddConstraint(
            model_name="provisionalcredit",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_provisionalcredit_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="provisionalcredit",
            constraint=models.UniqueConstraint(
                fields=("group", "ret"), name="one_provisional_per_return"
            ),
        ),
        migrations.AddConstraint(
            model_name="provisionalcredit",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0), ("amount_fen__lt", 10000000000)),
                name="provisional_amount_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="provisionalcredit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("ended_at__gte", models.F("credited_at")),
                    _connector="OR",
                ),
                name="provisional_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnanswer",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_returnanswer_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="returnanswer",
            constraint=models.UniqueConstraint(
                fields=("group", "ret"), name="one_answer_per_return"
            ),
        ),
        migrations.AddConstraint(
            model_name="returnanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["apology", "remedy", "explanation", "denial"])),
                name="return_answer_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("remedy_fen__isnull", True),
                    models.Q(
                        ("kind", "remedy"), ("remedy_fen__gt", 0), ("remedy_fen__lt", 10000000000)
                    ),
                    _connector="OR",
                ),
                name="return_answer_remedy_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnmark",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_returnmark_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="returnmark",
            constraint=models.UniqueConstraint(
                fields=("group", "ret", "kind"), name="return_mark_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="returnmark",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["answer_24", "answer_48", "decision_72"])),
                name="return_mark_kind_known",
            ),
        ),
    ]
