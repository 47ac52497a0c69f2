"""What the page of a neighbour's login link shows."""

from __future__ import annotations

from groups.models import LoginLink


def open_login_link(group_id: int, membership_id: int) -> LoginLink | None:
    """The link that may still be used. One query."""
    links = LoginLink.objects.of_group(group_id).unspent().filter(membership_id=membership_id)
    return links.first()


def is_usable(token: str) -> bool:
    """Whether this token signs somebody in; who, is not said. One query."""
    return LoginLink.objects.usable().with_token(token).exists()
