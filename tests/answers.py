"""What two answers have in common: their headers, of those that differ every time only that they
are there."""

from typing import Any

# the request's own number, and the second in which a page that is not kept was made
VARY = {"X-Request-ID", "Expires"}


def headers(response: Any) -> dict[str, str]:
    return {k: "" if k in VARY else v for k, v in response.headers.items()}
