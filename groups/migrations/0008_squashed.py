"""Groups as of 0008: homes, members, links, joining, house rules, announcements.

One step instead of the 8 it replaces: every table as it was after them, then what the database
itself refuses. An installation that went through them goes on from their last one; one that stopped
half-way finishes them first.
"""

import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# (table, column, referenced table): (group_id, column) must exist as (group_id, id) there.
COMPOSITE_KEYS = [
    ("groups_household", "building_id", "groups_building"),
    ("groups_membership", "household_id", "groups_household"),
    ("groups_membership", "invited_by_id", "groups_membership"),
    ("groups_mandate", "membership_id", "groups_membership"),
    ("groups_deputy", "membership_id", "groups_membership"),
    ("groups_deputy", "named_by_id", "groups_membership"),
    ("groups_announcement", "author_id", "groups_membership"),
    ("groups_announcement", "withdrawn_by_id", "groups_membership"),
    ("groups_invitation", "invited_by_id", "groups_membership"),
    ("groups_invitation", "used_by_id", "groups_membership"),
    ("groups_compoundlink", "made_by_id", "groups_membership"),
    ("groups_joining", "membership_id", "groups_membership"),
    ("groups_joining", "claims_id", "groups_membership"),
    ("groups_joining", "decided_by_id", "groups_membership"),
    ("groups_joining", "invitation_id", "groups_invitation"),
    ("groups_consent", "membership_id", "groups_membership"),
    ("groups_houserules", "written_by_id", "groups_membership"),
    ("groups_loginlink", "membership_id", "groups_membership"),
    ("groups_loginlink", "made_by_id", "groups_membership"),
]

MOVES = {
    "groups_group": "loading>active,loading>void,active>void",
    "groups_membership": (
        "pending>active,pending>removed,active>left,active>removed,left>active,removed>active"
    ),
}

APPEND_ONLY = ["groups_houserules"]


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


