"""What came since the last release, in one step."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "__first__"),
        ("groups", "0010_ledger_heads"),
        ("merchants", "0010_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="merchants.application",
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
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
            name="AgreementNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("told_at", models.DateTimeField()),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.agreement",
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
                        fields=("group", "id"), name="merchants_agreementnotice_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "agreement"), name="agreement_told_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.application",
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
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rejected_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_appeal_in_group"
                    ),
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
        migrations.CreateModel(
            name="Follow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_follow_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "merchant", "member"), name="follow_once_per_merchant"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MerchantDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="merchants.application",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
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
        migrations.CreateModel(
            name="PriceRuling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stands", models.BooleanField()),
                ("reason", models.CharField(max_length=300)),
                ("ruled_at", models.DateTimeField()),
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
                    "ruled_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rulings",
                        to="merchants.pricewitness",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_priceruling_in_group"
                    ),
                    models.UniqueConstraint(fields=("group", "witness"), name="price_ruled_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProcessPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("photo", models.FileField(upload_to="items/")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="process_photos",
                        to="merchants.item",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "position"), name="process_photo_position_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                        name="process_photos_at_most_four",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
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
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.shoplink",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["group", "status"], name="proposal_by_status")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_proposal_in_group"
                    ),
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
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("asked_at", models.DateTimeField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
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
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["group", "merchant", "-asked_at"], name="question_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_question_in_group"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "used_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "number"), name="staff_link_number_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="staff_link_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("used_at__isnull", True), ("used_by__isnull", True)),
                            models.Q(("used_at__isnull", False), ("used_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="staff_link_used_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="merchants.agreementdraft",
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
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                            ("side__in", ["group", "shop"]), ("way__in", ["app", "paper", "record"])
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
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("if_it_fails", models.CharField(max_length=300)),
                ("answered_at", models.DateTimeField()),
                (
                    "answered_by",
                    models.ForeignKey(
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
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="merchants.question",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["group", "question", "answered_at"], name="answer_in_order"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_answer_in_group"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Backing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
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
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.household",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="backings",
                        to="merchants.proposal",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_backing_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "proposal", "household"), name="backing_once_per_household"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionHiding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("hidden_at", models.DateTimeField()),
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
                    "hidden_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hidings",
                        to="merchants.question",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_questionhiding_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "question"), name="question_hidden_once"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="application",
            name="complaint_answer_due",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="complaint_ruling_due",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="complaints_to_answer",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="application",
            name="complaints_to_rule",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="application",
            name="rated",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="application",
            name="recognised_month",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="sanction",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="application",
            name="sanction_last_day",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="sanctions_proposed",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="application",
            name="standing_facts",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="pricewitness",
            name="noted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pricewitness",
            name="picture",
            field=models.FileField(blank=True, upload_to="witnesses/"),
        ),
        migrations.AddField(
            model_name="pricewitness",
            name="said_fen",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="pricewitness",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("noted_at__isnull", True),
                    ("seen_at__lte", models.F("noted_at")),
                    _connector="OR",
                ),
                name="witness_saw_before_it_was_noted",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricewitness",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("said_fen__isnull", True),
                    models.Q(models.Q(("picture", ""), _negated=True), ("noted_at__isnull", False)),
                    _connector="OR",
                ),
                name="witness_brings_a_picture",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="draft",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="agreements",
                to="merchants.agreementdraft",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                fields=("group", "draft"), name="agreement_of_draft_once"
            ),
        ),
    ]
