"""The drawn signs of the interface, written into the page: no sprite, no request, no font.

Usage: ``{% icon "check" %}`` beside a word, ``{% icon "speaker" label=_("读给我听") %}`` where the
sign stands alone. An unknown name fails while the template renders, so that tests see it.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

ROUND = '<circle cx="12" cy="12" r="9"/>'
SHAPES: dict[str, str] = {
    "back": '<path d="M15 5l-7 7 7 7"/>',
    "bag": '<path d="M5 8h14l1 13H4zM9 8V6a3 3 0 0 1 6 0v2"/>',
    "bowl": '<path d="M3 11h18c0 5-3 8-6 9H9c-3-1-6-4-6-9zM8 7c0-2 2-2 2-4M13 7c0-2 2-2 2-4"/>',
    "box": '<path d="M12 3l8 4v10l-8 4-8-4V7zM4 7l8 4 8-4M12 11v10"/>',
    "calendar": '<path d="M4 6h16v14H4zM4 10.5h16M8.5 3.5v4M15.5 3.5v4"/>',
    "camera": '<path d="M4 8h4l1.5-3h5L16 8h4v11H4z"/><circle cx="12" cy="13" r="3.5"/>',
    "chart": '<path d="M4 20h16M6.5 20v-7M11 20V9M15.5 20v-5M20 20V5"/>',
    "check": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "clock": ROUND + '<path d="M12 7v5l3 2"/>',
    "cloud": '<path d="M7 19a4 4 0 0 1 0-8 6 6 0 0 1 11-1 4.5 4.5 0 0 1 0 9z'
    'M12 17v-6M9.5 13.5L12 11l2.5 2.5"/>',
    "copy": '<path d="M8 8h12v13H8zM16 8V3H4v13h4"/>',
    "cross": '<path d="M6 6l12 12M18 6L6 18"/>',
    "dots": '<path d="M5.5 12h.01M12 12h.01M18.5 12h.01"/>',
    "down": '<path d="M5 9l7 7 7-7"/>',
    "download": '<path d="M12 3v12M8 11l4 4 4-4M5 16v5h14v-5"/>',
    "eye": '<path d="M2.5 12c2.5-4.5 5.5-6.5 9.5-6.5s7 2 9.5 6.5c-2.5 4.5-5.5 6.5-9.5 6.5'
    's-7-2-9.5-6.5z"/><circle cx="12" cy="12" r="2.5"/>',
    "file": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>',
    "help": ROUND + '<path d="M9.5 9.5c0-3 5-3 5 0 0 2-2.5 2-2.5 4M12 17v.5"/>',
    "home": '<path d="M4 11l8-7 8 7v9h-5v-6H9v6H4z"/>',
    "info": ROUND + '<path d="M12 11v5M12 8v.5"/>',
    "key": '<circle cx="8" cy="15" r="4.5"/><path d="M11.5 11.5L20 3M16 7l3 3"/>',
    "link": '<path d="M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1 1'
    'M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1-1"/>',
    "list": '<path d="M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01"/>',
    "minus": '<path d="M5 12h14"/>',
    "moon": '<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"/>',
    "next": '<path d="M9 5l7 7-7 7"/>',
    "pause": ROUND + '<path d="M9.5 9v6M14.5 9v6"/>',
    "pen": '<path d="M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5"/>',
    "people": '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6'
    'M16 5.5a3.5 3.5 0 0 1 0 6.5M17.5 14.5c2.5.5 3.8 2.5 4 5.5"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c1-5 4-7 8-7s7 2 8 7"/>',
    "phone": '<path d="M5 4h4l2 5-2.5 1.5c1 2 3 4 5 5L15 13l5 2v4c0 1-1 2-2 2C10 20 4 14 3 6'
    'c0-1 1-2 2-2z"/>',
    "play": ROUND + '<path d="M10 8l6 4-6 4z"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "pot": '<path d="M4 10h16v7a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3zM2 12h2M20 12h2M9 6h6M12 6v4"/>',
    "print": '<path d="M7 9V3h10v6M7 18H4v-8h16v8h-3M7 15h10v6H7z"/>',
    "refund": '<path d="M4 12a8 8 0 1 0 3-6.2M4 4v4.5h4.5M9.5 9l2.5 3 2.5-3M12 12v5M9.5 13.5h5"/>',
    "scale": '<path d="M4 20h16l-1.5-9h-13zM8 11a4 4 0 0 1 8 0M12 15l2-2"/>',
    "scan": '<path d="M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16"/>',
    "search": '<circle cx="11" cy="11" r="7"/><path d="M16 16l5 5"/>',
    "share": '<path d="M12 15V3M8 7l4-4 4 4M5 12v8h14v-8"/>',
    "shield": '<path d="M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z"/>',
    "shield-check": '<path d="M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z"/>'
    '<path d="M9 12l2.2 2.2L15.5 10"/>',
    "shop": '<path d="M4 9l1.5-5h13L20 9M4 9c0 3 4 3 4 0 0 3 4 3 4 0 0 3 4 3 4 0 0 3 4 3 4 0'
    'M5.5 12v8h13v-8M10 20v-5h4v5"/>',
    "slip": '<path d="M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6"/>',
    "speaker": '<path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9c1.5 1.5 1.5 4.5 0 6'
    'M18.5 6.5c3 3 3 8 0 11"/>',
    "speech": '<path d="M4 4h16v12H10l-4 4v-4H4z"/>',
    "sprout": '<path d="M12 21v-9M12 12c0-5-3-7-8-7 0 5 3 7 8 7zM12 14c0-4 3-6 8-6 0 4-3 6-8 6z"/>',
    "stall": '<path d="M3 9l2-5h14l2 5zM5 9v11M19 9v11M5 14h14M9 14v6M15 14v6"/>',
    "star": '<path d="M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z"/>',
    "stop": ROUND + '<path d="M6 18L18 6"/>',
    "tag": '<path d="M3 12V4h8l10 10-7 7z"/><circle cx="7.5" cy="8.5" r="1"/>',
    "truck": '<path d="M2 6h12v10H2zM14 10h4l4 3v3h-8"/><circle cx="7" cy="18" r="2"/>'
    '<circle cx="17" cy="18" r="2"/>',
    "undo": '<path d="M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3"/>',
    "warn": '<path d="M12 4l9 16H3zM12 10v4M12 17v.5"/>',
    "yen": ROUND + '<path d="M8 7l4 5 4-5M12 12v6M8.5 12.5h7M8.5 15.5h7"/>',
}
HIDDEN: dict[str, SafeString] = {
    name: mark_safe(f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{shape}</svg>')  # noqa: S308 (our own constants)
    for name, shape in SHAPES.items()
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """The sign of that name, hidden from screen readers unless it carries the label itself."""
    if not label:
        return HIDDEN[name]
    return format_html(
        '<svg class="i" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>',
        label,
        mark_safe(SHAPES[name]),  # noqa: S308 (our own constants)
    )


@register.simple_tag
def logo() -> SafeString:
    """Four bowls round one table."""
    return LOGO


LOGO = mark_safe(
    '<svg viewBox="0 0 32 32" aria-hidden="true" fill="currentColor">'
    '<rect x="9.5" y="9.5" width="13" height="13" rx="3" fill="none" stroke="currentColor"'
    ' stroke-width="2"/><path d="M10 7h12c0-8-12-8-12 0zM10 25h12c0 8-12 8-12 0z'
    'M7 10v12c-8 0-8-12 0-12zM25 10v12c8 0 8-12 0-12z"/></svg>'
)
