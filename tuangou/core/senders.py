"""Mail and the group's robot: how one message is handed over. Texts to phones: core.sms.

Called by workers alone, outside every transaction. A message that is handed over twice (a worker
died before it could note the first time) is told apart by its number: the Message-ID of a mail, the
`id` of a text; a robot has none.
"""

from __future__ import annotations

import smtplib
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template import Context
from django.template.loader import get_template

TIMEOUT = (5, 5)  # seconds to connect, seconds of silence
ROBOT_BYTES = 2048
ROBOT_BUSY = {45009, -1}  # too often; the system is busy
ROBOT_GONE = {93000, 40008, 40058}  # no such robot, or it does not take this


class NotNow(Exception):
    """It was not taken; it may be later."""


class Never(Exception):
    """This one will never be taken."""


class RobotGone(Never):
    """The group's robot is not there any more."""


def mail(number: str, *, to: str, subject: str, body: str, stop_url: str = "") -> None:
    """One plain mail. `stop_url` ends mails of this kind, without signing in: programs may post to
    it (RFC 8058). Raises NotNow, Never."""
    headers = {
        "Message-ID": f"<{number}@{_domain()}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if stop_url:
        headers["List-Unsubscribe"] = f"<{stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
    message = EmailMessage(subject, body, to=[to], headers=headers, connection=connection)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _said in error.recipients.values()]
        raise (Never if all(code >= 500 for code in codes) else NotNow)(f"SMTP {codes}") from None
    except smtplib.SMTPResponseException as error:
        refused = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPConnectError)
        kind = Never if refused and isinstance(error, smtplib.SMTPDataError) else NotNow
        raise kind(f"SMTP {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotNow(type(error).__name__) from None


def plain(template: str, **context: Any) -> str:
    """A text template in the language of the moment; nothing is escaped."""
    backend: Any = get_template(template)
    rendered: str = backend.template.render(Context(context, autoescape=False))
    return rendered.strip() + "\n"


def _domain() -> str:
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return address.rpartition("@")[2] or str(urlsplit(settings.SITE_URL).hostname)


def robot(key: str, *, text: str) -> None:
    """Say something in the group's chat. The host is the installation's, the key alone the
    group's: nobody can point this at another machine. Raises NotNow, RobotGone, Never."""
    try:
        answer = requests.post(
            settings.ROBOT_URL,
            params={"key": key},
            json={"msgtype": "text", "text": {"content": cut(text)}},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise NotNow(type(error).__name__) from None  # its text holds the address with the key
    if answer.status_code != 200:
        raise NotNow(f"HTTP {answer.status_code}")
    try:
        code = answer.json()["errcode"]
    except (ValueError, KeyError, TypeError):
        raise NotNow("no errcode") from None
    if code in ROBOT_BUSY:
        raise NotNow(f"errcode {code}")
    if code in ROBOT_GONE:
        raise RobotGone(f"errcode {code}")
    if code != 0:
        raise Never(f"errcode {code}")


def cut(text: str, most: int = ROBOT_BYTES) -> str:
    """At most this many bytes of UTF-8, cut between characters; a last line that is a link stays.

    What is cut ends in "…".
    """
    if len(text.encode()) <= most:
        return text
    head, _sep, last = text.rpartition("\n")
    end = f"…\n{last}" if last.startswith(("https://", "http://")) else "…"
    room = most - len(end.encode())
    body = head if end != "…" else text
    return body.encode()[:room].decode(errors="ignore").rstrip() + end
