import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=16, null=True, unique=True)),
                ("nickname", models.CharField(blank=True, max_length=40)),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "简体中文"), ("en", "English")],
                        default="zh-hans",
                        max_length=8,
                    ),
                ),
                (
                    "text_size",
                    models.CharField(
                        choices=[("std", "标准"), ("big", "大"), ("xl", "特大")],
                        default="std",
                        max_length=4,
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        choices=[("auto", "跟随手机"), ("light", "浅色"), ("dark", "深色")],
                        default="auto",
                        max_length=5,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                (
                    "date_joined",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_id", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=60)),
                ("subject_id", models.BigIntegerField()),
                ("data", models.JSONField(default=dict)),
                ("happened_at", models.DateTimeField()),
                ("simulated", models.BooleanField(default=False)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Handling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_id", models.BigIntegerField(null=True)),
                ("handler", models.CharField(max_length=120)),
                ("due_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=500)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_id", models.BigIntegerField(null=True)),
                ("channel", models.CharField(default="inapp", max_length=8)),
                ("kind", models.CharField(max_length=60)),
                ("context", models.JSONField(default=dict)),
                ("path", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.event",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RequestKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_id", models.BigIntegerField(null=True)),
                ("key", models.UUIDField()),
                ("act", models.CharField(max_length=60)),
                ("body_sha256", models.BinaryField(max_length=32)),
                ("refusal", models.JSONField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("device", models.CharField(blank=True, max_length=40)),
                ("user_agent", models.CharField(blank=True, max_length=200)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("created_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("phone__isnull", True),
                    ("phone__regex", "^\\+[1-9][0-9]{6,14}$"),
                    _connector="OR",
                ),
                name="user_phone_is_e164",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("language__in", ["zh-hans", "en"])), name="user_language_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("text_size__in", ["std", "big", "xl"])),
                name="user_text_size_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("theme__in", ["auto", "light", "dark"])),
                name="user_theme_known",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["group_id", "kind", "subject_id", "id"], name="event_of_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=("group_id", "id"), name="event_group_id_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__regex", "^[a-z_]+\\.[a-z_]+$")), name="event_kind_form"
            ),
        ),
        migrations.AddIndex(
            model_name="handling",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at", "id"],
                name="handling_due",
            ),
        ),
        migrations.AddIndex(
            model_name="handling",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)),
                fields=["group_id", "id"],
                name="handling_open_of_group",
            ),
        ),
        migrations.AddConstraint(
            model_name="handling",
            constraint=models.UniqueConstraint(
                fields=("group_id", "event", "handler"),
                name="handling_once_per_handler",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="handling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done_at__isnull", True), ("due_at__isnull", True), _connector="OR"
                ),
                name="handling_done_is_not_due",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                fields=["group_id", "user", "-id"], name="notice_of_person_in_group"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["user", "-id"], name="notice_of_person"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)), fields=["user"], name="notice_unread"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("group_id", "event", "user", "channel"),
                name="notice_once_per_event_person_channel",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel", "inapp")), name="notice_channel_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("path__startswith", "/")), name="notice_path_is_local"
            ),
        ),
        migrations.AddIndex(
            model_name="requestkey",
            index=models.Index(fields=["created_at"], name="request_key_age"),
        ),
        migrations.AddConstraint(
            model_name="requestkey",
            constraint=models.UniqueConstraint(
                fields=("group_id", "user", "key"), name="request_key_once", nulls_distinct=False
            ),
        ),
    ]
