"""The core as of 0010: people, events, notices, settings, tokens, codes, erasures, messages.

One step instead of the 10 it replaces: every table as it was after them, then what the database
itself refuses. An installation that went through them goes on from their last one; one that stopped
half-way finishes them first.

`app_now()`             the one clock: clock_timestamp(), or the simulated moment of a transaction
`core_refuse_change()`  trigger function for append-only tables (rows and TRUNCATE); takes the columns
                        of its trigger that may be emptied ('reason', or 'data.reason' for a key of a
                        JSON column); every other change stays refused
`core_erase_text()`     empties one such column of the rows named; the app's only way to it
`core_check_move()`     trigger function for status columns; its argument lists the legal moves:
                        execute function core_check_move('draft>open,open>closed')
"""

import datetime

import django.db.models.deletion
import django.db.models.fields.json
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FUNCTIONS = """
create function app_now() returns timestamptz
language sql volatile parallel safe
as $$
    select coalesce(
        nullif(current_setting('tuangou.now', true), '')::timestamptz, clock_timestamp()
    )
$$;
comment on function app_now() is
    'The moment that decides: the database clock, or the simulated moment of this transaction.';

create function core_refuse_change() returns trigger
language plpgsql
as $$
declare
    before jsonb;
    after jsonb;
    place text[];
    emptied boolean := false;
begin
    if tg_op = 'UPDATE' and tg_level = 'ROW' and tg_nargs > 0 then
        before := to_jsonb(old);
        after := to_jsonb(new);
        for i in 0 .. tg_nargs - 1 loop
            place := string_to_array(tg_argv[i], '.');
            if after #> place = '""'::jsonb and before #> place <> '""'::jsonb then
                before := jsonb_set(before, place, '""'::jsonb);
                emptied := true;
            end if;
        end loop;
        if emptied and before = after then
            return new;
        end if;
    end if;
    raise exception using
        errcode = 'restrict_violation',
        message = format('%I is append-only: %s is refused', tg_table_name, tg_op),
        hint = 'Correct it by adding a row.';
end
$$;

create function core_erase_text(p_table regclass, p_place text, p_rows bigint[]) returns bigint
language plpgsql security definer
set search_path = pg_catalog, public
as $$
declare
    place text[] := string_to_array(p_place, '.');
    emptied bigint;
begin
    if not exists (
        select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
        where t.tgrelid = p_table and p.proname = 'core_refuse_change'
          and p_place = any (string_to_array(encode(t.tgargs, 'escape'), '\\000'))
          and p_place <> ''
    ) then
        raise exception using
            errcode = 'insufficient_privilege',
            message = format('%s of %s is not a text that may be erased', p_place, p_table);
    end if;
    if array_length(place, 1) = 1 then
        execute format(
            'update %s set %I = '''' where id = any($1) and %I <> ''''',
            p_table, place[1], place[1]
        ) using p_rows;
    else
        execute format(
            'update %s set %I = jsonb_set(%I, $2, ''""'') where id = any($1)'
            ' and coalesce(%I #>> $2, '''') <> ''''',
            p_table, place[1], place[1], place[1]
        ) using p_rows, place[2:];
    end if;
    get diagnostics emptied = row_count;
    return emptied;
end
$$;
revoke all on function core_erase_text(regclass, text, bigint[]) from public;

create function core_check_move() returns trigger
language plpgsql
as $$
begin
    if new.status is distinct from old.status
       and not (old.status || '>' || new.status = any (string_to_array(tg_argv[0], ','))) then
        raise exception using
            errcode = 'check_violation',
            table = tg_table_name,
            message = format('%I: no move from %s to %s', tg_table_name, old.status, new.status);
    end if;
    return new;
end
$$;
"""

DROP_FUNCTIONS = """
drop function core_check_move();
drop function core_erase_text(regclass, text, bigint[]);
drop function core_refuse_change();
drop function app_now();
"""

