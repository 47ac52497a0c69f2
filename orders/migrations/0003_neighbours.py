"""Who may order for whom, who pays and fetches such an order, and which payment settled a return."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0002_guards"),
        ("orders", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Proxy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("asked", "托我代下单"),
                            ("yes", "可以帮我下单"),
                            ("no", "不要帮我下单"),
                        ],
                        max_length=5,
                    ),
                ),
                ("said_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="order",
            name="proxy_collects",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="order",
            name="proxy_pays",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="return",
            name="repayment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("proxy_collects", False), ("proxy_pays", False)),
                    models.Q(("placed_by", models.F("member")), _negated=True),
                    _connector="OR",
                ),
                name="order_proxy_is_another_person",
            ),
        ),
        migrations.AddField(
            model_name="proxy",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddField(
            model_name="proxy",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.membership",
            ),
        ),
        migrations.AddField(
            model_name="proxy",
            name="proxy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.membership",
            ),
        ),
        migrations.AddField(
            model_name="proxy",
            name="said_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groups.membership",
            ),
        ),
        migrations.AddConstraint(
            model_name="proxy",
            constraint=models.UniqueConstraint(
                fields=("group", "id"), name="orders_proxy_in_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="proxy",
            constraint=models.UniqueConstraint(
                fields=("group", "member", "proxy"), name="proxy_once_per_pair"
            ),
        ),
        migrations.AddConstraint(
            model_name="proxy",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer__in", ["asked", "yes", "no"])),
                name="proxy_answer_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="proxy",
            constraint=models.CheckConstraint(
                condition=models.Q(("member", models.F("proxy")), _negated=True),
                name="proxy_is_another_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="proxy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", "asked"), ("said_by", models.F("proxy"))),
                    models.Q(("answer__in", ("yes", "no")), ("said_by", models.F("member"))),
                    _connector="OR",
                ),
                name="proxy_said_by_whose_word_it_is",
            ),
        ),
    ]
