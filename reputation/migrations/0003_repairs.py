from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0009_hidden_faults"),
        ("merchants", "0018_process_photos"),
        ("orders", "0033_suspended_guards"),
        ("reputation", "0002_entries_guards"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="entry",
            name="entry_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="entry",
            name="entry_evidence_known",
        ),
        migrations.AddField(
            model_name="entry",
            name="repairs",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="entry",
            name="evidence",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
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
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "repaired"), ("repairs__isnull", False), ("weight_milli__gte", 0)
                    ),
                    models.Q(
                        models.Q(("kind", "repaired"), _negated=True), ("repairs__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="entry_repairs_iff_repaired",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("repairs__isnull", True), ("repairs__lt", models.F("number")), _connector="OR"
                ),
                name="entry_repairs_an_earlier_one",
            ),
        ),
    ]
