"""What is held about one person: see it, take it away, erase it (G2, reliability G11).

Every app adds a Part to one list (tuangou/personal.py). Erasing blanks what names her and leaves
what the books need: ids. What others wrote keeps its sense without her name.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tuangou.core import clock, events
from tuangou.core.errors import DomainError
from tuangou.core.models import ERASED, Code, Erasure, Handling, Notice, RequestKey, Sms, User
from tuangou.core.scrubbing import blank, mentioning, phone_forms, scrub

SECRET_COLUMNS = ("token", "hash", "secret", "data", "key", "password", "sha", "salt", "code")

log = structlog.get_logger("tuangou.personal")

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a holding; kind: text, fen, time."""

    key: str
    label: Text
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of thing that is held: its rows as they go into the export, and how they show."""

    key: str
    title: Text
    why: Text
    rows: list[dict[str, Any]]
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of hers: where it lies, and its name in the export."""

    stored: str
    name: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why she cannot be erased yet, and where the next step is done."""

    sentence: str
    url: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A group where she stands with name and door, and where she corrects them."""

    name: str
    names_url: str
    door_url: str


@dataclass(slots=True)
class Erasing:
    """One erasure under way. `words` name her, in her `group_ids`; of her `household_ids` those
    that nobody is left in are forgotten; `files` go when everything else has gone."""

    user_id: int
    at: datetime
    words: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    group_ids: set[int] = field(default_factory=set)
    household_ids: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Part:
    """What one app knows of people. `words` is asked of all parts before any erases."""

    holdings: Callable[[int], list[Holding]]
    places: Callable[[int], list[Place]] = lambda user_id: []
    pictures: Callable[[int], list[Picture]] = lambda user_id: []
    obstacles: Callable[[int], list[Obstacle]] = lambda user_id: []
    words: Callable[[Erasing], None] = lambda erasing: None
    erase: Callable[..., None] = lambda *, erasing: None  # a service: called by name


class NotYet(DomainError):
    """Something is still open between her and others."""

    code = "not_yet"
    rule = "G11"


_parts: list[Part] = []


def register(parts: Iterable[Part]) -> None:
    """The whole list, from the app that stands highest downwards; the core's own comes last."""
    _parts[:] = [*parts, CORE]


def holdings(user_id: int) -> list[Holding]:
    """Everything held about her, the account first."""
    return [found for part in reversed(_parts) for found in part.holdings(user_id)]


def pictures(user_id: int) -> list[Picture]:
    return [picture for part in reversed(_parts) for picture in part.pictures(user_id)]


def places(user_id: int) -> list[Place]:
    """Where she corrects what is written about her."""
    return [place for part in _parts for place in part.places(user_id)]


def obstacles(user_id: int) -> list[Obstacle]:
    """What must be settled before she can go; empty when nothing stands in the way."""
    return [found for part in _parts for found in part.obstacles(user_id)]


