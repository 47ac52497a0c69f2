"""For `celery worker -I tests.core.rig_on`."""

from tests.core import rig

rig.subscribe_all()
