"""What the beat tick of reminders does, done here."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from orders.services import reminders


class Command(BaseCommand):
    help = "Tell what is due because time passed, each thing once. Fit for cron."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reminders.remind()} told")
