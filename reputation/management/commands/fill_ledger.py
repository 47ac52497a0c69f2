"""Write down what happened before there was a ledger, from the events that are kept."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from groups.models import Group, GroupStatus
from reputation.queries.facts import READERS, of_event
from reputation.services import ledger
from tuangou.core.models import Event


class Command(BaseCommand):
    help = (
        "After an upgrade, once: enter the rounds, returns, inspections and months of all living"
        " groups that ended before the ledger came. Running it again adds nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for group in Group.objects.filter(status=GroupStatus.ACTIVE).order_by("pk"):
            news = Event.objects.filter(group_id=group.pk, kind__in=READERS).order_by("pk")
            new = sum(
                len(ledger.enter(group_id=group.pk, facts=of_event(event)))
                for event in news.iterator()
            )
            self.stdout.write(f"{group.slug}: {new} pages.")
