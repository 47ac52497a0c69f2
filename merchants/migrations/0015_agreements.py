"""What is agreed, in versions that both sign; days that shops ask for."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def key(to: str, name: str = "+", **more: Any) -> Any:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=name, to=to, **more
    )


def row_id() -> Any:
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0008_login_links_guards"),
        ("merchants", "0014_members_side_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementDraft",
            fields=[
                ("id", row_id()),
                ("number", models.PositiveIntegerField()),
                ("commission_bp", models.PositiveIntegerField()),
                ("delivery", models.CharField(blank=True, max_length=300)),
                ("packaging", models.CharField(blank=True, max_length=300)),
                ("returns", models.CharField(blank=True, max_length=300)),
                ("rules_version", models.PositiveIntegerField()),
                ("not_before", models.DateField(null=True)),
                ("content_sha256", models.CharField(max_length=64)),
                (
                    "side",
                    models.CharField(choices=[("group", "团长"), ("shop", "商家")], max_length=5),
                ),
                ("proposed_at", models.DateTimeField()),
                ("application", key("merchants.application", "drafts")),
                ("group", key("groups.group", db_index=False)),
                ("proposed_by", key(settings.AUTH_USER_MODEL, null=True)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_agreementdraft_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "application", "number"), name="agreement_draft_number"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "id", "content_sha256"), name="agreement_draft_content"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("commission_bp__lte", 3000)),
                        name="agreement_draft_commission_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ["group", "shop"])),
                        name="agreement_draft_side_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("content_sha256__regex", "^[0-9a-f]{64}$")),
                        name="agreement_draft_hash",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementSignature",
            fields=[
                ("id", row_id()),
                (
                    "side",
                    models.CharField(choices=[("group", "团长"), ("shop", "商家")], max_length=5),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("app", "在这里签"), ("paper", "在纸上签"), ("record", "照记录")],
                        max_length=6,
                    ),
                ),
                ("refused", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("content_sha256", models.CharField(max_length=64)),
                ("photo", models.FileField(blank=True, upload_to="agreements/")),
                ("signed_at", models.DateTimeField()),
                ("draft", key("merchants.agreementdraft", "signatures")),
                ("group", key("groups.group", db_index=False)),
                ("member", key("groups.membership", null=True)),
                ("user", key(settings.AUTH_USER_MODEL, null=True)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_agreementsignature_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "draft", "side", "refused"), name="agreement_signed_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("side__in", ["group", "shop"]),
                            ("way__in", ["app", "paper", "record"]),
                        ),
                        name="agreement_signature_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("side", "shop"), ("member__isnull", False), _connector="OR"
                        ),
                        name="agreement_group_signs_by_member",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("way", "app"), _negated=True),
                            ("user__isnull", False),
                            _connector="OR",
                        ),
                        name="agreement_signed_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("member__isnull", False),
                                ("refused", False),
                                ("side", "shop"),
                                ("way", "paper"),
                                models.Q(("photo", ""), _negated=True),
                            ),
                            models.Q(models.Q(("way", "paper"), _negated=True), ("photo", "")),
                            _connector="OR",
                        ),
                        name="agreement_paper_has_photo",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="agreement",
            name="draft",
            field=key("merchants.agreementdraft", "agreements", null=True),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                fields=("group", "draft"), name="agreement_of_draft_once"
            ),
        ),
        migrations.CreateModel(
            name="AgreementNotice",
            fields=[
                ("id", row_id()),
                ("told_at", models.DateTimeField()),
                ("agreement", key("merchants.agreement")),
                ("group", key("groups.group", db_index=False)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_agreementnotice_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "agreement"), name="agreement_told_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MerchantDay",
            fields=[
                ("id", row_id()),
                ("day", models.DateField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "等团长回"),
                            ("confirmed", "留好了"),
                            ("declined", "没留"),
                            ("withdrawn", "不要了"),
                        ],
                        default="asked",
                        max_length=9,
                    ),
                ),
                ("wish", models.CharField(blank=True, max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("answer", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(null=True)),
                ("application", key("merchants.application", "days")),
                ("asked_by", key(settings.AUTH_USER_MODEL)),
                ("decided_by", key("groups.membership", null=True)),
                ("group", key("groups.group", db_index=False)),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["group", "day"], name="merchant_day_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_merchantday_in_group"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("asked", "confirmed"))),
                        fields=("group", "application", "day"),
                        name="merchant_day_asked_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["asked", "confirmed", "declined", "withdrawn"])
                        ),
                        name="merchant_day_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ("confirmed", "declined")), _negated=True),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="merchant_day_decision_has_author",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "declined"), _negated=True),
                            models.Q(("answer", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="merchant_day_no_has_reason",
                    ),
                ],
            },
        ),
    ]
