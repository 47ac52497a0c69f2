"""Goods that may be unsafe stay in the bags until the complaint is ruled, and then until decided."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0030_suspended_guards")]

    operations = [
        migrations.RemoveConstraint(model_name="hold", name="hold_released_with_reason"),
        migrations.RemoveConstraint(model_name="hold", name="hold_kind_known"),
        migrations.AddField(
            model_name="salestop",
            name="found_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="hold",
            name="kind",
            field=models.CharField(
                choices=[
                    ("inspection", "验货没通过"),
                    ("incident", "同一批有问题"),
                    ("shares", "少了，等团长分"),
                    ("complaint", "有邻居投诉吃了怕出事"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=["inspection", "incident", "shares", "complaint"]),
                name="hold_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True, release_reason="")
                | (
                    (Q(released_by__isnull=False) | Q(kind="complaint"))
                    & Q(released_at__gte=F("held_at"))
                    & ~Q(release_reason="")
                ),
                name="hold_released_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="salestop",
            constraint=models.CheckConstraint(
                condition=Q(found_at__isnull=True) | Q(found_at__gte=F("stopped_at")),
                name="sale_stop_found_after_it_began",
            ),
        ),
    ]
