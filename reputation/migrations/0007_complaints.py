import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0009_hidden_faults"),
        ("merchants", "0020_sanctioned"),
        ("orders", "0033_suspended_guards"),
        ("reputation", "0006_ratings_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            },
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                fields=["group", "merchant", "-made_at"], name="complaint_of_merchant"
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["status", "answer_due_at"], name="complaint_by_clock"),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_complaint_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.UniqueConstraint(
                fields=("group", "number"), name="complaint_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.UniqueConstraint(
                fields=("group", "request_id"), name="complaint_request_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.UniqueConstraint(
                condition=models.Q(("line__isnull", False), ("status__in", ("open", "answered"))),
                fields=("group", "line", "made_by"),
                name="one_open_complaint_per_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("against", "merchant"),
                        ("mandate__isnull", True),
                        ("merchant__isnull", False),
                    ),
                    models.Q(
                        ("against", "initiator"), ("by_panel", True), ("mandate__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="complaint_is_against_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("category__in", ["quality", "short", "late", "unsafe", "false", "unfair"])
                ),
                name="complaint_category_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["light", "serious", "grave"])),
                name="complaint_severity_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("category", "unsafe"), _negated=True),
                    ("line__isnull", False),
                    _connector="OR",
                ),
                name="complaint_unsafe_names_goods",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answer_due_at__gt", models.F("made_at")),
                    ("mediate_until__gte", models.F("made_at")),
                    ("rule_due_at__gt", models.F("mediate_until")),
                ),
                name="complaint_clocks_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintappeal",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_complaintappeal_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintappeal",
            constraint=models.UniqueConstraint(
                fields=("group", "complaint"), name="one_appeal_per_complaint"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintappeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ("member", "respondent"))),
                name="complaint_appeal_side_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintfile",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_complaintfile_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintfile",
            constraint=models.UniqueConstraint(
                fields=("group", "complaint", "side", "position"),
                name="complaint_file_position_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                name="complaint_files_at_most_four",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["picture", "pdf"])),
                name="complaint_file_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ("member", "respondent"))),
                name="complaint_file_side_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintmark",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_complaintmark_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintmark",
            constraint=models.UniqueConstraint(
                fields=("group", "complaint", "kind"), name="complaint_mark_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintmark",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["answer_24", "answer_48", "ruling_late"])),
                name="complaint_mark_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="panel",
            index=models.Index(fields=["decided_at", "due_at"], name="panel_by_clock"),
        ),
        migrations.AddConstraint(
            model_name="panel",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_panel_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="panel",
            constraint=models.UniqueConstraint(
                fields=("group", "case", "case_id", "instance"), name="one_panel_per_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="panel",
            constraint=models.CheckConstraint(
                condition=models.Q(("case__in", ["complaint", "sanction"])), name="panel_case_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_response_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.UniqueConstraint(
                fields=("group", "complaint"), name="one_response_per_complaint"
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["apology", "remedy", "explanation", "denial"])),
                name="response_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="remedydelivery",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_remedydelivery_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="remedydelivery",
            constraint=models.UniqueConstraint(
                fields=("group", "response"), name="remedy_delivered_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="remedydelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ret__isnull", False), ("confirmed_by__isnull", False), _connector="OR"
                ),
                name="remedy_delivery_is_shown",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_ruling_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.UniqueConstraint(
                fields=("group", "complaint", "instance"), name="one_outcome_per_complaint"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "verdict__in",
                        ["upheld", "partly", "not_upheld", "abusive", "agreed", "withdrawn"],
                    )
                ),
                name="ruling_verdict_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("instance", 1),
                    models.Q(("instance", 2), ("panel__isnull", False)),
                    _connector="OR",
                ),
                name="ruling_review_is_a_panels",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", False),
                    ("panel__isnull", False),
                    ("verdict", "agreed"),
                    _connector="OR",
                ),
                name="ruling_has_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="rulingrating",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_rulingrating_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="rulingrating",
            constraint=models.UniqueConstraint(
                fields=("group", "ruling"), name="one_rating_per_ruling"
            ),
        ),
        migrations.AddConstraint(
            model_name="rulingrating",
            constraint=models.CheckConstraint(
                condition=models.Q(("stars__gte", 1), ("stars__lte", 5)), name="ruling_rating_stars"
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_seat_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                fields=("group", "panel", "member"), name="one_seat_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                fields=("group", "panel", "position"), name="seat_position_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="suggestion",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_suggestion_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="suggestion",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("member_yes_at__isnull", False), ("respondent_yes_at__isnull", False)
                ),
                fields=("group", "complaint"),
                name="one_agreement_per_complaint",
            ),
        ),
        migrations.AddConstraint(
            model_name="suggestion",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ["member", "respondent", "initiator"])),
                name="suggestion_side_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_vote_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.UniqueConstraint(fields=("group", "seat"), name="one_vote_per_seat"),
        ),
    ]
