"""Shared ground: people and their sessions, the event log (= outbox), notices, request keys.

Models with `append_only = True` get no UPDATE, DELETE or TRUNCATE for the app's database role
(`prepare_database`) and triggers that refuse them to everyone else.
"""

from tuangou.core.models.codes import Code, Sms
from tuangou.core.models.erasures import ERASED, Erasure, Export
from tuangou.core.models.keys import ApiToken, Limit, RequestKey, Scope
from tuangou.core.models.news import (
    Event,
    Handling,
    Notice,
    NoticeMute,
    NoticeSetting,
    OutsideChannel,
    Topic,
)
from tuangou.core.models.outgoing import Mailbox, Outgoing, OutgoingState, Robot, Way
from tuangou.core.models.people import Language, Session, TextSize, Theme, User, UserManager

__all__ = [
    "ERASED",
    "ApiToken",
    "Code",
    "Erasure",
    "Event",
    "Export",
    "Handling",
    "Language",
    "Limit",
    "Mailbox",
    "Notice",
    "NoticeMute",
    "NoticeSetting",
    "Outgoing",
    "OutgoingState",
    "OutsideChannel",
    "RequestKey",
    "Robot",
    "Scope",
    "Session",
    "Sms",
    "TextSize",
    "Theme",
    "Topic",
    "User",
    "UserManager",
    "Way",
]
