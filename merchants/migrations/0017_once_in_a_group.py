"""Rulings and hidings are unique within their group, as every other key."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

PROTECT = django.db.models.deletion.PROTECT


def key(to: str, related: str) -> Any:
    return models.ForeignKey(on_delete=PROTECT, related_name=related, to=to)


class Migration(migrations.Migration):
    dependencies = [("merchants", "0016_agreements_guards")]

    operations = [
        migrations.AlterField("priceruling", "witness", key("merchants.pricewitness", "rulings")),
        migrations.AddConstraint(
            "priceruling",
            models.UniqueConstraint(fields=("group", "witness"), name="price_ruled_once"),
        ),
        migrations.AlterField("questionhiding", "question", key("merchants.question", "hidings")),
        migrations.AddConstraint(
            "questionhiding",
            models.UniqueConstraint(fields=("group", "question"), name="question_hidden_once"),
        ),
    ]
