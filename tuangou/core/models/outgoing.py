"""Notices on their way out of the app, and the addresses they go to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tuangou.core.models.news import Event, Notice
from tuangou.core.models.people import User


class Way(models.TextChoices):
    """All ways out: to a phone, to a mailbox, and to the group's WeCom robot."""

    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")
    ROBOT = "robot", _("群机器人")


class OutgoingState(models.TextChoices):
    WAITING = "waiting", _("等着发")
    SENT = "sent", _("发出了")
    FAILED = "failed", _("没发成")
    LAPSED = "lapsed", _("过时了，没发")
    MUTED = "muted", _("本人不收")
    OVER = "over", _("超了限量")
    CANCELLED = "cancelled", _("撤了")


class Outgoing(models.Model):
    """One notice to one person on one way: at most one row per event, person and way (S2).

    Without `user`: to the group's robot. The text is made when it is sent, of ids and counts.
    `due_at` is when it is next looked at, `held_until` the end of the attempt under way,
    `lapses_at` when it is of no use any more. Rows with a `lead` go in the lead's message.
    """

    group_id = models.BigIntegerField(null=True)
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Way)
    kind = models.CharField(max_length=60)
    state = models.CharField(max_length=9, choices=OutgoingState, default=OutgoingState.WAITING)
    reason = models.CharField(max_length=20, blank=True)  # a key of core.outgoing.REASONS
    lead = models.ForeignKey("self", models.CASCADE, null=True, related_name="+")
    due_at = models.DateTimeField()
    held_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "event", "user", "channel"],
                nulls_distinct=False,
                name="outgoing_once_per_event_person_way",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Way.values), name="outgoing_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OutgoingState.values), name="outgoing_state_known"
            ),
            models.CheckConstraint(
                condition=Q(channel="robot", user__isnull=True, group_id__isnull=False)
                | (~Q(channel="robot") & Q(user__isnull=False)),
                name="outgoing_to_a_person_or_a_group",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", done_at__isnull=True)
                | (~Q(state="waiting") & Q(done_at__isnull=False)),
                name="outgoing_done_unless_waiting",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state="waiting", lead__isnull=True),
                name="outgoing_due",
            ),
            models.Index(fields=["user", "channel", "done_at"], name="outgoing_of_person"),
            models.Index(fields=["group_id", "event"], name="outgoing_of_event"),
            models.Index(fields=["done_at"], name="outgoing_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.pk}"


class Mailbox(models.Model):
    """Where a person's e-mail goes, once she has shown that it is hers."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    address = models.EmailField()
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id}"


class Robot(models.Model):
    """The WeCom robot of a group's chat: the key of its address, which is the whole secret."""

    group_id = models.BigIntegerField(primary_key=True)
    key = models.CharField(max_length=80)
    connected_at = models.DateTimeField()
    broken_at = models.DateTimeField(null=True)  # WeCom does not know it any more

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(key__regex=r"^[0-9A-Za-z_-]{16,80}$"), name="robot_key_form"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}"
