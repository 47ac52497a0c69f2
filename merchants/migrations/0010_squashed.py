"""Merchants as of 0010: shops, goods, approvals, agreements, papers, checks, reminders.

One step instead of the 10 it replaces: every table as it was after them, then what the database
itself refuses. An installation that went through them goes on from their last one; one that stopped
half-way finishes them first.
"""

from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COMPOSITE_KEYS = [
    ("merchants_application", "decided_by_id", "groups_membership"),
    ("merchants_agreement", "application_id", "merchants_application"),
    ("merchants_agreement", "agreed_by_id", "groups_membership"),
    ("merchants_pricewitness", "witness_id", "groups_membership"),
    ("merchants_shoplink", "made_by_id", "groups_membership"),
    ("merchants_linecheck", "application_id", "merchants_application"),
    ("merchants_linecheck", "line_id", "merchants_checklistline"),
    ("merchants_linecheck", "checked_by_id", "groups_membership"),
    ("merchants_likenesscleared", "application_id", "merchants_application"),
    ("merchants_likenesscleared", "cleared_by_id", "groups_membership"),
]

MOVES = {
    "merchants_application": (
        "draft>submitted,draft>exited,submitted>in_review,submitted>exited,in_review>approved,"
        "in_review>changes_asked,in_review>rejected,changes_asked>submitted,changes_asked>exited,"
        "approved>suspended,approved>in_review,approved>exited,suspended>approved,"
        "suspended>exited,rejected>submitted,exited>submitted"
    ),
}

# and the free text that may be emptied when a person is erased: no figures
APPEND_ONLY = [
    ("merchants_agreement",),
    ("merchants_pricewitness", "place"),
    ("merchants_linecheck", "note"),
    ("merchants_likenesscleared", "note"),
]

# A paper stays what it was when it was looked at: only taking it back, the loss of its file and of
# a name in its issuer are changes. Another paper is another row.
PAPERS = """
create function merchants_document_stays() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'UPDATE'
        and (new.file = old.file or (new.file = '' and new.withdrawn_at is not null))
        and (old.withdrawn_at is null or new.withdrawn_at = old.withdrawn_at)
        and to_jsonb(new) - array['issuer', 'file', 'withdrawn_at']
          = to_jsonb(old) - array['issuer', 'file', 'withdrawn_at']
    then
        return new;
    end if;
    raise exception using
        errcode = 'restrict_violation',
        message = format('a document stays as it came in: %s is refused', tg_op),
        hint = 'Add another document.';
end
$$;
create trigger merchants_document_stays before update or delete on merchants_document
    for each row execute function merchants_document_stays();
"""

DROP_PAPERS = """
drop trigger merchants_document_stays on merchants_document;
drop function merchants_document_stays();
"""


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def checked_moves(table: str, moves: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_moves before update of status on {table}"
        f" for each row execute function core_check_move('{moves}')",
        f"drop trigger {table}_moves on {table}",
    )


