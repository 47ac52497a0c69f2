"""What a message says: made when it is sent, in the person's language, of ids and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext as _

from tuangou.core import matrix
from tuangou.core.judging import CONFIRM
from tuangou.core.models import Language, Mailbox, Notice, Outgoing, User, Way
from tuangou.core.notices import template_name, text
from tuangou.core.senders import plain

LONGEST_SUBJECT = 60
SIGNED = 16  # characters of the signature in a link: 64 bits
CONFIRM_SALT = "tuangou.mailbox"


class NothingToSay(Exception):
    """What was to be told is over."""


@dataclass(frozen=True, slots=True)
class Message:
    """One text or mail; `stop_url` is empty where it cannot be stopped."""

    to: str
    subject: str
    text: str
    stop_url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    url: str


def message_of(row: Outgoing, rows: Sequence[Outgoing]) -> Message:
    """The message led by `row`, of all these rows."""
    user = User.objects.get(pk=row.user_id or 0)
    with translation.override(user.language):
        if row.kind == CONFIRM:
            return _confirmation(user)
        lines = [_line(each.notice, row.channel) for each in rows if each.notice is not None]
        if row.channel == Way.SMS:
            return Message(user.phone or "", "", _one_text(row, lines))
        mailbox = Mailbox.objects.get(user_id=user.pk)
        stop_url = link_of(row) + "?stop=1"
        body = plain("core/mail/notice.txt", lines=lines, stop_url=stop_url)
        return Message(mailbox.address, _subject(lines), body, stop_url)


def words_for_chat(row: Outgoing) -> str:
    """What the group's robot says of an event. Raises NothingToSay."""
    news = matrix.group_news_of(row.event)
    with translation.override(Language.CHINESE):
        words = news.words(row.event.subject_id, settings.SITE_URL) if news else ""
    if not words:
        raise NothingToSay
    return words


def _line(notice: Notice, channel: str) -> Line:
    kind = notice.kind
    short = template_name(kind).replace("/notices/", "/sms/")
    if channel == Way.SMS and _exists(short):
        said = " ".join(plain(short, **notice.context).split())
    else:
        said = text(kind, notice.context)
    return Line(said, settings.SITE_URL + notice.path)


def _exists(template: str) -> bool:
    try:
        get_template(template)
    except TemplateDoesNotExist:
        return False
    return True


def _one_text(row: Outgoing, lines: Sequence[Line]) -> str:
    """The fact first, the link last; of several of a kind the newest, and how many."""
    said = lines[-1].text
    if len(lines) > 1:
        said = _("%(text)s（连这条共 %(n)d 条）") % {"text": said, "n": len(lines)}
    return f"{said} {link_of(row)}"


def _subject(lines: Sequence[Line]) -> str:
    if len(lines) == 1:
        said = lines[0].text
        return said if len(said) <= LONGEST_SUBJECT else said[: LONGEST_SUBJECT - 1] + "…"
    return _("%(n)d 条新消息") % {"n": len(lines)}


def _confirmation(user: User) -> Message:
    mailbox = Mailbox.objects.get(user_id=user.pk)
    token = signing.dumps([user.pk, mailbox.address], salt=CONFIRM_SALT, compress=False)
    url = settings.SITE_URL + reverse("mailbox-confirm", args=[token])
    body = plain("core/mail/confirm.txt", url=url)
    return Message(mailbox.address, _("确认收通知的邮箱"), body)


# Links that work without signing in: the number of a row, signed. They say nothing of the person.


def link_of(row: Outgoing) -> str:
    return settings.SITE_URL + reverse("told", args=[token_of(row.pk)])


def token_of(outgoing_id: int) -> str:
    return f"{int_to_base36(outgoing_id)}-{_signature(outgoing_id)}"


def id_of(token: str) -> int | None:
    """The row that a link was made for; None for one that was never made."""
    number, _sep, signature = token.partition("-")
    try:
        outgoing_id = base36_to_int(number)
    except ValueError:
        return None
    return outgoing_id if constant_time_compare(signature, _signature(outgoing_id)) else None


def _signature(outgoing_id: int) -> str:
    return salted_hmac("tuangou.told", str(outgoing_id), algorithm="sha256").hexdigest()[:SIGNED]
