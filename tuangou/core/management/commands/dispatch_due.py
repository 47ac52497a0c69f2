"""What beat and workers do, done here: for an installation without them, or while they are away."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tuangou.core import events, sms


class Command(BaseCommand):
    help = "Run every handling that is due, in this process and without the broker. Fit for cron."

    def handle(self, *args: Any, **options: Any) -> None:
        ran = failed = 0

        def run(ids: list[int]) -> None:
            nonlocal ran, failed
            for handling_id in ids:
                if events.handle(handling_id):
                    ran += 1
                else:
                    failed += 1

        while events.dispatch_due(run):
            pass

        def send(ids: list[int]) -> None:
            for sms_id in ids:
                sms.send(sms_id)

        while sms.dispatch_due(send):
            pass
        self.stdout.write(f"{ran} done, {failed} not done")