def erase(*, user_id: int, at: datetime | None = None) -> Erasure:
    """Blank whatever names her, in one transaction; ids, sums and books stay as they are (G11).

    Twice is once. Raises NotYet while orders, money or an office stand in the way; with `at` (the
    moment of an erasure that a restored backup does not know) nothing stands in the way.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        erasing = Erasing(user_id, at or clock.now())
        known = Erasure.objects.filter(user_id=user_id).first()
        if known is not None:
            return known
        for part in _parts:
            part.words(erasing)
        if at is None and (found := obstacles(user_id)):
            raise NotYet(found[0].sentence)
        for part in _parts:
            part.erase(erasing=erasing)
        erasure = Erasure.objects.create(
            user_id=user_id, erased_at=erasing.at, mark=mark_of(user_id, user.date_joined)
        )
        events.publish(
            "person.erased", group_id=None, subject_id=user_id, actor_id=None, at=erasing.at
        )
        for name in erasing.files:  # a crash here rolls back: never erased with files left behind
            default_storage.delete(name)
    note_erasures()
    return erasure


def mark_of(user_id: int, joined: datetime) -> str:
    """Tells this account from a later one that got the same id. Holds nothing personal."""
    return hashlib.sha256(f"{user_id} {joined.timestamp():.6f}".encode()).hexdigest()


# The journal: what a restored backup has to be told


def journal() -> Path:
    path: Path = settings.ERASURES_FILE
    return path


def lines(erasures: Iterable[Erasure]) -> Iterator[str]:
    for erasure in erasures:
        row = {
            "user_id": erasure.user_id,
            "at": erasure.erased_at.isoformat(),
            "mark": erasure.mark,
        }
        yield json.dumps(row) + "\n"


def note_erasures() -> int:
    """Bring the journal beside the database up to date; how many lines were new.

    After every erasure, and every hour, so that a line lost in a crash comes later. A journal that
    cannot be written is logged and does not undo an erasure.
    """
    path = journal()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        known = set(path.read_text().splitlines(keepends=True)) if path.exists() else set()
        new = [line for line in lines(Erasure.objects.order_by("pk")) if line not in known]
        with path.open("a") as file:
            file.writelines(new)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        log.error("erasure_journal_not_written", error=str(error))
        return 0
    return len(new)


def erase_again(path: Path) -> list[int]:
    """Erase whom a journal names and this database still knows; their ids.

    An account with the same id that was made later has another mark and is left alone.
    """
    done = []
    for line in path.read_text().splitlines():
        if not line.strip():
            continue
        row = json.loads(line)
        user = User.objects.filter(pk=row["user_id"]).first()
        known = Erasure.objects.filter(user_id=row["user_id"]).exists()
        if user and not known and mark_of(user.pk, user.date_joined) == row["mark"]:
            erase(user_id=user.pk, at=datetime.fromisoformat(row["at"]))
            done.append(user.pk)
    return done


def empty_said(model: Any, column: str, whose: str, *, erasing: Erasing) -> None:
    """Empty one text of append-only rows: what she wrote in any group, for who stands in a shop
    need not live where it sells, and what names her in hers. `whose`: path to the writer's id."""
    rows = model.objects.exclude(**{column: ""})
    hers = rows.filter(**{whose: erasing.user_id}).values_list("pk", flat=True)
    named = mentioning(rows.filter(group_id__in=erasing.group_ids), column, erasing.words)
    blank(model, column, {*hers, *named.values_list("pk", flat=True)})


# The core's own part


def _account(user_id: int) -> Holding:
    user = User.objects.get(pk=user_id)
    row = {
        "id": user.pk,
        "phone": user.phone,
        "nickname": user.nickname,
        "language": user.language,
        "text_size": user.text_size,
        "theme": user.theme,
        "joined_at": user.date_joined,
        "last_login_at": user.last_login,
        "has_password": user.has_usable_password(),
    }
    return Holding(
        "account",
        gettext_lazy("账号"),
        gettext_lazy("登录要用。手机号只有你所在群的团长看得到。"),
        [row],
        (
            Column("phone", gettext_lazy("手机号"), "phone"),
            Column("nickname", gettext_lazy("昵称")),
            Column("joined_at", gettext_lazy("注册时间"), "time"),
            Column("last_login_at", gettext_lazy("最近登录"), "time"),
        ),
    )


def _notices(user_id: int) -> Holding:
    rows = [
        {"kind": n.kind, "context": n.context, "at": n.created_at, "read_at": n.read_at}
        for n in Notice.objects.filter(user_id=user_id).order_by("-pk")
    ]
    return Holding("notices", gettext_lazy("消息"), gettext_lazy("只有你看得到。"), rows)


def hanging(user_model: type[models.Model] = User) -> list[models.ForeignKey[Any, Any]]:
    """Keys to the account whose rows go with it: sessions, tokens, links, second factors …"""
    return [
        relation.field
        for relation in user_model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
        and relation.on_delete is models.CASCADE
        and isinstance(relation.field, models.ForeignKey)
    ]


