"""Helpers count what comes, the rest comes later, one batch is stopped, a denial shows evidence."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groups", "0008_login_links_guards"), ("orders", "0023_papers_guards")]

    operations = [
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
            model_name="deliveryline",
            name="unshared",
            field=models.DecimalField(decimal_places=3, max_digits=12, null=True),
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
        migrations.RemoveConstraint(model_name="hold", name="hold_kind_known"),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["inspection", "incident", "shares"])),
                name="hold_kind_known",
            ),
        ),
        migrations.RemoveConstraint(model_name="hold", name="one_standing_hold"),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("group", "round", "offer", "batch", "kind"),
                name="one_standing_hold",
                nulls_distinct=False,
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
        migrations.RemoveConstraint(model_name="shortfall", name="shortfall_kind_known"),
        migrations.AddConstraint(
            model_name="shortfall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["delivery", "correction", "later", "spot", "left", "withdrawn"],
                    )
                ),
                name="shortfall_kind_known",
            ),
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
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
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
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
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
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="orders.returnanswer",
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
    ]
