"""Goods announced, arriving short, photographed, inspected, and in batches."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0008_login_links_guards"),
        ("orders", "0016_aftersales_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lot", models.CharField(max_length=40)),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("produced_on", models.DateField(null=True)),
                ("expires_on", models.DateField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BatchPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=9)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DeliveryNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("arrives_from", models.DateTimeField()),
                ("arrives_until", models.DateTimeField()),
                ("car", models.CharField(blank=True, max_length=20)),
                ("driver", models.CharField(blank=True, max_length=30)),
                ("batch", models.CharField(blank=True, max_length=60)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("for_merchant", models.BooleanField()),
                ("said_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DeliveryPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("file", models.FileField(upload_to="deliveries/")),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Inspection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("passed", "验货通过"), ("failed", "验货没通过")], max_length=6
                    ),
                ),
                ("checks", models.JSONField()),
                ("temperature", models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="corrected_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="inspection_due",
            field=models.CharField(
                blank=True,
                choices=[("first", "这家第一次给本群送货"), ("drawn", "按规则抽到")],
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="deliveryline",
            name="damaged",
            field=models.DecimalField(db_default=0, decimal_places=3, default=0, max_digits=12),
        ),
        migrations.AddField(
            model_name="deliveryline",
            name="note",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="deliveryline",
            name="sharing",
            field=models.CharField(
                blank=True,
                choices=[
                    ("order", "先下单的先给"),
                    ("evenly", "按比例，大家都少一点"),
                    ("hand", "自己填"),
                ],
                db_default="",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="deliveryline",
            name="weighed",
            field=models.DecimalField(decimal_places=3, max_digits=12, null=True),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("inspection_due__in", ["", "first", "drawn"])),
                name="delivery_due_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("damaged__gte", 0),
                    (
                        "damaged__lte",
                        django.db.models.functions.comparison.Coalesce(
                            models.F("weighed"), models.F("delivered")
                        ),
                    ),
                ),
                name="delivery_damaged_within_what_came",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryline",
            constraint=models.CheckConstraint(
                condition=models.Q(("sharing__in", ["", "order", "evenly", "hand"])),
                name="delivery_sharing_known",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="delivery_line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="batches",
                to="orders.deliveryline",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="batchpart",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="orders.batch"
            ),
        ),
        migrations.AddField(
            model_name="batchpart",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="batchpart",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.orderline"
            ),
        ),
        migrations.AddField(
            model_name="deliverynotice",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="deliverynotice",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.round"
            ),
        ),
        migrations.AddField(
            model_name="deliverynotice",
            name="said_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="deliveryphoto",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.membership",
            ),
        ),
        migrations.AddField(
            model_name="deliveryphoto",
            name="delivery",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="photos",
                to="orders.delivery",
            ),
        ),
        migrations.AddField(
            model_name="deliveryphoto",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="deliveryphoto",
            name="offer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.offer",
            ),
        ),
        migrations.AddField(
            model_name="inspection",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.membership",
            ),
        ),
        migrations.AddField(
            model_name="inspection",
            name="delivery",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.delivery"
            ),
        ),
        migrations.AddField(
            model_name="inspection",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_batch_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                fields=("group", "delivery_line", "lot"), name="batch_lot_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="batch_quantity_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("produced_on__isnull", True),
                    ("expires_on__isnull", True),
                    ("expires_on__gte", models.F("produced_on")),
                    _connector="OR",
                ),
                name="batch_expires_after_production",
            ),
        ),
        migrations.AddConstraint(
            model_name="batchpart",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_batchpart_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="batchpart",
            constraint=models.UniqueConstraint(
                fields=("group", "batch", "line"), name="batch_once_per_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="batchpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="batch_part_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="deliverynotice",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_deliverynotice_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="deliverynotice",
            constraint=models.UniqueConstraint(
                fields=("group", "round", "number"), name="delivery_notice_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="deliverynotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("arrives_until__gt", models.F("arrives_from"))),
                name="delivery_notice_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryphoto",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_deliveryphoto_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryphoto",
            constraint=models.UniqueConstraint(
                fields=("group", "delivery", "position"), name="delivery_photo_position_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", 8)),
                name="delivery_photos_at_most_eight",
            ),
        ),
        migrations.AddConstraint(
            model_name="inspection",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_inspection_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="inspection",
            constraint=models.UniqueConstraint(
                fields=("group", "delivery"), name="one_inspection_per_delivery"
            ),
        ),
        migrations.AddConstraint(
            model_name="inspection",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["passed", "failed"])),
                name="inspection_verdict_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="inspection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("temperature__isnull", True),
                    models.Q(("temperature__gte", -60), ("temperature__lte", 100)),
                    _connector="OR",
                ),
                name="inspection_temperature_bounds",
            ),
        ),
    ]
