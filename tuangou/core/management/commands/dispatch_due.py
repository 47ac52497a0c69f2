"""What beat and workers do, done here: for an installation without them, or while they are away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from tuangou.core import events, outgoing, sms


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

        for dispatch, send in (
            (sms.dispatch_due, sms.send),
            (outgoing.dispatch_due, outgoing.send),
        ):
            while dispatch(each(send)):
                pass
        self.stdout.write(f"{ran} done, {failed} not done")


def each(send: Callable[[int], bool]) -> Callable[[list[int]], None]:
    """One after another, here."""

    def all_of(ids: list[int]) -> None:
        for number in ids:
            send(number)

    return all_of