# A decision about a merchant is told with its reason, which is free text.
EVENT = """
create trigger core_event_rows_stay before update or delete on core_event
    for each row execute function core_refuse_change('data.reason');
create trigger core_event_table_stays before truncate on core_event
    for each statement execute function core_refuse_change();
alter table core_handling add constraint handling_event_same_group
    foreign key (group_id, event_id) references core_event (group_id, id);
alter table core_notice add constraint notice_event_same_group
    foreign key (group_id, event_id) references core_event (group_id, id);
alter table core_outgoing add constraint outgoing_event_same_group
    foreign key (group_id, event_id) references core_event (group_id, id);
"""

DROP_EVENT = """
alter table core_outgoing drop constraint outgoing_event_same_group;
alter table core_notice drop constraint notice_event_same_group;
alter table core_handling drop constraint handling_event_same_group;
drop trigger core_event_table_stays on core_event;
drop trigger core_event_rows_stay on core_event;
"""

ERASURE = """
create trigger core_erasure_rows_stay before update or delete on core_erasure
    for each row execute function core_refuse_change();
create trigger core_erasure_table_stays before truncate on core_erasure
    for each statement execute function core_refuse_change();
"""

UNERASURE = """
drop trigger core_erasure_table_stays on core_erasure;
drop trigger core_erasure_rows_stay on core_erasure;
"""


