"""Shared ground: people and their sessions, the event log (= outbox), notices, request keys.

Models with `append_only = True` get no UPDATE, DELETE or TRUNCATE for the app's database role
(`prepare_database`) and triggers that refuse them to everyone else.
"""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"


class TextSize(models.TextChoices):
    STANDARD = "std", _("标准")
    BIG = "big", _("大")
    EXTRA = "xl", _("特大")


class Theme(models.TextChoices):
    AUTO = "auto", _("跟随手机")
    LIGHT = "light", _("浅色")
    DARK = "dark", _("深色")


class Topic(models.TextChoices):
    """What a notice is about, as a person sorts it in her settings (S2)."""

    OPENED = "opened", _("开了新团、延长截单")
    ORDERS = "orders", _("我的单有变动，团成没成")
    MONEY = "money", _("该付钱了，钱收到了")
    GOODS = "goods", _("到货、取货、少货")
    RETURNS = "returns", _("退货有回音")
    NEWS = "news", _("群公告")
    PEOPLE = "people", _("加入和邀请")
    SHOP = "shop", _("商家的申请和备货")
    SUMMARY = "summary", _("每月账本")
    ACCOUNT = "account", _("账号安全")


class OutsideChannel(models.TextChoices):
    """Ways out of the app; the inbox is always written."""

    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")


class UserManager(BaseUserManager["User"]):
    def create_user(
        self,
        phone: str | None = None,
        password: str | None = None,
        *,
        nickname: str = "",
        **fields: Any,
    ) -> User:
        """A person. `phone` is E.164 or None; without a password she cannot sign in yet."""
        user = self.model(phone=phone, nickname=nickname, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(phone, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. What she is in a group stands on her memberships."""

    phone = models.CharField(max_length=16, null=True, blank=True, unique=True)
    nickname = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=8, choices=Language, default=Language.CHINESE)
    text_size = models.CharField(max_length=4, choices=TextSize, default=TextSize.STANDARD)
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    # set by core.api.authentication: a token without the scope "officer" sees as a neighbour does
    puts_offices_aside: bool = False

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="user_phone_is_e164",
            ),
            models.CheckConstraint(
                condition=Q(language__in=Language.values), name="user_language_known"
            ),
            models.CheckConstraint(
                condition=Q(text_size__in=TextSize.values), name="user_text_size_known"
            ),
            models.CheckConstraint(condition=Q(theme__in=Theme.values), name="user_theme_known"),
        ]

    def __str__(self) -> str:
        return self.nickname or f"#{self.pk}"

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Session(AbstractBaseSession):
    """One signed-in device is one row: signing out elsewhere deletes rows."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    device = models.CharField(max_length=40, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    ip = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.device

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from tuangou.core.sessions import SessionStore  # noqa: PLC0415 -- the store needs this model

        return SessionStore


class Event(models.Model):
    """One business fact, written in the transaction of the change it tells of (S1). The outbox."""

    append_only = True

    group_id = models.BigIntegerField(null=True)  # null: of the installation
    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    simulated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group_id", "id"], name="event_group_id_unique"),
            models.CheckConstraint(
                condition=Q(kind__regex=r"^[a-z_]+\.[a-z_]+$"), name="event_kind_form"
            ),
        ]
        indexes = [
            models.Index(fields=["group_id", "kind", "subject_id", "id"], name="event_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Handling(models.Model):
    """What one handler still has to do, or has done, about one event.

    `due_at` empty and `done_at` empty: nobody takes it up by itself. Simulated events are drained
    by whoever plays them; after MAX_ATTEMPTS failures a handling is dead and keeps `last_error`.
    """

    group_id = models.BigIntegerField(null=True)
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    handler = models.CharField(max_length=120)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "event", "handler"],
                nulls_distinct=False,
                name="handling_once_per_handler",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(due_at__isnull=True),
                name="handling_done_is_not_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="handling_due"
            ),
            models.Index(
                fields=["group_id", "id"],
                condition=Q(done_at__isnull=True),
                name="handling_open_of_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} {self.event_id}"


class Notice(models.Model):
    """One line in a person's inbox; the row is the delivery. The text is made when it is shown."""

    group_id = models.BigIntegerField(null=True)
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=8, default="inapp")
    kind = models.CharField(max_length=60)
    context = models.JSONField(default=dict)
    path = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "event", "user", "channel"],
                nulls_distinct=False,
                name="notice_once_per_event_person_channel",
            ),
            models.CheckConstraint(condition=Q(channel="inapp"), name="notice_channel_known"),
            models.CheckConstraint(condition=Q(path__startswith="/"), name="notice_path_is_local"),
        ]
        indexes = [
            models.Index(fields=["group_id", "user", "-id"], name="notice_of_person_in_group"),
            models.Index(fields=["user", "-id"], name="notice_of_person"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.user_id}"


class NoticeSetting(models.Model):
    """When a person may be disturbed, in local time; without a row the defaults hold (S2)."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    quiet_from = models.TimeField(default=time(22))
    quiet_until = models.TimeField(default=time(8))  # the same as quiet_from: never quiet
    digest = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.quiet_from:%H:%M}–{self.quiet_until:%H:%M}"


class NoticeMute(models.Model):
    """A person does not want one kind of notice on one channel (S2)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    topic = models.CharField(max_length=12)
    channel = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "topic", "channel"], name="mute_once_per_topic_and_channel"
            ),
            models.CheckConstraint(condition=Q(topic__in=Topic.values), name="mute_topic_known"),
            models.CheckConstraint(
                condition=Q(channel__in=OutsideChannel.values), name="mute_channel_known"
            ),
            models.CheckConstraint(
                condition=~Q(topic=Topic.ACCOUNT), name="mute_never_of_the_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.topic} {self.channel}"


class RequestKey(models.Model):
    """A form or API call that was answered: sent again it gets the same answer (requests.once).

    Bodies are kept as SHA-256 only; `refusal` holds the refusal that was the answer.
    """

    group_id = models.BigIntegerField(null=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    key = models.UUIDField()
    act = models.CharField(max_length=60)
    body_sha256 = models.BinaryField(max_length=32)
    refusal = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "user", "key"], nulls_distinct=False, name="request_key_once"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="request_key_age")]

    def __str__(self) -> str:
        return f"{self.act} {self.key}"


class Limit(models.Model):
    """How often something was tried in the window that ends at `ends_at` (limits.spend)."""

    act = models.CharField(max_length=40)
    key_sha256 = models.BinaryField(max_length=32)
    tries = models.BigIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "key_sha256"], name="limit_once"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="limit_age")]

    def __str__(self) -> str:
        return f"{self.act} {self.tries}"


class Scope(models.TextChoices):
    """What a token may do for its person; never more than she may herself."""

    READ = "read", _("看：我作为邻居看得到的")
    ORDER = "order", _("下单：下单、改单、说已付、申请退货")
    OFFICER = "officer", _("管团：团长、副团长和店里的事")


class ApiToken(models.Model):
    """A person's token for programs. Its secret is told once; what is kept is a SHA-256."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    scopes = models.CharField(max_length=20)  # of Scope, in its order, parted by blanks
    sha256 = models.BinaryField(max_length=32, unique=True)
    prefix = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__regex=r"^(read( order)?( officer)?|order( officer)?|officer)$"),
                name="token_scopes_known",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="token_of_person")]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    def grants(self, scope: str) -> bool:
        return scope in self.scopes.split()
