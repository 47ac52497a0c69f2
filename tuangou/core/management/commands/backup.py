"""A backup in a folder: database, pictures, journal of erasures, manifest."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tuangou.core import backups


class Command(BaseCommand):
    help = (
        "Write a backup into a new folder: pg_dump's archive, the pictures, who was erased, and a "
        "manifest that restore checks. As DATABASE_OWNER_URL; people may go on ordering meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            manifest = backups.backup(folder)
        except backups.Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(
            f"{folder}: {rows} rows in {len(manifest['tables'])} tables, "
            f"{len(manifest['files'])} files, up to event {manifest['last_event']}"
        )
