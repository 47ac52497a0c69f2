"""Two kinds of pages say that it was a return that waited; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reputation", "0006_sanctions_guards"),
    ]

    operations = [
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
                    ("answered_late", "退货 24 小时没答复"),
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
                    ("decided_late", "退货 72 小时没决定"),
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
    ]
