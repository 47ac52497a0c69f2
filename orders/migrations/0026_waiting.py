"""The waiting list of what is sold out, how many stand in it, and orders that come from it."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

CHANNELS = [
    ("web", "网页"),
    ("jielong", "接龙"),
    ("spreadsheet", "表格"),
    ("paper", "纸条"),
    ("api", "接口"),
]


def knows(values: list[str]) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(("channel__in", values)), name="order_channel_known"
    )


def key(target: str, *, null: bool = False) -> Any:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=target, null=null
    )


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0008_login_links_guards"),
        ("orders", "0025_rest_of_a_delivery_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="waiting",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.RemoveConstraint(model_name="order", name="order_channel_known"),
        migrations.AlterField(
            model_name="order",
            name="channel",
            field=models.CharField(
                choices=[*CHANNELS, ("waiting", "候补")], default="web", max_length=11
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=knows(["web", "jielong", "spreadsheet", "paper", "api", "waiting"]),
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
                ("household", key("groups.household")),
                ("leftover", key("orders.leftover", null=True)),
                ("member", key("groups.membership")),
                ("offer", key("orders.offer")),
                ("order", key("orders.order", null=True)),
                ("round", key("orders.round")),
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
    ]
