"""Count every standing anew from the ledger; tell which were not what they should be."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reputation.services import standings


class Command(BaseCommand):
    help = (
        "Bring the standing of every merchant and initiator up to now. --check writes nothing and"
        " fails when a kept standing is not what its entries give."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        work = standings.check if options["check"] else standings.rebuild
        wrong = []
        for group_id in standings.groups_to_rebuild():
            wrong += work(group_id=group_id)
        for difference in wrong:
            self.stderr.write(str(difference))
        if wrong and options["check"]:
            raise CommandError(f"{len(wrong)} standings are not what the ledger gives.")
        self.stdout.write(f"{len(wrong)} standings were wrong.")
