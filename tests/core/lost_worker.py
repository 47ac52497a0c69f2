"""For `celery worker -I tests.core.lost_worker`: dies after the effect, before the ack."""

import os
import signal
from typing import Any

from celery.signals import task_postrun


@task_postrun.connect
def die(**_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
