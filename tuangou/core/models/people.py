"""People and their sessions."""

from __future__ import annotations

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
