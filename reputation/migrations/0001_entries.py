import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("groups", "0008_login_links_guards"),
        ("merchants", "0012_staff_links"),
        ("orders", "0023_papers_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                            ("round_run", "按时结团"),
                            ("round_slow", "结团拖延"),
                            ("decided_late", "72 小时没决定"),
                            ("paid_late", "结团时还没付清"),
                            ("not_collected", "没来取货"),
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
                        ],
                        max_length=30,
                    ),
                ),
                ("evidence_id", models.PositiveBigIntegerField()),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("household_no", models.PositiveBigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("corrects", models.PositiveBigIntegerField(null=True)),
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
                                    "round_run",
                                    "round_slow",
                                    "decided_late",
                                    "paid_late",
                                    "not_collected",
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
    ]
