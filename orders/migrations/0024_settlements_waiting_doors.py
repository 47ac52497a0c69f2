"""What came since the last release, in one step."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "__first__"),
        ("groups", "0010_ledger_heads"),
        ("merchants", "0013_agreements_guards"),
        ("orders", "0023_squashed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="hold",
            name="one_standing_hold",
        ),
        migrations.RemoveConstraint(
            model_name="hold",
            name="hold_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="inspection",
            name="one_inspection_per_delivery",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_channel_known",
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="posting_account_known",
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="posting_source_known",
        ),
        migrations.RemoveConstraint(
            model_name="shortfall",
            name="shortfall_kind_known",
        ),
        migrations.CreateModel(
            name="AnswerFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("picture", "照片"), ("pdf", "PDF 文件")], max_length=7
                    ),
                ),
                ("file", models.FileField(upload_to="answers/")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="orders.returnanswer",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_answerfile_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "answer", "position"), name="answer_file_position_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                        name="answer_files_at_most_four",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["picture", "pdf"])),
                        name="answer_file_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DoorView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seen_at", models.DateTimeField()),
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
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_doorview_in_group")
                ],
            },
        ),
        migrations.CreateModel(
            name="LaterArrival",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("car", models.PositiveSmallIntegerField()),
                ("delivered", models.DecimalField(decimal_places=3, max_digits=12)),
                ("weighed", models.DecimalField(decimal_places=3, max_digits=12, null=True)),
                ("damaged", models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                ("note", models.CharField(blank=True, max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later",
                        to="orders.delivery",
                    ),
                ),
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
                    "helper",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.helperlink",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_laterarrival_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "delivery", "car", "offer"),
                        name="later_arrival_once_per_offer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("car__gte", 2)), name="later_arrival_is_later"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("delivered__gte", 0),
                            ("damaged__gte", 0),
                            (
                                "damaged__lte",
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("weighed"), models.F("delivered")
                                ),
                            ),
                        ),
                        name="later_arrival_damaged_within_what_came",
                    ),
                ],
            },
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
                (
                    "drawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
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
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_settlement_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "round"), name="one_settlement_per_round"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "year", "sequence"), name="settlement_number_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sequence__gte", 1)), name="settlement_number_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payee__in", ["initiator", "merchant"])),
                        name="settlement_payee_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("commission_bp__lte", 3000)),
                        name="settlement_commission_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShortNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("for_merchant", models.BooleanField()),
                ("said_at", models.DateTimeField()),
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
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_shortnotice_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "round", "offer", "number"),
                        name="short_notice_number_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 0)), name="short_notice_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WaitlistEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=9)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "候补中"),
                            ("served", "已帮下单"),
                            ("passed", "接了没人取的"),
                            ("left", "不等了"),
                            ("ended", "团没成"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("request_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
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
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.household",
                    ),
                ),
                (
                    "leftover",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.leftover",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["group", "member", "-asked_at"], name="wait_of_member"),
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["offer", "id"],
                        name="wait_in_line",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_waitlistentry_in_group"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "waiting")),
                        fields=("group", "offer", "household"),
                        name="one_wait_per_household",
                    ),
                    models.UniqueConstraint(
                        fields=("group", "member", "request_id"), name="one_wait_per_request"
                    ),
                    models.UniqueConstraint(fields=("group", "order"), name="one_wait_per_order"),
                    models.UniqueConstraint(
                        fields=("group", "leftover"), name="one_wait_per_leftover"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["waiting", "served", "passed", "left", "ended"])
                        ),
                        name="wait_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="wait_quantity_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("status", "waiting")),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="wait_ended_iff_not_waiting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("order__isnull", False), ("status", "served")),
                            models.Q(
                                models.Q(("status", "served"), _negated=True),
                                ("order__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="wait_served_by_an_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("leftover__isnull", False), ("status", "passed")),
                            models.Q(
                                models.Q(("status", "passed"), _negated=True),
                                ("leftover__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="wait_passed_a_leftover",
                    ),
                ],
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
                (
                    "cause",
                    models.CharField(
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
                ("about", models.CharField(blank=True, db_default="", max_length=30)),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("ordered_fen", models.BigIntegerField()),
                ("short_fen", models.BigIntegerField()),
                ("returned_fen", models.BigIntegerField()),
                ("commission_fen", models.BigIntegerField()),
                ("transfer_fen", models.BigIntegerField()),
                ("content_hash", models.CharField(max_length=64)),
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
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="orders.settlement",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_settlementpart_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "settlement", "number"),
                        name="settlement_part_number_unique",
                    ),
                    models.CheckConstraint(
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
                    models.CheckConstraint(
                        condition=models.Q(("content_hash__regex", "^[0-9a-f]{64}$")),
                        name="settlement_part_hashed",
                    ),
                    models.CheckConstraint(
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
                    models.CheckConstraint(
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
                ],
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
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reverses",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="orders.settlementpayment",
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="orders.settlement",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_settlementpayment_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "settlement", "number"),
                        name="settlement_payment_number_unique",
                    ),
                    models.UniqueConstraint(
                        fields=("group", "reverses"), name="settlement_payment_reversed_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_fen__gt", -1000000000000),
                            ("amount_fen__lt", 1000000000000),
                            models.Q(("amount_fen", 0), _negated=True),
                        ),
                        name="settlement_payment_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("party__in", ["initiator", "merchant"])),
                        name="settlement_payment_party_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reverses__isnull", True),
                            models.Q(("reverses", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="settlement_payment_reverses_another",
                    ),
                ],
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
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="words",
                        to="orders.settlement",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_settlementword_in_group"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "confirmed")),
                        fields=("group", "settlement", "party", "content_hash"),
                        name="settlement_confirmed_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("for_other", False), ("kind", "confirmed")),
                        fields=("group", "settlement", "by", "content_hash"),
                        name="settlement_confirmed_by_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["confirmed", "objected", "replied"])),
                        name="settlement_word_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("party__in", ["initiator", "merchant"])),
                        name="settlement_party_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("for_other", False),
                            models.Q(("kind", "confirmed"), ("party", "merchant")),
                            _connector="OR",
                        ),
                        name="settlement_word_for_merchant_only",
                    ),
                ],
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
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.settlementpart",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_settlementline_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "part", "offer"), name="settlement_line_once_per_offer"
                    ),
                    models.CheckConstraint(
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
                ],
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="helper",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.helperlink",
            ),
        ),
        migrations.AddField(
            model_name="deliveryline",
            name="unshared",
            field=models.DecimalField(decimal_places=3, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="deliveryphoto",
            name="helper",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.helperlink",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.batch",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="car",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="inspection",
            name="car",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="offer",
            name="stopped_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="offer",
            name="waiting",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
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
        migrations.AddField(
            model_name="round",
            name="to_the_door",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="hold",
            name="kind",
            field=models.CharField(
                choices=[
                    ("inspection", "验货没通过"),
                    ("incident", "同一批有问题"),
                    ("shares", "少了，等团长分"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="channel",
            field=models.CharField(
                choices=[
                    ("web", "网页"),
                    ("jielong", "接龙"),
                    ("spreadsheet", "表格"),
                    ("paper", "纸条"),
                    ("api", "接口"),
                    ("waiting", "候补"),
                ],
                default="web",
                max_length=11,
            ),
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
        migrations.AlterField(
            model_name="shortfall",
            name="kind",
            field=models.CharField(
                choices=[
                    ("delivery", "到货少了"),
                    ("correction", "到货更正"),
                    ("later", "后来到的"),
                    ("spot", "取货时缺货"),
                    ("left", "没人取，退回商家"),
                    ("withdrawn", "验货没通过，不发"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("unshared__isnull", True), ("unshared__gte", 0), _connector="OR"
                ),
                name="delivery_unshared_not_negative",
            ),
        ),
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
                condition=models.Q(("kind__in", ["inspection", "incident", "shares"])),
                name="hold_kind_known",
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
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("batch__isnull", True), ("offer__isnull", False), _connector="OR"
                ),
                name="hold_of_a_batch_names_its_offer",
            ),
        ),
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
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel__in", ["web", "jielong", "spreadsheet", "paper", "api", "waiting"])
                ),
                name="order_channel_known",
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
        migrations.AddConstraint(
            model_name="shortfall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["delivery", "correction", "later", "spot", "left", "withdrawn"])
                ),
                name="shortfall_kind_known",
            ),
        ),
    ]
