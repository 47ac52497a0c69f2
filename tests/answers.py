"""What two answers have in common: their headers, without those that differ every time."""

from typing import Any

# the request's own number, and the second in which a page that is not kept was made
VARY = {"X-Request-ID", "Expires"}


def headers(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in VARY}
