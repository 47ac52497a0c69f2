"""Rounds delivered to the door, who looked at which door, and what will be missing."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = django.db.models.deletion.PROTECT


def key() -> tuple[str, Any]:
    return (
        "id",
        models.BigAutoField(
            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
        ),
    )


def to(target: str, **options: Any) -> Any:
    return models.ForeignKey(on_delete=PROTECT, related_name="+", to=target, **options)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("groups", "0008_login_links_guards"),
        ("orders", "0030_agreements_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="to_the_door",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="DoorView",
            fields=[
                key(),
                ("seen_at", models.DateTimeField()),
                ("group", to("groups.group", db_index=False)),
                ("order", to("orders.order")),
                ("round", to("orders.round")),
                ("seen_by", to(settings.AUTH_USER_MODEL)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_doorview_in_group"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShortNotice",
            fields=[
                key(),
                ("number", models.PositiveSmallIntegerField()),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("for_merchant", models.BooleanField()),
                ("said_at", models.DateTimeField()),
                ("group", to("groups.group", db_index=False)),
                ("offer", to("orders.offer")),
                ("round", to("orders.round")),
                ("said_by", to(settings.AUTH_USER_MODEL)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_shortnotice_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "round", "offer", "number"),
                        name="short_notice_number_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 0)), name="short_notice_not_negative"
                    ),
                ],
            },
        ),
    ]
