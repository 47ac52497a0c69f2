"""Play a year into a new group: `manage.py load_year FILE.csv --group SLUG`."""

from __future__ import annotations

import resource
import time
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.management.year import figures
from orders.management.year.figures import FiguresError
from orders.management.year.loading import CannotLoad, Differs, load, plan_for
from orders.management.year.play import Played
from orders.management.year.today import NotToday, enliven
from reputation.management.year.voices import Voices
from tuangou.core.errors import DomainError


def seed(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) >= 2**63:
        raise ArgumentTypeError(f"{text} is no seed; write a whole number from 0 on")
    return int(text)


class Command(BaseCommand):
    help = (
        "Found a group and play a year of rounds, orders, payments, returns and ratings into it, in"
        " simulated time, so that its monthly summary equals the file (the paper's Table 1) in"
        " every cell. The year is planned and checked first; a load that is broken off is void."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=f"CSV with {','.join(figures.HEADER)}")
        parser.add_argument("--group", required=True, metavar="SLUG", help="of the new group")
        parser.add_argument("--name", help="of the new group")
        parser.add_argument("--seed", type=seed, default=1, help="another number, another year")

        parser.add_argument(
            "--with-today", action="store_true", help="and open rounds, in real time, to order in"
        )
        parser.add_argument(
            "--with-desk",
            action="store_true",
            help="these, and bags to hand out: the summary then goes on to this month",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        if not settings.SIMULATED_TIME:
            raise CommandError("Simulated time is off here: set TUANGOU_DEMO=1 to load a year.")
        path: Path = options["file"]
        try:
            plan = plan_for(
                figures.read(path),
                slug=options["group"],
                name=options["name"],
                seed=options["seed"],
            )
            self._tell(f"Planned {len(plan.orders):,} orders in {len(plan.rounds)} rounds.")
            year = load(plan, source=path.name, tell=self._tell, beside=Voices(plan))
        except (CannotLoad, DomainError, FiguresError, Differs) as error:
            raise CommandError(str(error)) from error
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self._tell(
            f"The year is in {options['group']}: {len(plan.steps):,} steps in"
            f" {time.monotonic() - begun:.0f} s, {peak} MiB at most."
        )

        if options["with_today"] or options["with_desk"]:
            self._enliven(year, with_desk=options["with_desk"])

    def _enliven(self, year: Played, *, with_desk: bool) -> None:
        """A failure here leaves the year as it is: whole, and open."""
        try:
            made = enliven(year, with_desk=with_desk)
        except (NotToday, DomainError) as error:
            self._tell(f"No rounds of today: {error}")
        else:
            self._tell(f"{len(made)} rounds of today are in it too.")

    def _tell(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()
