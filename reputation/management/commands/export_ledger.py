"""The ledger of a group as JSON Lines, for docs/check_ledger.py."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from groups.models import Group
from reputation.queries.chain import export_lines


class Command(BaseCommand):
    help = "Write the whole ledger of a group, a page a line. Numbers of rows, no names."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("group", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        group = Group.objects.with_slug(options["group"]).first()
        if group is None:
            raise CommandError(f"There is no group {options['group']}.")
        for line in export_lines(group.pk):
            self.stdout.write(line, ending="")