class Migration(migrations.Migration):
    replaces = [
        ("core", "0001_initial"),
        ("core", "0002_guards"),
        ("core", "0003_limits"),
        ("core", "0004_notice_settings"),
        ("core", "0005_api_tokens"),
        ("core", "0006_codes"),
        ("core", "0007_erasures"),
        ("core", "0008_erasures_guards"),
        ("core", "0009_token_proof"),
        ("core", "0010_outgoing"),
    ]

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
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("phone__isnull", True),
                            ("phone__regex", "^\\+[1-9][0-9]{6,14}$"),
                            _connector="OR",
                        ),
                        name="user_phone_is_e164",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ["zh-hans", "en"])),
                        name="user_language_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text_size__in", ["std", "big", "xl"])),
                        name="user_text_size_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("theme__in", ["auto", "light", "dark"])),
                        name="user_theme_known",
                    ),
                ],
            },
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
            options={
                "indexes": [
                    models.Index(
                        fields=["group_id", "kind", "subject_id", "id"], name="event_of_subject"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group_id", "id"), name="event_group_id_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__regex", "^[a-z_]+\\.[a-z_]+$")),
                        name="event_kind_form",
                    ),
                    models.UniqueConstraint(
                        models.F("group_id"),
                        models.F("kind"),
                        models.F("subject_id"),
                        django.db.models.fields.json.KeyTextTransform("slot", "data"),
                        condition=models.Q(("data__has_key", "slot")),
                        name="event_once_per_slot",
                    ),
                ],
            },
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
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["due_at", "id"],
                        name="handling_due",
                    ),
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["group_id", "id"],
                        name="handling_open_of_group",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group_id", "event", "handler"),
                        name="handling_once_per_handler",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_at__isnull", True), ("due_at__isnull", True), _connector="OR"
                        ),
                        name="handling_done_is_not_due",
                    ),
                ],
            },
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
            options={
                "indexes": [
                    models.Index(
                        fields=["group_id", "user", "-id"], name="notice_of_person_in_group"
                    ),
                    models.Index(fields=["user", "-id"], name="notice_of_person"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["user"],
                        name="notice_unread",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group_id", "event", "user", "channel"),
                        name="notice_once_per_event_person_channel",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel", "inapp")), name="notice_channel_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("path__startswith", "/")), name="notice_path_is_local"
                    ),
                ],
            },
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
            options={
                "indexes": [models.Index(fields=["created_at"], name="request_key_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group_id", "user", "key"),
                        name="request_key_once",
                        nulls_distinct=False,
                    )
                ],
            },
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
            },
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.CharField(max_length=40)),
                ("key_sha256", models.BinaryField(max_length=32)),
                ("tries", models.BigIntegerField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["ends_at"], name="limit_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("act", "key_sha256"), name="limit_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeSetting",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("quiet_from", models.TimeField(default=datetime.time(22, 0))),
                ("quiet_until", models.TimeField(default=datetime.time(8, 0))),
                ("digest", models.BooleanField(default=True)),
                ("late", models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name="NoticeMute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("topic", models.CharField(max_length=12)),
                ("channel", models.CharField(max_length=8)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "topic", "channel"), name="mute_once_per_topic_and_channel"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "topic__in",
                                [
                                    "opened",
                                    "orders",
                                    "money",
                                    "goods",
                                    "returns",
                                    "news",
                                    "people",
                                    "shop",
                                    "summary",
                                    "account",
                                ],
                            )
                        ),
                        name="mute_topic_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["sms", "email"])),
                        name="mute_channel_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("topic", "account"), _negated=True),
                        name="mute_never_of_the_account",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("scopes", models.CharField(max_length=20)),
                ("sha256", models.BinaryField(max_length=32, unique=True)),
                ("prefix", models.CharField(max_length=8)),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("proved", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-id"], name="token_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "scopes__regex",
                                "^(read( order)?( officer)?|order( officer)?|officer)$",
                            )
                        ),
                        name="token_scopes_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Code",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("purpose", models.CharField(max_length=8)),
                ("phone", models.CharField(max_length=16)),
                ("nonce", models.BinaryField(max_length=16)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("sends", models.PositiveSmallIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
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
                "indexes": [models.Index(fields=["expires_at"], name="code_age")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ("sign_in", "phone"))),
                        name="code_purpose_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("phone", models.CharField(blank=True, max_length=16)),
                ("context", models.JSONField(default=dict)),
                ("language", models.CharField(max_length=8)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=200)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "code",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="core.code",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["due_at"],
                        name="sms_due",
                    ),
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["expires_at"],
                        name="sms_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_at__isnull", True),
                            models.Q(("due_at__isnull", True), ("phone", "")),
                            _connector="OR",
                        ),
                        name="sms_done_is_blank",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.BigIntegerField(unique=True)),
                ("erased_at", models.DateTimeField()),
                ("mark", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("mark__regex", "^[0-9a-f]{64}$")), name="erasure_mark"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.FileField(blank=True, upload_to="exports/")),
                ("bytes", models.BigIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-id"], name="export_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("made_at__isnull", True),
                            models.Q(("file", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="export_made_has_file",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("address", models.EmailField(max_length=254)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_id", models.BigIntegerField(null=True)),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "短信"), ("email", "邮件"), ("robot", "群机器人")],
                        max_length=8,
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等着发"),
                            ("sent", "发出了"),
                            ("failed", "没发成"),
                            ("lapsed", "过时了，没发"),
                            ("muted", "本人不收"),
                            ("over", "超了限量"),
                            ("cancelled", "撤了"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("due_at", models.DateTimeField()),
                ("held_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("lapses_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.event",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.outgoing",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.notice",
                    ),
                ),
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("lead__isnull", True), ("state", "waiting")),
                        fields=["due_at", "id"],
                        name="outgoing_due",
                    ),
                    models.Index(fields=["user", "channel", "done_at"], name="outgoing_of_person"),
                    models.Index(fields=["group_id", "event"], name="outgoing_of_event"),
                    models.Index(fields=["done_at"], name="outgoing_age"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group_id", "event", "user", "channel"),
                        name="outgoing_once_per_event_person_way",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["sms", "email", "robot"])),
                        name="outgoing_channel_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting",
                                    "sent",
                                    "failed",
                                    "lapsed",
                                    "muted",
                                    "over",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="outgoing_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("channel", "robot"),
                                ("group_id__isnull", False),
                                ("user__isnull", True),
                            ),
                            models.Q(
                                models.Q(("channel", "robot"), _negated=True),
                                ("user__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="outgoing_to_a_person_or_a_group",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("state", "waiting")),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True),
                                ("done_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="outgoing_done_unless_waiting",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Robot",
            fields=[
                ("group_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=80)),
                ("connected_at", models.DateTimeField()),
                ("broken_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("key__regex", "^[0-9A-Za-z_-]{16,80}$")),
                        name="robot_key_form",
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(EVENT, DROP_EVENT),
        migrations.RunSQL(ERASURE, UNERASURE),
    ]
