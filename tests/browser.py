"""A real browser for tests: where it is, and what a missing one means."""

from __future__ import annotations

import os
import shutil

import pytest

# Milliseconds. What is not there after this is missing; a busy machine is slow and not wrong.
PATIENCE = 60_000
NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")


def launch_args() -> dict[str, str]:
    """How Playwright starts it. In CI a missing browser fails, so that a skip cannot hide."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
            pytest.fail("CI needs a browser: apt-get install chromium")
        pytest.skip("needs a browser: apt-get install chromium")
    # Playwright's own event loop runs in this thread from now on; Django would refuse to query in
    # its presence, in this test and in every later one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return {"executable_path": found}
