"""Check that nobody changed the ledger, against itself and against seals that members hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from groups.models import Group
from reputation.models import Book
from reputation.queries.chain import Witness, head_of, verify, witness_from


class Command(BaseCommand):
    help = (
        "Read the ledger of reputation page by page: every page against its hash and the page"
        ' before it. --seal "12 abcd-1234" (any number of them) is a page and a seal that somebody'
        " holds, from a receipt or a monthly summary: only these can tell that all was rewritten."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--group", metavar="SLUG", help="only this group")
        parser.add_argument(
            "--seal", metavar="'N SEAL'", action="append", default=[], help="needs --group"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        witnesses = [self._witness(text) for text in options["seal"]]
        if witnesses and not options["group"]:
            raise CommandError("A seal belongs to one group: name it with --group.")
        wrong = 0
        for group in self._groups(options["group"]):
            found = verify(group.pk, witnesses)
            wrong += len(found)
            for finding in found:
                self.stderr.write(f"{group.slug}: {finding}")
            head = head_of(group.pk)
            if not found:
                words = f"page {head.pages}, seal {head.seal}" if head else "no page yet"
                self.stdout.write(f"{group.slug}: {words}. Nothing was changed.")
        if wrong:
            raise CommandError(f"{wrong} findings: the ledger is not what it was.")

    def _witness(self, text: str) -> Witness:
        witness = witness_from(text)
        if witness is None:
            raise CommandError(f'"{text}" is no seal: a page and eight letters, "12 abcd-1234".')
        return witness

    def _groups(self, slug: str | None) -> list[Group]:
        if slug:
            group = Group.objects.with_slug(slug).first()
            if group is None:
                raise CommandError(f"There is no group {slug}.")
            return [group]
        return list(Group.objects.filter(pk__in=Book.objects.values("group_id")).order_by("pk"))
