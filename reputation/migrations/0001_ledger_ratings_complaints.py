"""What came since the last release, in one step."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "__first__"),
        ("groups", "0010_ledger_heads"),
        ("merchants", "0013_agreements_guards"),
        ("orders", "0030_suspended_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300)),
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
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
                    models.Index(fields=["group", "round", "said_at"], name="comment_in_order")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_comment_in_group"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Complaint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "against",
                    models.CharField(
                        choices=[("merchant", "商家"), ("initiator", "团长")], max_length=9
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("quality", "质量不好"),
                            ("short", "分量不足"),
                            ("late", "送晚了"),
                            ("unsafe", "吃了怕出事"),
                            ("false", "说的和做的不一样"),
                            ("unfair", "规矩不公平"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("light", "轻"), ("serious", "重"), ("grave", "很重")],
                        max_length=7,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("made_at", models.DateTimeField()),
                ("request_id", models.UUIDField(null=True)),
                ("by_panel", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "等答复"),
                            ("answered", "在商量"),
                            ("settled", "谈妥了"),
                            ("withdrawn", "已撤回"),
                            ("ruled", "有裁定"),
                            ("appealed", "申诉中"),
                            ("reviewed", "复议完了"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("answer_due_at", models.DateTimeField()),
                ("mediate_until", models.DateTimeField()),
                ("rule_due_at", models.DateTimeField()),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.batch",
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
                    "line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.mandate",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["group", "merchant", "-made_at"], name="complaint_of_merchant"
                    ),
                    models.Index(fields=["status", "answer_due_at"], name="complaint_by_clock"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_complaint_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "number"), name="complaint_number_unique"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "request_id"), name="complaint_request_unique"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("line__isnull", False), ("status__in", ("open", "answered"))
                        ),
                        fields=("group", "line", "made_by"),
                        name="one_open_complaint_per_line",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("against", "merchant"),
                                ("mandate__isnull", True),
                                ("merchant__isnull", False),
                            ),
                            models.Q(
                                ("against", "initiator"),
                                ("by_panel", True),
                                ("mandate__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="complaint_is_against_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "category__in",
                                ["quality", "short", "late", "unsafe", "false", "unfair"],
                            )
                        ),
                        name="complaint_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["light", "serious", "grave"])),
                        name="complaint_severity_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "open",
                                    "answered",
                                    "settled",
                                    "withdrawn",
                                    "ruled",
                                    "appealed",
                                    "reviewed",
                                ],
                            )
                        ),
                        name="complaint_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("category", "unsafe"), _negated=True),
                            ("line__isnull", False),
                            _connector="OR",
                        ),
                        name="complaint_unsafe_names_goods",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answer_due_at__gt", models.F("made_at")),
                            ("mediate_until__gte", models.F("made_at")),
                            ("rule_due_at__gt", models.F("mediate_until")),
                        ),
                        name="complaint_clocks_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consequences",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("lines", models.JSONField()),
                ("month_rounds", models.PositiveSmallIntegerField()),
                ("published_at", models.DateTimeField()),
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
                    "published_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_consequences_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "version"), name="consequences_version_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gt", 1)),
                        name="consequences_version_after_first",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month_rounds__gte", 1), ("month_rounds__lte", 50)),
                        name="consequences_rounds_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField()),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("merchant", "商家"),
                            ("mandate", "团长"),
                            ("member", "群友"),
                            ("group", "本群"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("on_time", "按时送齐"),
                            ("short", "送货不足"),
                            ("late", "送货迟到"),
                            ("nothing_came", "没有送货"),
                            ("return_accepted", "同意退货"),
                            ("answered_late", "24 小时没答复"),
                            ("document_lapsed", "证件过期"),
                            ("inspection_passed", "验货通过"),
                            ("inspection_failed", "验货没通过"),
                            ("rating", "邻居评价"),
                            ("complaint_late", "投诉 24 小时没答复"),
                            ("ruling", "投诉裁定属实"),
                            ("refuted", "否认被查实不符"),
                            ("apologised", "道歉"),
                            ("explained", "解释"),
                            ("denied", "否认"),
                            ("repaired", "补救"),
                            ("failed_by_merchant", "商家的原因没成团"),
                            ("sanctioned", "处分"),
                            ("sanction_lifted", "处分解除"),
                            ("recognised", "表扬"),
                            ("round_run", "按时结团"),
                            ("round_slow", "结团拖延"),
                            ("decided_late", "72 小时没决定"),
                            ("complaints_in_time", "投诉按时处理"),
                            ("overturned", "裁定被推翻"),
                            ("ruling_vetted", "审过的商家被裁定属实"),
                            ("paid_late", "结团时还没付清"),
                            ("not_collected", "没来取货"),
                            ("abusive", "投诉裁定为滥用"),
                            ("month_sealed", "月报封存"),
                            ("correction", "更正"),
                        ],
                        max_length=20,
                    ),
                ),
                ("weight_milli", models.IntegerField()),
                ("weights_version", models.PositiveSmallIntegerField()),
                (
                    "evidence",
                    models.CharField(
                        choices=[
                            ("orders_round", "团"),
                            ("orders_order", "单"),
                            ("orders_delivery", "到货"),
                            ("orders_inspection", "验货"),
                            ("orders_return", "退货"),
                            ("orders_returnmark", "到点没办"),
                            ("orders_publishedsummary", "月报"),
                            ("merchants_document", "证件"),
                            ("reputation_rating", "评价"),
                            ("reputation_complaint", "投诉"),
                            ("reputation_complaintmark", "投诉到点没办"),
                            ("reputation_response", "答复"),
                            ("reputation_ruling", "裁定"),
                            ("reputation_sanction", "处分"),
                            ("reputation_recognition", "表扬"),
                        ],
                        max_length=30,
                    ),
                ),
                ("evidence_id", models.PositiveBigIntegerField()),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("household_no", models.PositiveBigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("corrects", models.PositiveBigIntegerField(null=True)),
                ("repairs", models.PositiveBigIntegerField(null=True)),
                ("previous", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
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
                    "mandate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.mandate",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["group", "merchant", "number"], name="entry_of_merchant"),
                    models.Index(fields=["group", "mandate", "number"], name="entry_of_mandate"),
                    models.Index(fields=["group", "member", "number"], name="entry_of_member"),
                    models.Index(fields=["group", "round"], name="entry_of_round"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_entry_in_group"
                    ),
                    models.UniqueConstraint(fields=("group", "number"), name="entry_number_unique"),
                    models.UniqueConstraint(
                        fields=("group", "evidence", "evidence_id", "kind", "subject", "corrects"),
                        name="entry_once_per_evidence",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("corrects__isnull", False)),
                        fields=("group", "corrects"),
                        name="entry_struck_out_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("mandate__isnull", True),
                                ("member__isnull", True),
                                ("merchant__isnull", False),
                                ("subject", "merchant"),
                            ),
                            models.Q(
                                ("mandate__isnull", False),
                                ("member__isnull", True),
                                ("merchant__isnull", True),
                                ("subject", "mandate"),
                            ),
                            models.Q(
                                ("mandate__isnull", True),
                                ("member__isnull", False),
                                ("merchant__isnull", True),
                                ("subject", "member"),
                            ),
                            models.Q(
                                ("mandate__isnull", True),
                                ("member__isnull", True),
                                ("merchant__isnull", True),
                                ("subject", "group"),
                            ),
                            _connector="OR",
                        ),
                        name="entry_has_its_one_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "on_time",
                                    "short",
                                    "late",
                                    "nothing_came",
                                    "return_accepted",
                                    "answered_late",
                                    "document_lapsed",
                                    "inspection_passed",
                                    "inspection_failed",
                                    "rating",
                                    "complaint_late",
                                    "ruling",
                                    "refuted",
                                    "apologised",
                                    "explained",
                                    "denied",
                                    "repaired",
                                    "failed_by_merchant",
                                    "sanctioned",
                                    "sanction_lifted",
                                    "recognised",
                                    "round_run",
                                    "round_slow",
                                    "decided_late",
                                    "complaints_in_time",
                                    "overturned",
                                    "ruling_vetted",
                                    "paid_late",
                                    "not_collected",
                                    "abusive",
                                    "month_sealed",
                                    "correction",
                                ],
                            )
                        ),
                        name="entry_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "evidence__in",
                                [
                                    "orders_round",
                                    "orders_order",
                                    "orders_delivery",
                                    "orders_inspection",
                                    "orders_return",
                                    "orders_returnmark",
                                    "orders_publishedsummary",
                                    "merchants_document",
                                    "reputation_rating",
                                    "reputation_complaint",
                                    "reputation_complaintmark",
                                    "reputation_response",
                                    "reputation_ruling",
                                    "reputation_sanction",
                                    "reputation_recognition",
                                ],
                            )
                        ),
                        name="entry_evidence_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("weight_milli__gte", -20000), ("weight_milli__lte", 20000)
                        ),
                        name="entry_weight_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("corrects__isnull", False),
                                ("kind", "correction"),
                                ("weight_milli", 0),
                            ),
                            models.Q(
                                models.Q(("kind", "correction"), _negated=True),
                                ("corrects__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="entry_corrects_iff_correction",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("corrects__isnull", True),
                            ("corrects__lt", models.F("number")),
                            _connector="OR",
                        ),
                        name="entry_corrects_an_earlier_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "repaired"),
                                ("repairs__isnull", False),
                                ("weight_milli__gte", 0),
                            ),
                            models.Q(
                                models.Q(("kind", "repaired"), _negated=True),
                                ("repairs__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="entry_repairs_iff_repaired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("repairs__isnull", True),
                            ("repairs__lt", models.F("number")),
                            _connector="OR",
                        ),
                        name="entry_repairs_an_earlier_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("digest", ""), ("digest__regex", "^[0-9a-f]{64}$"), _connector="OR"
                        ),
                        name="entry_digest_is_a_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hash__regex", "^[0-9a-f]{64}$"), ("previous__regex", "^[0-9a-f]{64}$")
                        ),
                        name="entry_hash_shape",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Panel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "case",
                    models.CharField(
                        choices=[("complaint", "投诉"), ("sanction", "处分申诉")], max_length=9
                    ),
                ),
                ("case_id", models.PositiveBigIntegerField()),
                ("instance", models.PositiveSmallIntegerField(default=1)),
                ("page", models.PositiveBigIntegerField()),
                ("seal_hash", models.CharField(max_length=64)),
                ("eligible", models.PositiveIntegerField()),
                ("drawn_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
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
                "indexes": [models.Index(fields=["decided_at", "due_at"], name="panel_by_clock")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_panel_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "case", "case_id", "instance"), name="one_panel_per_case"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("case__in", ["complaint", "sanction"])),
                        name="panel_case_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("household_no", models.PositiveBigIntegerField()),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        choices=[(5, "很好"), (4, "好"), (3, "一般"), (2, "不好"), (1, "很差")]
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300)),
                ("anonymous", models.BooleanField(default=False)),
                ("counted", models.BooleanField()),
                ("entered", models.BooleanField(default=False)),
                ("given_at", models.DateTimeField()),
                ("edited_at", models.DateTimeField(null=True)),
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
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
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
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
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
                    models.Index(
                        fields=["group", "merchant", "-given_at"], name="rating_of_merchant"
                    ),
                    models.Index(fields=["group", "round"], name="rating_of_round"),
                    models.Index(fields=["group", "item"], name="rating_of_item"),
                    models.Index(
                        condition=models.Q(("entered", False)),
                        fields=["given_at"],
                        name="rating_to_enter",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_rating_in_group"
                    ),
                    models.UniqueConstraint(fields=("group", "line"), name="one_rating_per_line"),
                    models.UniqueConstraint(
                        condition=models.Q(("counted", True)),
                        fields=("group", "household_no", "item", "round"),
                        name="rating_counted_once_per_household",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stars__gte", 1), ("stars__lte", 5)),
                        name="rating_one_to_five_stars",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words__len__lte", 12)),
                        name="rating_words_at_most_twelve",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("edited_at__isnull", True),
                            ("edited_at__gte", models.F("given_at")),
                            _connector="OR",
                        ),
                        name="rating_edited_after_given",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recognition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("rounds", models.PositiveIntegerField()),
                ("score_bp", models.PositiveIntegerField()),
                ("table_version", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
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
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_recognition_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "month"), name="one_recognition_a_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="recognition_month_is_a_first"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SanctionProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "broken",
                    models.CharField(
                        choices=[
                            ("short", "送货不足"),
                            ("late", "送货迟到"),
                            ("ruled", "投诉裁定属实"),
                            ("grave", "严重投诉裁定属实"),
                            ("papers", "证件过期"),
                            ("inspection", "验货没通过"),
                            ("silent", "到点没答复"),
                            ("other", "别的群规"),
                        ],
                        max_length=10,
                    ),
                ),
                ("table_version", models.PositiveIntegerField()),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("warning", "警告"),
                            ("notice", "公示"),
                            ("suspension", "停团"),
                            ("removal", "清退"),
                        ],
                        max_length=10,
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(null=True)),
                (
                    "pages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveBigIntegerField(), size=None
                    ),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "等团长定"),
                            ("accepted", "照办了"),
                            ("dismissed", "不处分"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
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
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["group", "status"], name="sanction_proposal_by_status")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_sanctionproposal_in_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "accepted", "dismissed"])),
                        name="sanction_proposal_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ["warning", "notice", "suspension", "removal"])
                        ),
                        name="sanction_proposal_level_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pages__len__gte", 1)),
                        name="sanction_proposal_has_evidence",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("status", "waiting"),
                            ),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="sanction_proposal_decision_has_author",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WordSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("vegetables", "蔬菜"),
                            ("fruit", "水果"),
                            ("beef", "牛羊肉"),
                            ("pork", "猪肉"),
                            ("poultry", "禽肉"),
                            ("seafood", "水产"),
                            ("eggs", "蛋"),
                            ("dairy", "奶"),
                            ("grain", "米面粮油"),
                            ("dumplings", "面点饺子"),
                            ("bakery", "烘焙"),
                            ("cooked", "熟食"),
                            ("snacks", "零食干货"),
                            ("household", "日用"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), size=None
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
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
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_wordset_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "category"), name="words_once_per_category"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "category__in",
                                [
                                    "vegetables",
                                    "fruit",
                                    "beef",
                                    "pork",
                                    "poultry",
                                    "seafood",
                                    "eggs",
                                    "dairy",
                                    "grain",
                                    "dumplings",
                                    "bakery",
                                    "cooked",
                                    "snacks",
                                    "household",
                                ],
                            )
                        ),
                        name="words_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words__len__gte", 1), ("words__len__lte", 12)),
                        name="words_one_to_twelve",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Book",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pages", models.PositiveBigIntegerField(default=0)),
                (
                    "head",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000",
                        max_length=64,
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
                        fields=("group", "id"), name="reputation_book_in_group"
                    ),
                    models.UniqueConstraint(fields=("group",), name="one_book_per_group"),
                    models.CheckConstraint(
                        condition=models.Q(("head__regex", "^[0-9a-f]{64}$")),
                        name="book_head_is_a_hash",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommentHiding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("hidden_at", models.DateTimeField()),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hidings",
                        to="reputation.comment",
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
                    "hidden_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_commenthiding_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "comment"), name="comment_hidden_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ComplaintAppeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("member", "投诉的邻居"),
                            ("respondent", "被投诉的一方"),
                            ("initiator", "团长"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("made_at", models.DateTimeField()),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="reputation.complaint",
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
                    "made_by",
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
                        fields=("group", "id"), name="reputation_complaintappeal_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "complaint"), name="one_appeal_per_complaint"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ("member", "respondent"))),
                        name="complaint_appeal_side_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ComplaintFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("member", "投诉的邻居"),
                            ("respondent", "被投诉的一方"),
                            ("initiator", "团长"),
                        ],
                        max_length=10,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("picture", "照片"), ("pdf", "PDF 文件")], max_length=7
                    ),
                ),
                ("file", models.FileField(upload_to="complaints/")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="reputation.complaint",
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
                        fields=("group", "id"), name="reputation_complaintfile_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "complaint", "side", "position"),
                        name="complaint_file_position_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                        name="complaint_files_at_most_four",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["picture", "pdf"])),
                        name="complaint_file_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ("member", "respondent"))),
                        name="complaint_file_side_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ComplaintMark",
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
                            ("answer_24", "24 小时没答复"),
                            ("answer_48", "48 小时没答复"),
                            ("ruling_late", "到点没裁定"),
                        ],
                        max_length=11,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="reputation.complaint",
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
                        fields=("group", "id"), name="reputation_complaintmark_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "complaint", "kind"), name="complaint_mark_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["answer_24", "answer_48", "ruling_late"])),
                        name="complaint_mark_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RatingAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("answered_at", models.DateTimeField()),
                (
                    "answered_by",
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
                    "rating",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="reputation.rating",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_ratinganswer_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "rating"), name="rating_answered_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RatingPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("file", models.FileField(upload_to="ratings/")),
                ("sha256", models.CharField(max_length=64)),
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
                    "rating",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="reputation.rating",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_ratingphoto_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "rating", "position"), name="rating_photo_position_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                        name="rating_photos_at_most_four",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Response",
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
                ("remedy_by", models.DateField(null=True)),
                ("answered_at", models.DateTimeField()),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="reputation.complaint",
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
                        fields=("group", "id"), name="reputation_response_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "complaint"), name="one_response_per_complaint"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["apology", "remedy", "explanation", "denial"])
                        ),
                        name="response_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "remedy"),
                                ("remedy_by__isnull", False),
                                ("remedy_fen__gt", 0),
                                ("remedy_fen__lt", 10000000000),
                            ),
                            models.Q(
                                models.Q(("kind", "remedy"), _negated=True),
                                ("remedy_by__isnull", True),
                                ("remedy_fen__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="response_remedy_iff_promised",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ruling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("instance", models.PositiveSmallIntegerField(default=1)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("upheld", "属实"),
                            ("partly", "部分属实"),
                            ("not_upheld", "不成立"),
                            ("abusive", "滥用投诉"),
                            ("agreed", "双方谈妥"),
                            ("withdrawn", "已撤回"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        blank=True,
                        choices=[("light", "轻"), ("serious", "重"), ("grave", "很重")],
                        max_length=7,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("resumes_sale", models.BooleanField(default=False)),
                ("decided_at", models.DateTimeField()),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rulings",
                        to="reputation.complaint",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
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
                    "panel",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reputation.panel",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_ruling_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "complaint", "instance"), name="one_outcome_per_complaint"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "verdict__in",
                                [
                                    "upheld",
                                    "partly",
                                    "not_upheld",
                                    "abusive",
                                    "agreed",
                                    "withdrawn",
                                ],
                            )
                        ),
                        name="ruling_verdict_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("instance", 1),
                            models.Q(("instance", 2), ("panel__isnull", False)),
                            _connector="OR",
                        ),
                        name="ruling_review_is_a_panels",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("severity__in", ["light", "serious", "grave"]),
                                ("verdict__in", ("upheld", "partly")),
                            ),
                            models.Q(
                                models.Q(("verdict__in", ("upheld", "partly")), _negated=True),
                                ("severity", ""),
                            ),
                            _connector="OR",
                        ),
                        name="ruling_severity_iff_found",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", False),
                            ("panel__isnull", False),
                            ("verdict", "agreed"),
                            _connector="OR",
                        ),
                        name="ruling_has_author",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sanction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("warning", "警告"),
                            ("notice", "公示"),
                            ("suspension", "停团"),
                            ("removal", "清退"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "broken",
                    models.CharField(
                        choices=[
                            ("short", "送货不足"),
                            ("late", "送货迟到"),
                            ("ruled", "投诉裁定属实"),
                            ("grave", "严重投诉裁定属实"),
                            ("papers", "证件过期"),
                            ("inspection", "验货没通过"),
                            ("silent", "到点没答复"),
                            ("other", "别的群规"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "pages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveBigIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(null=True)),
                ("table_version", models.PositiveIntegerField()),
                ("decided_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("appeal_until", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[("in_force", "生效中"), ("over", "到期了"), ("lifted", "解除了")],
                        default="in_force",
                        max_length=8,
                    ),
                ),
                (
                    "lifted_how",
                    models.CharField(
                        blank=True,
                        choices=[("appeal", "申诉成立"), ("initiator", "团长解除")],
                        max_length=9,
                    ),
                ),
                ("lifted_reason", models.CharField(blank=True, max_length=300)),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
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
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "ret",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.return",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reputation.sanctionproposal",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["group", "merchant"], name="sanction_of_merchant"),
                    models.Index(
                        condition=models.Q(("status", "in_force")),
                        fields=["ends_at"],
                        name="sanction_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_sanction_in_group"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("proposal__isnull", False)),
                        fields=("group", "proposal"),
                        name="one_sanction_per_proposal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["in_force", "over", "lifted"])),
                        name="sanction_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ["warning", "notice", "suspension", "removal"])
                        ),
                        name="sanction_level_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "broken__in",
                                [
                                    "short",
                                    "late",
                                    "ruled",
                                    "grave",
                                    "papers",
                                    "inspection",
                                    "silent",
                                    "other",
                                ],
                            )
                        ),
                        name="sanction_rule_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("pages__len__gte", 1), ("ret__isnull", False), _connector="OR"
                        ),
                        name="sanction_has_evidence",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("days__isnull", True),
                                ("ends_at__isnull", True),
                                ("level", "removal"),
                            ),
                            models.Q(
                                models.Q(("level", "removal"), _negated=True),
                                ("days__gte", 1),
                                ("days__lte", 365),
                                ("ends_at__gt", models.F("decided_at")),
                            ),
                            _connector="OR",
                        ),
                        name="sanction_ends_unless_removal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", "lifted"),
                                models.Q(("lifted_how", ""), _negated=True),
                                ("lifted_at__isnull", False),
                            ),
                            models.Q(
                                models.Q(("status", "lifted"), _negated=True),
                                ("lifted_at__isnull", True),
                                ("lifted_how", ""),
                            ),
                            _connector="OR",
                        ),
                        name="sanction_lifted_iff_said_how",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("drawn_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(null=True)),
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "panel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="reputation.panel",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_seat_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "panel", "member"), name="one_seat_each"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "panel", "position"), name="seat_position_unique"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("member", "投诉的邻居"),
                            ("respondent", "被投诉的一方"),
                            ("initiator", "团长"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("made_at", models.DateTimeField()),
                ("member_yes_at", models.DateTimeField(null=True)),
                ("respondent_yes_at", models.DateTimeField(null=True)),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suggestions",
                        to="reputation.complaint",
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
                    "made_by",
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
                        fields=("group", "id"), name="reputation_suggestion_in_group"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("member_yes_at__isnull", False), ("respondent_yes_at__isnull", False)
                        ),
                        fields=("group", "complaint"),
                        name="one_agreement_per_complaint",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ["member", "respondent", "initiator"])),
                        name="suggestion_side_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UsefulTap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("household_no", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField()),
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "rating",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taps",
                        to="reputation.rating",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_usefultap_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "rating", "household_no"), name="useful_once_per_household"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RemedyDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
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
                    "ret",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.return",
                    ),
                ),
                (
                    "response",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="reputation.response",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_remedydelivery_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "response"), name="remedy_delivered_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ret__isnull", False), ("confirmed_by__isnull", False), _connector="OR"
                        ),
                        name="remedy_delivery_is_shown",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RulingRating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stars", models.PositiveSmallIntegerField()),
                ("rated_at", models.DateTimeField()),
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
                    "ruling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
                        to="reputation.ruling",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_rulingrating_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "ruling"), name="one_rating_per_ruling"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stars__gte", 1), ("stars__lte", 5)),
                        name="ruling_rating_stars",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SanctionAppeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "等三位邻居评议"),
                            ("granted", "申诉成立"),
                            ("refused", "维持原来的处分"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
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
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sanction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reputation.sanction",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_sanctionappeal_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "sanction"), name="one_appeal_per_sanction"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "granted", "refused"])),
                        name="sanction_appeal_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("status", "waiting")),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="sanction_appeal_decided_iff_said",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("choice", models.CharField(max_length=20)),
                ("reason", models.CharField(max_length=500)),
                ("voted_at", models.DateTimeField()),
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
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="reputation.seat",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="reputation_vote_in_group"
                    ),
                    models.UniqueConstraint(fields=("group", "seat"), name="one_vote_per_seat"),
                ],
            },
        ),
    ]
