"""Who to sign in as in a group that load_year made: `manage.py demo_signins SLUG`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from groups.models import Group
from orders.management.year.signins import signins, was_loaded


class Command(BaseCommand):
    help = "Print a phone and the password for each role of a group that load_year made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        group = Group.objects.living().filter(slug=slug).first()
        if group is None:
            raise CommandError(f"No living group has the slug {slug}.")
        if not was_loaded(group):
            raise CommandError(f"The group {slug} was not made by load_year: its people are real.")
        for signin in signins(group):
            self.stdout.write(str(signin))
