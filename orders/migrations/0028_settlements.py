"""What a round comes to for its merchant: statements, supplements, words and money."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0009_hidden_faults"),
        ("orders", "0027_waiting_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("sequence", models.PositiveIntegerField()),
                (
                    "payee",
                    models.CharField(
                        choices=[("initiator", "团长"), ("merchant", "商家")], max_length=9
                    ),
                ),
                ("commission_bp", models.PositiveIntegerField()),
                ("drawn_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SettlementLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("price_fen", models.BigIntegerField()),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("short_quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("returned_quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("ordered_fen", models.BigIntegerField()),
                ("short_fen", models.BigIntegerField()),
                ("returned_fen", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SettlementPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("ordered_fen", models.BigIntegerField()),
                ("short_fen", models.BigIntegerField()),
                ("returned_fen", models.BigIntegerField()),
                ("commission_fen", models.BigIntegerField()),
                ("transfer_fen", models.BigIntegerField()),
                ("content_hash", models.CharField(max_length=64)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SettlementPayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("amount_fen", models.BigIntegerField()),
                ("paid_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=100)),
                (
                    "party",
                    models.CharField(
                        choices=[("initiator", "团长"), ("merchant", "商家")], max_length=9
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SettlementWord",
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
                            ("confirmed", "确认"),
                            ("objected", "有异议"),
                            ("replied", "答复"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "party",
                    models.CharField(
                        choices=[("initiator", "团长"), ("merchant", "商家")], max_length=9
                    ),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("text", models.CharField(blank=True, max_length=300)),
                ("for_other", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="posting_account_known",
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="posting_source_known",
        ),
        migrations.AlterField(
            model_name="posting",
            name="account",
            field=models.CharField(
                choices=[
                    ("member", "邻居欠款"),
                    ("merchant", "应付商家"),
                    ("commission", "团长佣金"),
                    ("cash_initiator", "团长手里"),
                    ("cash_merchant", "商家手里"),
                    ("own", "团长已取佣金"),
                    ("rounding", "尾差"),
                ],
                max_length=14,
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
                    ("provisional", "商家没按时答复，先记的退款"),
                    ("provisional_end", "先记的退款收回，以决定为准"),
                    ("shortfall", "货没到齐"),
                    ("round_confirmed", "成团"),
                    ("round_cancelled", "取消团"),
                    ("settlement", "结算"),
                    ("supplement", "结算补充单"),
                    ("settle_payment", "结算付款"),
                ],
                max_length=15,
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "account__in",
                        [
                            "member",
                            "merchant",
                            "commission",
                            "cash_initiator",
                            "cash_merchant",
                            "own",
                            "rounding",
                        ],
                    )
                ),
                name="posting_account_known",
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
                            "settlement",
                            "supplement",
                            "settle_payment",
                        ],
                    )
                ),
                name="posting_source_known",
            ),
        ),
        migrations.AddField(
            model_name="settlement",
            name="drawn_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.membership",
            ),
        ),
        migrations.AddField(
            model_name="settlement",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="settlement",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="settlements",
                to="orders.round",
            ),
        ),
        migrations.AddField(
            model_name="settlementline",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="settlementline",
            name="offer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.offer"
            ),
        ),
        migrations.AddField(
            model_name="settlementpart",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="settlementpart",
            name="settlement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="orders.settlement",
            ),
        ),
        migrations.AddField(
            model_name="settlementline",
            name="part",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="orders.settlementpart",
            ),
        ),
        migrations.AddField(
            model_name="settlementpayment",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="settlementpayment",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="settlementpayment",
            name="reverses",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="orders.settlementpayment",
            ),
        ),
        migrations.AddField(
            model_name="settlementpayment",
            name="settlement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="orders.settlement",
            ),
        ),
        migrations.AddField(
            model_name="settlementword",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="settlementword",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="settlementword",
            name="settlement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="words",
                to="orders.settlement",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_settlement_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(
                fields=("group", "round"), name="one_settlement_per_round"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(
                fields=("group", "year", "sequence"), name="settlement_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("sequence__gte", 1)), name="settlement_number_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("payee__in", ["initiator", "merchant"])),
                name="settlement_payee_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("commission_bp__lte", 3000)),
                name="settlement_commission_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpart",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_settlementpart_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpart",
            constraint=models.UniqueConstraint(
                fields=("group", "settlement", "number"), name="settlement_part_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("commission_fen__gt", -1000000000000),
                    ("commission_fen__lt", 1000000000000),
                    ("ordered_fen__gt", -1000000000000),
                    ("ordered_fen__lt", 1000000000000),
                    ("returned_fen__gt", -1000000000000),
                    ("returned_fen__lt", 1000000000000),
                    ("short_fen__gt", -1000000000000),
                    ("short_fen__lt", 1000000000000),
                    ("transfer_fen__gt", -1000000000000),
                    ("transfer_fen__lt", 1000000000000),
                ),
                name="settlement_part_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("content_hash__regex", "^[0-9a-f]{64}$")),
                name="settlement_part_hashed",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", 0), ("reason", "")),
                    models.Q(("number__gt", 0), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="settlement_supplement_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementline",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_settlementline_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementline",
            constraint=models.UniqueConstraint(
                fields=("group", "part", "offer"), name="settlement_line_once_per_offer"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ordered_fen__gt", -1000000000000),
                    ("ordered_fen__lt", 1000000000000),
                    ("price_fen__gt", 0),
                    ("price_fen__lt", 100000000),
                    ("returned_fen__gt", -1000000000000),
                    ("returned_fen__lt", 1000000000000),
                    ("short_fen__gt", -1000000000000),
                    ("short_fen__lt", 1000000000000),
                ),
                name="settlement_line_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpayment",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_settlementpayment_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpayment",
            constraint=models.UniqueConstraint(
                fields=("group", "settlement", "number"), name="settlement_payment_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpayment",
            constraint=models.UniqueConstraint(
                fields=("group", "reverses"), name="settlement_payment_reversed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_fen__gt", -1000000000000),
                    ("amount_fen__lt", 1000000000000),
                    models.Q(("amount_fen", 0), _negated=True),
                ),
                name="settlement_payment_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("party__in", ["initiator", "merchant"])),
                name="settlement_payment_party_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reverses__isnull", True),
                    models.Q(("reverses", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="settlement_payment_reverses_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementword",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_settlementword_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementword",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "confirmed")),
                fields=("group", "settlement", "party", "content_hash"),
                name="settlement_confirmed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementword",
            constraint=models.UniqueConstraint(
                condition=models.Q(("for_other", False), ("kind", "confirmed")),
                fields=("group", "settlement", "by", "content_hash"),
                name="settlement_confirmed_by_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementword",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["confirmed", "objected", "replied"])),
                name="settlement_word_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementword",
            constraint=models.CheckConstraint(
                condition=models.Q(("party__in", ["initiator", "merchant"])),
                name="settlement_party_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementword",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("for_other", False),
                    models.Q(("kind", "confirmed"), ("party", "merchant")),
                    _connector="OR",
                ),
                name="settlement_word_for_merchant_only",
            ),
        ),
    ]
