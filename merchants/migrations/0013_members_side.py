"""Prices seen with their picture, rulings, follows, proposals, questions, appeals."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = django.db.models.deletion.PROTECT
NO_ID: dict[str, Any] = {
    "auto_created": True,
    "primary_key": True,
    "serialize": False,
    "verbose_name": "ID",
}


def own_id() -> tuple[str, Any]:
    return ("id", models.BigAutoField(**NO_ID))


def group() -> tuple[str, Any]:
    key = models.ForeignKey(db_index=False, on_delete=PROTECT, related_name="+", to="groups.group")
    return ("group", key)


def key(to: str, related: str = "+", **how: Any) -> Any:
    return models.ForeignKey(on_delete=PROTECT, related_name=related, to=to, **how)


def in_group(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=("group", "id"), name=f"merchants_{name}_in_group")


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0008_login_links_guards"),
        ("merchants", "0012_staff_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("pricewitness", "said_fen", models.BigIntegerField(null=True)),
        migrations.AddField("pricewitness", "noted_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "pricewitness",
            "picture",
            models.FileField(blank=True, upload_to="witnesses/"),
        ),
        migrations.AddConstraint(
            "pricewitness",
            models.CheckConstraint(
                condition=models.Q(
                    ("noted_at__isnull", True),
                    ("seen_at__lte", models.F("noted_at")),
                    _connector="OR",
                ),
                name="witness_saw_before_it_was_noted",
            ),
        ),
        migrations.AddConstraint(
            "pricewitness",
            models.CheckConstraint(
                condition=models.Q(
                    ("said_fen__isnull", True),
                    models.Q(models.Q(("picture", ""), _negated=True), ("noted_at__isnull", False)),
                    _connector="OR",
                ),
                name="witness_brings_a_picture",
            ),
        ),
        migrations.CreateModel(
            name="PriceRuling",
            fields=[
                own_id(),
                ("stands", models.BooleanField()),
                ("reason", models.CharField(max_length=300)),
                ("ruled_at", models.DateTimeField()),
                group(),
                ("ruled_by", key("groups.membership")),
                (
                    "witness",
                    models.OneToOneField(
                        on_delete=PROTECT, related_name="ruling", to="merchants.pricewitness"
                    ),
                ),
            ],
            options={"abstract": False, "constraints": [in_group("priceruling")]},
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                own_id(),
                ("since", models.DateTimeField()),
                group(),
                ("member", key("groups.membership")),
                ("merchant", key("merchants.merchant")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    in_group("follow"),
                    models.UniqueConstraint(
                        fields=("group", "merchant", "member"), name="follow_once_per_merchant"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                own_id(),
                ("name", models.CharField(max_length=40)),
                ("name_key", models.CharField(max_length=120)),
                ("reason", models.CharField(max_length=300)),
                ("proposed_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "等团长"), ("invited", "去请了"), ("declined", "不请")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=300)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", key("groups.membership", null=True)),
                group(),
                ("link", key("merchants.shoplink", null=True)),
                ("proposed_by", key("groups.membership")),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["group", "status"], name="proposal_by_status")],
                "constraints": [
                    in_group("proposal"),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("group", "name"),
                        name="one_open_proposal_of_a_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "invited", "declined"])),
                        name="proposal_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answered_at__isnull", True),
                                ("answered_by__isnull", True),
                                ("status", "open"),
                            ),
                            models.Q(
                                models.Q(("status", "open"), _negated=True),
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_answer_has_author",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "invited"), _negated=True),
                            ("link__isnull", False),
                            _connector="OR",
                        ),
                        name="proposal_invitation_has_link",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Backing",
            fields=[
                own_id(),
                ("at", models.DateTimeField()),
                group(),
                ("household", key("groups.household")),
                ("member", key("groups.membership")),
                ("proposal", key("merchants.proposal", "backings")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    in_group("backing"),
                    models.UniqueConstraint(
                        fields=("group", "proposal", "household"),
                        name="backing_once_per_household",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                own_id(),
                ("text", models.CharField(max_length=300)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", key("groups.membership")),
                group(),
                ("merchant", key("merchants.merchant")),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["group", "merchant", "-asked_at"], name="question_newest")
                ],
                "constraints": [in_group("question")],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                own_id(),
                ("text", models.CharField(max_length=500)),
                ("if_it_fails", models.CharField(max_length=300)),
                ("answered_at", models.DateTimeField()),
                ("answered_by", key(settings.AUTH_USER_MODEL)),
                group(),
                ("question", key("merchants.question", "answers")),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["group", "question", "answered_at"], name="answer_in_order"
                    )
                ],
                "constraints": [in_group("answer")],
            },
        ),
        migrations.CreateModel(
            name="QuestionHiding",
            fields=[
                own_id(),
                ("reason", models.CharField(max_length=300)),
                ("hidden_at", models.DateTimeField()),
                group(),
                ("hidden_by", key("groups.membership")),
                (
                    "question",
                    models.OneToOneField(
                        on_delete=PROTECT, related_name="hiding", to="merchants.question"
                    ),
                ),
            ],
            options={"abstract": False, "constraints": [in_group("questionhiding")]},
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                own_id(),
                ("rejected_at", models.DateTimeField()),
                ("text", models.CharField(max_length=500)),
                ("made_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "等答复"),
                            ("granted", "重新审核"),
                            ("refused", "维持原来的决定"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=300)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", key("groups.membership", null=True)),
                ("application", key("merchants.application")),
                group(),
                ("made_by", key(settings.AUTH_USER_MODEL)),
                ("rejected_by", key("groups.membership")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    in_group("appeal"),
                    models.UniqueConstraint(
                        fields=("group", "application", "rejected_at"),
                        name="one_appeal_per_rejection",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "granted", "refused"])),
                        name="appeal_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answered_at__isnull", True),
                                ("answered_by__isnull", True),
                                ("status", "waiting"),
                            ),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="appeal_answer_has_author",
                    ),
                ],
            },
        ),
    ]
