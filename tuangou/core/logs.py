"""Structured logs: JSON lines with the request id, phones and tokens masked."""

from __future__ import annotations

import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_PHONE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?(1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})(?!\d)")
_NAMED_SECRET = re.compile(
    r"(?i)\b(token|secret|password|passwd|api_?key|sessionid|session|csrf\w*|authorization|code)"
    r"(\s*[=:]\s*)(?:bearer\s+|basic\s+)?[^\s&;,\"']+"
)
_TOKEN_IN_PATH = re.compile(r"(/(?:p|i|j|l|h|join|reset)/)[\w-]{16,}")
_LONG_TOKEN = re.compile(
    r"(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{22,}(?![\w-])"
)
_URL_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@/\s]+@")
_SECRET_KEYS = re.compile(
    r"(?i)token|secret|password|authorization|cookie|csrf|session_?key|address|real_name"
)


def mask(value: str) -> str:
    """The same text with phones shortened to 138****8000 and tokens replaced by ***."""
    value = _URL_PASSWORD.sub(r"\1***@", value)
    value = _NAMED_SECRET.sub(r"\1\2***", value)
    value = _TOKEN_IN_PATH.sub(r"\1***", value)
    value = _LONG_TOKEN.sub("***", value)
    return _PHONE.sub(r"\1****\3", value)


def mask_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """structlog processor: masks every text of the line, however deep."""
    for key, value in event.items():
        event[key] = "***" if _SECRET_KEYS.search(key) else _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {
            key: "***" if _SECRET_KEYS.search(str(key)) else _masked(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask(str(value))


def configure(options: dict[str, Any]) -> None:
    """Called by Django with settings.LOGGING: {"level": …, "json": …}. Writes to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
        mask_event,
    ]
    last = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if options["json"]
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        last,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django.request": {"level": "ERROR"},  # each request has a line of ours
                "django.server": {"level": "WARNING"},
            },
        }
    )