def append_only(table: str, *texts: str) -> migrations.RunSQL:
    allowed = ", ".join(f"'{text}'" for text in texts)
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({allowed});"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("merchants", "0001_initial"),
        ("merchants", "0002_guards"),
        ("merchants", "0003_erasures_guards"),
        ("merchants", "0004_documents"),
        ("merchants", "0005_documents_guards"),
        ("merchants", "0006_onboarding"),
        ("merchants", "0007_onboarding_guards"),
        ("merchants", "0008_vetting"),
        ("merchants", "0009_vetting_guards"),
        ("merchants", "0010_expiry"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("core", "0010_squashed"),
        ("groups", "0008_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Merchant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("legal_name", models.CharField(max_length=80)),
                ("brand", models.CharField(max_length=40)),
                ("brand_key", models.CharField(blank=True, max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("single", "单店"), ("chain", "连锁")],
                        default="single",
                        max_length=6,
                    ),
                ),
                ("stores", models.PositiveIntegerField(default=1)),
                (
                    "credit_code",
                    models.CharField(blank=True, max_length=18, null=True, unique=True),
                ),
                ("contact", models.CharField(blank=True, max_length=40)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["single", "chain"])),
                        name="merchant_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "single"), ("stores", 1)),
                            models.Q(("kind", "chain"), ("stores__gte", 1)),
                            _connector="OR",
                        ),
                        name="merchant_stores_fit_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credit_code__isnull", True),
                            ("credit_code__regex", "^[0-9A-HJ-NPQRTUWXY]{18}$"),
                            _connector="OR",
                        ),
                        name="merchant_credit_code_shape",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("spec", models.CharField(blank=True, max_length=40)),
                ("unit", models.CharField(max_length=8)),
                ("step", models.DecimalField(decimal_places=3, default=Decimal("1"), max_digits=9)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("vegetables", "蔬菜"),
                            ("fruit", "水果"),
                            ("beef", "牛羊肉"),
                            ("pork", "猪肉"),
                            ("poultry", "禽肉"),
                            ("seafood", "水产"),
                            ("eggs", "蛋"),
                            ("dairy", "奶"),
                            ("grain", "米面粮油"),
                            ("dumplings", "面点饺子"),
                            ("bakery", "烘焙"),
                            ("cooked", "熟食"),
                            ("snacks", "零食干货"),
                            ("household", "日用"),
                        ],
                        max_length=12,
                    ),
                ),
                ("store_price_fen", models.BigIntegerField()),
                ("origin", models.CharField(blank=True, max_length=60)),
                ("shelf_life", models.CharField(blank=True, max_length=40)),
                ("storage", models.CharField(blank=True, max_length=60)),
                ("description", models.CharField(blank=True, max_length=500)),
                ("photo", models.FileField(blank=True, upload_to="items/")),
                ("video_url", models.URLField(blank=True)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="merchants.merchant",
                    ),
                ),
                ("group_price_fen", models.BigIntegerField(null=True)),
                ("price_proof", models.FileField(blank=True, upload_to="items/")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "name", "spec"), name="item_name_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("store_price_fen__gt", 0), ("store_price_fen__lt", 100000000)
                        ),
                        name="item_store_price_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("step__gt", 0), ("step__lte", 1000)),
                        name="item_step_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "category__in",
                                [
                                    "vegetables",
                                    "fruit",
                                    "beef",
                                    "pork",
                                    "poultry",
                                    "seafood",
                                    "eggs",
                                    "dairy",
                                    "grain",
                                    "dumplings",
                                    "bakery",
                                    "cooked",
                                    "snacks",
                                    "household",
                                ],
                            )
                        ),
                        name="item_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("group_price_fen__isnull", True),
                            models.Q(
                                ("group_price_fen__gt", 0),
                                ("group_price_fen__lt", models.F("store_price_fen")),
                            ),
                            _connector="OR",
                        ),
                        name="item_group_price_under_store_price",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("submitted", "已提交"),
                            ("in_review", "审核中"),
                            ("changes_asked", "要补材料"),
                            ("approved", "已通过"),
                            ("rejected", "未通过"),
                            ("suspended", "停团"),
                            ("exited", "已退出"),
                        ],
                        default="draft",
                        max_length=13,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("submitted_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "band",
                    models.CharField(
                        choices=[
                            ("good", "良好"),
                            ("fair", "一般"),
                            ("watch", "观察"),
                            ("new", "新"),
                        ],
                        default="new",
                        max_length=8,
                    ),
                ),
                ("score_bp", models.PositiveIntegerField(null=True)),
                ("entries", models.PositiveIntegerField(default=0)),
                ("standing_as_of", models.DateTimeField(null=True)),
                ("formula_version", models.PositiveSmallIntegerField(null=True)),
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
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="merchants.merchant",
                    ),
                ),
                ("delivery_promise", models.CharField(blank=True, max_length=300)),
                ("packaging_promise", models.CharField(blank=True, max_length=300)),
                ("returns_promise", models.CharField(blank=True, max_length=300)),
                (
                    "papers_required",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("vetted_since", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["group", "status"], name="application_by_status")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_application_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "merchant"), name="one_application_per_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "draft",
                                    "submitted",
                                    "in_review",
                                    "changes_asked",
                                    "approved",
                                    "rejected",
                                    "suspended",
                                    "exited",
                                ],
                            )
                        ),
                        name="application_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("band__in", ["good", "fair", "watch", "new"])),
                        name="application_band_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ("approved", "rejected", "suspended")), _negated=True
                            ),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="application_decision_has_author",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ("rejected", "suspended", "changes_asked")),
                                _negated=True,
                            ),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="application_refusal_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MerchantStaff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(choices=[("owner", "店主"), ("helper", "店员")], max_length=6),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "user"), name="staff_once_per_merchant"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("role", "owner")),
                        fields=("merchant",),
                        name="one_owner_per_merchant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "helper"])),
                        name="staff_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceWitness",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("price_fen", models.BigIntegerField()),
                ("place", models.CharField(max_length=60)),
                ("seen_at", models.DateTimeField()),
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
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.item",
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "item", "-seen_at"], name="witness_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_pricewitness_in_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price_fen__gt", 0), ("price_fen__lt", 100000000)),
                        name="witness_price_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("commission_bp", models.PositiveIntegerField()),
                ("valid_from", models.DateTimeField()),
                (
                    "agreed_by",
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
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="merchants.application",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_agreement_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "application", "valid_from"), name="agreement_from_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("commission_bp__lte", 3000)),
                        name="agreement_commission_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("licence", "营业执照"),
                            ("food", "食品经营许可证"),
                            ("production", "食品生产许可证"),
                            ("health", "健康证"),
                            ("report", "检测报告"),
                            ("brand", "品牌授权书"),
                            ("other", "其他证明"),
                        ],
                        max_length=10,
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("issuer", models.CharField(blank=True, max_length=60)),
                ("valid_from", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                (
                    "covers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("vegetables", "蔬菜"),
                                ("fruit", "水果"),
                                ("beef", "牛羊肉"),
                                ("pork", "猪肉"),
                                ("poultry", "禽肉"),
                                ("seafood", "水产"),
                                ("eggs", "蛋"),
                                ("dairy", "奶"),
                                ("grain", "米面粮油"),
                                ("dumplings", "面点饺子"),
                                ("bakery", "烘焙"),
                                ("cooked", "熟食"),
                                ("snacks", "零食干货"),
                                ("household", "日用"),
                            ],
                            max_length=12,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("file", models.FileField(upload_to="documents/")),
                (
                    "content_type",
                    models.CharField(
                        choices=[("image/webp", "照片"), ("application/pdf", "PDF")], max_length=16
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("source_sha256", models.CharField(max_length=64)),
                ("picture_hash", models.CharField(blank=True, max_length=128)),
                (
                    "copy_hashes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=128),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("added_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "added_by",
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
                        related_name="documents",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["number"], name="document_by_number"),
                    models.Index(fields=["source_sha256"], name="document_by_source"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("merchant", "kind", "number"),
                        name="document_stands_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "licence",
                                    "food",
                                    "production",
                                    "health",
                                    "report",
                                    "brand",
                                    "other",
                                ],
                            )
                        ),
                        name="document_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("content_type__in", ["image/webp", "application/pdf"])),
                        name="document_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        name="document_has_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="document_days_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sha256__regex", "^[0-9a-f]{64}$"),
                            ("source_sha256__regex", "^[0-9a-f]{64}$"),
                        ),
                        name="document_hash_shape",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShopLink",
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
                ("expires_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
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
                        to="groups.membership",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        null=True,
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
                        fields=("group", "id"), name="merchants_shoplink_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "number"), name="shop_link_number_unique"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True), ("expires_at__isnull", True)
                        ),
                        fields=("group",),
                        name="one_standing_shop_link",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("used_at__isnull", True),
                            ("expires_at__isnull", False),
                            _connector="OR",
                        ),
                        name="shop_link_for_all_is_not_used_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merchant__isnull", True),
                            ("expires_at__isnull", False),
                            _connector="OR",
                        ),
                        name="shop_link_to_a_shop_is_for_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at__isnull", True),
                            ("expires_at__gt", models.F("made_at")),
                            _connector="OR",
                        ),
                        name="shop_link_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChecklistLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("licence", "营业执照有效，名称对得上"),
                            ("food", "食品许可证有效"),
                            ("scope", "许可证写明能卖这些货"),
                            ("health", "健康证有效"),
                            ("report", "检测报告是一年内的"),
                            ("chain", "是连锁，或开了一年以上"),
                            ("rating", "公开评分看过"),
                            ("sample", "邻居试吃过"),
                            ("visit", "上门看过"),
                            ("other", "另写的一条"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=80)),
                ("mandatory", models.BooleanField()),
                ("position", models.PositiveSmallIntegerField()),
                ("retired_at", models.DateTimeField(null=True)),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_checklistline_in_group"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("retired_at__isnull", True),
                            models.Q(("topic", "other"), _negated=True),
                        ),
                        fields=("group", "topic"),
                        name="checklist_topic_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "topic__in",
                                [
                                    "licence",
                                    "food",
                                    "scope",
                                    "health",
                                    "report",
                                    "chain",
                                    "rating",
                                    "sample",
                                    "visit",
                                    "other",
                                ],
                            )
                        ),
                        name="checklist_topic_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("topic", "other"), _negated=True),
                            models.Q(("text", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="checklist_own_line_has_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LikenessCleared",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("cleared_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.application",
                    ),
                ),
                (
                    "cleared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.document",
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
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.document",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_likenesscleared_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "application", "document", "other"),
                        name="likeness_cleared_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("document", models.F("other")), _negated=True),
                        name="likeness_is_of_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LineCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("passed", models.BooleanField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("source", models.CharField(blank=True, max_length=60)),
                ("value", models.CharField(blank=True, max_length=20)),
                ("seen_on", models.DateField(null=True)),
                ("checked_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="merchants.application",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.document",
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
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="merchants.checklistline",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["application", "line", "-id"], name="line_check_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_linecheck_in_group"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpiryNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days", models.PositiveSmallIntegerField()),
                ("told_at", models.DateTimeField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.document",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="merchants_expirynotice_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "document", "days"), name="expiry_told_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("days__in", (30, 7, 0))), name="expiry_days_known"
                    ),
                ],
            },
        ),
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(checked_moves(table, moves) for table, moves in MOVES.items()),
        *(append_only(*table) for table in APPEND_ONLY),
        migrations.RunSQL(PAPERS, DROP_PAPERS),
    ]
