"""What a list page keeps of its address, in links and in the forms of its rows."""

from __future__ import annotations

from urllib.parse import urlencode

from django.utils.html import format_html_join
from django.utils.safestring import SafeString


def hidden(**kept: str) -> SafeString:
    """Boxes nobody sees, for what is not empty."""
    rows = [(name, value) for name, value in kept.items() if value]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', rows)


def query_of(**kept: str) -> str:
    """`q=76&state=unpaid&`, ready for one more; empty for nothing."""
    rows = {name: value for name, value in kept.items() if value}
    return f"{urlencode(rows)}&" if rows else ""
