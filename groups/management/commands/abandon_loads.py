"""Give up groups whose loader is gone: `manage.py abandon_loads [SLUG]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from groups.services.loads import void_abandoned


class Command(BaseCommand):
    help = "Mark groups whose loading was broken off as void; their slugs are free again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="only the group with this slug")

    def handle(self, *args: Any, slug: str | None = None, **options: Any) -> None:
        for group in void_abandoned(slug=slug):
            self.stdout.write(f"{group.slug}: loading was broken off, marked void")
