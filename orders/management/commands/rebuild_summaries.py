"""Count the monthly summaries anew: `manage.py rebuild_summaries [--group SLUG] [--check]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from groups.models import Group, GroupStatus
from orders.services.summaries import check, rebuild


class Command(BaseCommand):
    help = (
        "Count the kept monthly summaries anew from orders, lines and returns. With --check nothing"
        " is written: exit 1 and a line for each row where kept and rebuilt differ."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--group", metavar="SLUG", help="only this group")
        parser.add_argument("--check", action="store_true", help="compare, write nothing")

    def handle(
        self, *args: Any, group: str | None = None, check: bool = False, **options: Any
    ) -> None:
        groups = Group.objects.exclude(status=GroupStatus.VOID)
        if group is not None:
            groups = groups.filter(slug=group)
            if not groups:
                raise CommandError(f"No living group has the slug {group}.")
        differing = sum(self._one(one, check_only=check) for one in groups.order_by("slug"))
        if differing and check:
            raise CommandError(f"{differing} kept rows are not what counting anew gives.")

    def _one(self, group: Group, *, check_only: bool) -> int:
        found = check(group_id=group.pk) if check_only else rebuild(group_id=group.pk)
        for difference in found:
            self.stdout.write(f"{group.slug} {difference}")
        if not found:
            self.stdout.write(f"{group.slug}: kept = rebuilt")
        elif not check_only:
            self.stdout.write(f"{group.slug}: {len(found)} rows put right")
        return len(found)
