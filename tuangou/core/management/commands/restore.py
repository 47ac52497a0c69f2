"""A backup back into a database, checked against its manifest; the erased are erased again."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from tuangou.core import backups, personal


class Command(BaseCommand):
    help = (
        "Load a backup into an empty database, as DATABASE_OWNER_URL; compare every count, sum and "
        "file with its manifest; migrate and give the app its rights; erase again whoever was "
        "erased since."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--replace",
            default="",
            metavar="NAME",
            help="delete what is in the database of this name, and the pictures, first",
        )
        parser.add_argument(
            "--erasures",
            type=Path,
            metavar="FILE",
            help="a further journal of erasures (beside the backup's and the one in DATA_DIR)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        given: Path | None = options["erasures"]
        if given is not None and not given.is_file():
            raise CommandError(f"{given} is no file; nothing was touched.")
        journals = backups.journals(folder, [given] if given else [])
        try:
            differences = backups.restore(folder, replace=options["replace"])
        except backups.Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        call_command("prepare_database", verbosity=0)
        again = [user_id for path in journals for user_id in personal.erase_again(path)]
        personal.note_erasures()
        for line in differences:
            self.stderr.write(line)
        self.stdout.write(f"{folder}: restored; {len(again)} erased again")
        if differences:
            raise CommandError(f"{len(differences)} differences from the manifest")
