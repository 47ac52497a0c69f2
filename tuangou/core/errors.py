"""Refusals: a rule of the house was broken. Every message may be shown to the person who asked."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise


class DomainError(Exception):
    """A rule said no. `code` is for programs, `rule` names the rule (O4, M5 …), the message is a
    sentence that names the rule and the next step. `field` places it next to a form field.
    Subclasses take the same arguments, so that a stored refusal can be raised again."""

    code: ClassVar[str] = "refused"
    rule: ClassVar[str] = ""
    status: ClassVar[int] = 409

    def __init__(self, message: str | Promise, *, field: str = "", **details: Any) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.field = field
        self.details = details

    def __str__(self) -> str:
        return self.message


class InvalidTransition(DomainError):
    """The state table knows no such move."""

    code = "invalid_transition"


class NotAllowed(DomainError):
    """The person is known here, but this is not hers to do."""

    code = "not_allowed"
    status = 403


class Conflict(DomainError):
    """The same request id came back with another body."""

    code = "conflict"


class InvalidInput(DomainError):
    """What was typed cannot be read or is out of bounds."""

    code = "invalid_input"
    status = 422


class ImageRefused(InvalidInput):
    """The uploaded picture is too large, too big, or no picture."""

    code = "image_refused"


class TooMany(DomainError):
    """Tried more often than allowed (core.limits)."""

    code = "too_many"
    status = 429

    @property
    def retry_after(self) -> int:
        """Whole seconds until it may be tried again: HTTP's Retry-After."""
        return int(self.details.get("retry_after", 60))
