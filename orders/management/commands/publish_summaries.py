"""Publish what beat would have: `manage.py publish_summaries [--group SLUG]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from groups.models import Group
from orders.services.summaries import publish_due


class Command(BaseCommand):
    help = (
        "Publish every month that is due (the 3rd of the next one, group time) and is not yet"
        " published, as beat does every hour."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--group", metavar="SLUG", help="only this group")

    def handle(self, *args: Any, group: str | None = None, **options: Any) -> None:
        groups = Group.objects.living()
        if group is not None:
            groups = groups.filter(slug=group)
            if not groups:
                raise CommandError(f"No living group has the slug {group}.")
        slugs = dict(groups.values_list("pk", "slug"))
        only = None if group is None else next(iter(slugs))
        for summary in publish_due(group_id=only):
            slug = slugs[summary.group_id]
            self.stdout.write(f"{slug} {summary.month:%Y-%m}: published as version 1")
