"""The Celery application. What runs when stands in settings.CELERY_BEAT_SCHEDULE.

Worker: `celery -A tuangou worker --without-gossip --without-mingle --without-heartbeat`
(a broker that comes back after an outage is then taken up again without noise).
Beat: `celery -A tuangou beat`. Two beats are harmless, a missing one is replaced by
`manage.py dispatch_due` from cron.
"""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuangou.settings")

app = Celery("tuangou")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: object) -> None:
    """Django's LOGGING holds in workers too: without a receiver Celery installs its own."""
