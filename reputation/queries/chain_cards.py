"""The chain of trust in words for the chat (R10)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from groups.models import Group
from reputation.queries.trust_chains import ChainPage, Link
from tuangou.core.templatetags.states import BADGES

MOST_BYTES = 2048


def card_text(page: ChainPage, *, group: Group, url: str) -> str:
    """The share card for the chat: the links in words, missing ones named, at most 2,048 bytes."""
    about = {"what": page.item or page.brand, "brand": page.brand, "group": group.name}
    head = _("【%(group)s】为什么可以信 %(brand)s") % about
    if page.item:
        head = _("【%(group)s】为什么可以信 %(brand)s 的%(what)s") % about
    lines = [head]
    for link in page.links:
        if link.key not in ("you", "voucher", "own"):
            lines.append(_card_line(link))
    return _fit([*lines, _("凭据都能点开：%(url)s") % {"url": url}])


def _card_line(link: Link) -> str:
    sign = "✓" if link.holds else "✗"
    band = f"（{BADGES[link.band][1]}）" if link.band else ""
    facts = [fact.text for fact in link.facts if fact.holds]
    lacking = [fact.text for fact in link.facts if not fact.holds]
    words = [*facts, *(_("缺：%(what)s") % {"what": text} for text in lacking)]
    return f"{sign} {link.title}{band}：" + "；".join(words)


def _fit(lines: list[str]) -> str:
    """The first and the last line, and as many of those between as a message of the chat holds."""
    text = "\n".join(lines)
    while len(text.encode()) > MOST_BYTES and len(lines) > 2:
        del lines[-2]
        text = "\n".join(lines)
    return text