def _with_the_account(user_id: int) -> list[Holding]:
    """What hangs on the account without a list of its own; secrets stay out."""
    found = []
    for key in hanging():
        model = key.model
        if model is Notice or not model._meta.managed or model._meta.auto_created:
            continue
        rows = model._base_manager.filter(**{key.name: user_id})
        shown = [
            column.attname
            for column in model._meta.concrete_fields
            if column is not key and not any(word in column.name for word in SECRET_COLUMNS)
        ]
        found.append(
            Holding(
                model._meta.label_lower.replace(".", "_"),
                _TITLES.get(model._meta.label, str(model._meta.verbose_name)),
                gettext_lazy("登录和安全要用。只有你看得到。"),
                list(rows.order_by("pk").values(*shown)) if shown else [],
                _COLUMNS.get(model._meta.label, ()),
            )
        )
    return found


_TITLES: dict[str, Text] = {
    "account.EmailAddress": gettext_lazy("邮箱"),
    "admin.LogEntry": gettext_lazy("后台操作"),
    "core.ApiToken": gettext_lazy("接口令牌"),
    "core.Code": gettext_lazy("验证码"),
    "core.Export": gettext_lazy("打包好的数据"),
    "core.Mailbox": gettext_lazy("通知用的邮箱"),
    "core.NoticeMute": gettext_lazy("不想收的通知"),
    "core.NoticeSetting": gettext_lazy("通知设置"),
    "core.Outgoing": gettext_lazy("发到手机和邮箱的通知"),
    "core.RequestKey": gettext_lazy("最近 30 天提交过的表单"),
    "core.Session": gettext_lazy("登录着的设备"),
    "mfa.Authenticator": gettext_lazy("第二道验证"),
}
_COLUMNS: dict[str, tuple[Column, ...]] = {
    "core.Session": (
        Column("device", gettext_lazy("设备")),
        Column("ip", gettext_lazy("网络地址")),
        Column("last_seen_at", gettext_lazy("最近使用"), "time"),
    ),
}


def _words(erasing: Erasing) -> None:
    user = User.objects.get(pk=erasing.user_id)
    erasing.words |= phone_forms(user.phone)
    if user.nickname != ERASED:
        erasing.words.add(user.nickname)


def _erase(*, erasing: Erasing) -> None:
    """The account itself, last: whoever hangs on it, then its own columns."""
    user_id, words = erasing.user_id, erasing.words
    phone = User.objects.values_list("phone", flat=True).get(pk=user_id)
    codes = Code.objects.filter(models.Q(user_id=user_id) | models.Q(phone=phone or "-"))
    Sms.objects.filter(models.Q(code__in=codes) | models.Q(phone=phone or "-")).delete()
    codes.delete()
    for key in hanging():
        rows = key.model._base_manager.filter(**{key.name: user_id})
        for column in key.model._meta.concrete_fields:
            if isinstance(column, models.FileField):
                erasing.files += [name for name in rows.values_list(column.name, flat=True) if name]
        rows.delete()
    scrub(Notice, "context", words=words, group_id=erasing.group_ids)
    scrub(RequestKey, "refusal", words=words, group_id=erasing.group_ids)
    scrub(Handling, "last_error", words=words, group_id=erasing.group_ids)
    scrub(LogEntry, "object_repr", "change_message", words=words)
    user = User(nickname=ERASED)
    user.set_unusable_password()
    blanked = {"phone": None, "nickname": ERASED, "password": user.password, "last_login": None}
    User.objects.filter(pk=user_id).update(
        **blanked, is_active=False, is_staff=False, is_superuser=False
    )


CORE = Part(
    holdings=lambda user_id: [_account(user_id), _notices(user_id), *_with_the_account(user_id)],
    words=_words,
    erase=_erase,
)
