"""`python -m tests.core.relay`: the beat tick over and over, in a process to be killed."""

from __future__ import annotations

import contextlib
import time

import django

PAUSE = 0.2

if __name__ == "__main__":
    django.setup()
    from kombu.exceptions import OperationalError

    from tests.core import rig
    from tuangou.core import tasks

    rig.subscribe_all()
    while True:
        with contextlib.suppress(OperationalError):  # a broker that is away: the next round
            tasks.dispatch_due()
        time.sleep(PAUSE)
