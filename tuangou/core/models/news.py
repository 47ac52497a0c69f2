"""The event log (= outbox), who is told of it, and how she wants to be told."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from tuangou.core.models.people import User


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
            # what a scan finds is told once, however many scan (core.events.publish_once)
            models.UniqueConstraint(
                F("group_id"),
                F("kind"),
                F("subject_id"),
                KT("data__slot"),
                condition=Q(data__has_key="slot"),
                name="event_once_per_slot",
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
    # goods that wait now may be told of till 23:00
    late = models.BooleanField(default=False, db_default=False)

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
