import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0010_ledger_heads"),
        ("merchants", "0020_sanctioned"),
        ("orders", "0035_sale_stops"),
        ("reputation", "0008_complaints_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
        migrations.AddIndex(
            model_name="sanctionproposal",
            index=models.Index(fields=["group", "status"], name="sanction_proposal_by_status"),
        ),
        migrations.AddConstraint(
            model_name="sanctionproposal",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_sanctionproposal_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="sanctionproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "accepted", "dismissed"])),
                name="sanction_proposal_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanctionproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["warning", "notice", "suspension", "removal"])),
                name="sanction_proposal_level_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanctionproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("pages__len__gte", 1)), name="sanction_proposal_has_evidence"
            ),
        ),
        migrations.AddConstraint(
            model_name="sanctionproposal",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(fields=["group", "merchant"], name="sanction_of_merchant"),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(
                condition=models.Q(("status", "in_force")), fields=["ends_at"], name="sanction_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="reputation_sanction_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("proposal__isnull", False)),
                fields=("group", "proposal"),
                name="one_sanction_per_proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["in_force", "over", "lifted"])),
                name="sanction_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["warning", "notice", "suspension", "removal"])),
                name="sanction_level_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(("pages__len__gte", 1), ("ret__isnull", False), _connector="OR"),
                name="sanction_has_evidence",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("days__isnull", True), ("ends_at__isnull", True), ("level", "removal")
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
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
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
        ),
    ]