def append_only(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        " for each row execute function core_refuse_change();"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("groups", "0001_initial"),
        ("groups", "0002_guards"),
        ("groups", "0003_announcements"),
        ("groups", "0004_announcements_guards"),
        ("groups", "0005_joining"),
        ("groups", "0006_joining_guards"),
        ("groups", "0007_login_links"),
        ("groups", "0008_login_links_guards"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("core", "0010_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("slug", models.SlugField(max_length=40)),
                ("compound", models.CharField(max_length=80)),
                ("time_zone", models.CharField(default="Asia/Shanghai", max_length=40)),
                (
                    "status",
                    models.CharField(
                        choices=[("loading", "正在载入"), ("active", "在用"), ("void", "作废")],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("member_limit", models.PositiveIntegerField(default=500)),
                ("merchants_per_day", models.PositiveSmallIntegerField(default=2)),
                ("min_discount_bp", models.PositiveIntegerField(default=300)),
                ("commission_bp", models.PositiveIntegerField(default=500)),
                ("return_window_hours", models.PositiveSmallIntegerField(default=48)),
                ("notice", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                ("rules_version", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "void"), _negated=True),
                        fields=("slug",),
                        name="group_slug_unique_while_not_void",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["loading", "active", "void"])),
                        name="group_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("member_limit__gte", 1), ("member_limit__lte", 2000)),
                        name="group_limit_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merchants_per_day__gte", 1), ("merchants_per_day__lte", 20)
                        ),
                        name="group_merchants_per_day_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("min_discount_bp__lte", 9000)),
                        name="group_min_discount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("commission_bp__lte", 3000)),
                        name="group_commission_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("return_window_hours__gte", 1), ("return_window_hours__lte", 720)
                        ),
                        name="group_return_window_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Building",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20)),
                ("position", models.PositiveSmallIntegerField()),
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
                        fields=("group", "id"), name="groups_building_in_group"
                    ),
                    models.UniqueConstraint(fields=("group", "name"), name="building_name_unique"),
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("group", "position"),
                        name="building_position_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Household",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit", models.CharField(blank=True, max_length=10)),
                ("room", models.CharField(max_length=12)),
                ("activated_at", models.DateTimeField(null=True)),
                (
                    "building",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.building",
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
                        fields=("group", "id"), name="groups_household_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "building", "unit", "room"), name="household_unique"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Load",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=200)),
                ("seed", models.BigIntegerField()),
                ("steps_total", models.PositiveIntegerField()),
                ("steps_done", models.PositiveIntegerField(default=0)),
                ("month", models.CharField(blank=True, max_length=7)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
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
                    models.UniqueConstraint(fields=("group", "id"), name="groups_load_in_group"),
                    models.UniqueConstraint(fields=("group",), name="one_load_per_group"),
                    models.CheckConstraint(
                        condition=models.Q(("steps_done__lte", models.F("steps_total"))),
                        name="load_steps_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nickname", models.CharField(max_length=30)),
                ("real_name", models.CharField(max_length=30)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "等团长核对"),
                            ("active", "群友"),
                            ("left", "已退群"),
                            ("removed", "已移出"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("activated_at", models.DateTimeField(null=True)),
                ("left_at", models.DateTimeField(null=True)),
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
                        related_name="memberships",
                        to="groups.household",
                    ),
                ),
                (
                    "invited_by",
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("contact_phone", models.CharField(blank=True, max_length=16)),
                ("rules_version", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "status"], name="membership_by_status"),
                    models.Index(fields=["user"], name="membership_by_user"),
                    models.Index(fields=["group", "household"], name="membership_by_household"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="groups_membership_in_group"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("user__isnull", False)),
                        fields=("group", "user"),
                        name="membership_once_per_group",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["pending", "active", "left", "removed"])
                        ),
                        name="membership_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "active"), _negated=True),
                            ("activated_at__isnull", False),
                            _connector="OR",
                        ),
                        name="membership_active_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("left_at__isnull", False), ("status__in", ("left", "removed"))
                            ),
                            models.Q(
                                models.Q(("status__in", ("left", "removed")), _negated=True),
                                ("left_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="membership_left_at_iff_gone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("contact_phone", ""),
                            ("contact_phone__regex", "^\\+[1-9][0-9]{6,14}$"),
                            _connector="OR",
                        ),
                        name="membership_contact_phone_is_e164",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("founder", "创群"), ("elected", "当选")], max_length=8
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("band", models.CharField(default="new", max_length=8)),
                ("score_bp", models.PositiveIntegerField(null=True)),
                ("entries", models.PositiveIntegerField(default=0)),
                ("standing_as_of", models.DateTimeField(null=True)),
                ("formula_version", models.PositiveSmallIntegerField(null=True)),
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
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="groups_mandate_in_group"),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("group",),
                        name="one_initiator_in_office",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("origin__in", ["founder", "elected"])),
                        name="mandate_origin_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True),
                            ("ended_at__gt", models.F("started_at")),
                            _connector="OR",
                        ),
                        name="mandate_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deputy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField()),
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
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "named_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="groups_deputy_in_group"),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("group", "membership"),
                        name="deputy_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PickupPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("is_active", models.BooleanField(default=True)),
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
                        fields=("group", "id"), name="groups_pickuppoint_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "name"), name="pickup_point_name_unique"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Announcement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=40)),
                ("text", models.CharField(max_length=1000)),
                ("published_at", models.DateTimeField()),
                ("pinned_until", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "author",
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
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["group", "-published_at", "-id"], name="announcement_newest_first"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="groups_announcement_in_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True),
                            models.Q(("text", ""), _negated=True),
                        ),
                        name="announcement_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("pinned_until__isnull", True),
                            ("pinned_until__gt", models.F("published_at")),
                            _connector="OR",
                        ),
                        name="announcement_pinned_after_published",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="announcement_withdrawn_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CompoundLink",
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
                ("closed_at", models.DateTimeField(null=True)),
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="groups_compoundlink_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "number"), name="compound_link_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("group",),
                        name="one_compound_link_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("orders", "下单和送货"),
                            ("nickname", "邻居看到我的昵称"),
                            ("sms", "短信通知"),
                            ("rules", "群规"),
                        ],
                        max_length=8,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
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
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="groups_consent_in_group"),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("group", "membership", "purpose", "version"),
                        name="consent_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["orders", "nickname", "sms", "rules"])),
                        name="consent_purpose_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at__isnull", True),
                            ("withdrawn_at__gte", models.F("given_at")),
                            _connector="OR",
                        ),
                        name="consent_withdrawn_after_given",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HouseRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("text", models.TextField(max_length=4000)),
                ("written_at", models.DateTimeField()),
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
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="groups_houserules_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "version"), name="house_rules_version"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)), name="house_rules_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="house_rules_not_empty",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
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
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "used_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["group", "invited_by", "-made_at"], name="invitation_of_member"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="groups_invitation_in_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="invitation_lasts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("used_by__isnull", True), ("used_at__isnull", False), _connector="OR"
                        ),
                        name="invitation_used_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("revoked_at__isnull", True), ("used_at__isnull", True), _connector="OR"
                        ),
                        name="invitation_used_or_revoked",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Joining",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("invitation", "邻居邀请"), ("link", "小区链接")], max_length=10
                    ),
                ),
                (
                    "waits_for",
                    models.CharField(
                        choices=[
                            ("nobody", "不用等"),
                            ("officers", "等团长核对"),
                            ("household", "等那一户或团长点头"),
                            ("seat", "排队等名额"),
                        ],
                        max_length=9,
                    ),
                ),
                ("other_building", models.CharField(blank=True, max_length=20)),
                ("request_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "claims",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
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
                (
                    "invitation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.invitation",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "waits_for", "asked_at"], name="joining_queue")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="groups_joining_in_group"),
                    models.UniqueConstraint(fields=("group", "membership"), name="joining_once"),
                    models.UniqueConstraint(
                        fields=("group", "request_id"), name="joining_request_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("way__in", ["invitation", "link"])),
                        name="joining_way_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("waits_for__in", ["nobody", "officers", "household", "seat"])
                        ),
                        name="joining_waits_for_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("invitation__isnull", False),
                            models.Q(("way", "invitation"), _negated=True),
                            _connector="OR",
                        ),
                        name="joining_by_invitation_has_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoginLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
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
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="groups_loginlink_in_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="login_link_lasts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("revoked_at__isnull", True), ("used_at__isnull", True), _connector="OR"
                        ),
                        name="login_link_used_or_revoked",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True), ("used_at__isnull", True)),
                        fields=("group", "membership"),
                        name="login_link_one_open",
                    ),
                ],
            },
        ),
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(checked_moves(table, moves) for table, moves in MOVES.items()),
        *(append_only(table) for table in APPEND_ONLY),
    ]
