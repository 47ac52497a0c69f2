"""The project: wiring on top, shared ground (core) at the bottom."""

from tuangou.celery import app as celery_app

__all__ = ["celery_app"]
