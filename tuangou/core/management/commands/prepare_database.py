"""Bring the database up to this code, as its owner, and give the app's role what it needs."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ProgrammingError

OWNER = "owner"
LOCK = 7_203_901  # any number: two runs at once wait for each other
READ_ONLY_TABLES = ("django_migrations",)


class Command(BaseCommand):
    help = (
        "Connect as DATABASE_OWNER_URL (else DATABASE_URL), migrate, make the cache table, grant "
        "rights to the role of DATABASE_URL. Run it at every deployment; twice does no harm."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--grants-only", action="store_true", help="leave the tables as they are"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connections.settings[OWNER] = connections.settings["default"] | {
            **settings.OWNER_DATABASE,
            "NAME": connections.settings["default"]["NAME"],
        }
        owner = connections[OWNER]
        with owner.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            if not options["grants_only"]:
                call_command("migrate", database=OWNER, verbosity=options["verbosity"])
                call_command("createcachetable", database=OWNER, verbosity=options["verbosity"])
            self.grant(owner)
        finally:
            owner.close()  # releases the lock
            del connections[OWNER]
            del connections.settings[OWNER]

    def grant(self, owner: BaseDatabaseWrapper) -> None:
        app_role, password = (connections.settings["default"][key] for key in ("USER", "PASSWORD"))
        if app_role == owner.settings_dict["USER"]:
            self.stderr.write(
                "Warning: DATABASE_URL and DATABASE_OWNER_URL are one role, so the database cannot "
                "keep the app from changing append-only tables. Give the app a role of its own."
            )
            return
        with transaction.atomic(using=OWNER), owner.cursor() as cursor:
            cursor.execute("select 1 from pg_roles where rolname = %s", [app_role])
            if cursor.fetchone() is None:
                create_role(owner, app_role, password)
            for statement in grants(owner, app_role):
                cursor.execute(statement)


def create_role(owner: BaseDatabaseWrapper, role: str, password: str) -> None:
    """Make the app's role if the owner may; else say which statement the operator has to run."""
    quoted = owner.ops.quote_name(role)
    try:
        with owner.cursor() as cursor:
            cursor.execute(f"create role {quoted} login password %s", [password])
    except ProgrammingError as error:
        raise CommandError(
            f"The role {role} does not exist and the owner may not make it. "
            f"As a superuser: create role {quoted} login password '…'"
        ) from error


def grants(owner: BaseDatabaseWrapper, role: str) -> list[str]:
    """All rights in one transaction, so that there is no moment with too many or too few."""
    quote = owner.ops.quote_name
    app = quote(role)
    fixed = ", ".join(quote(table) for table in append_only_tables())
    read_only = ", ".join(quote(table) for table in READ_ONLY_TABLES)
    return [
        f"grant connect on database {quote(owner.settings_dict['NAME'])} to {app}",
        f"grant usage on schema public to {app}",
        f"grant select, insert, update, delete on all tables in schema public to {app}",
        f"grant usage, select on all sequences in schema public to {app}",
        f"grant execute on all functions in schema public to {app}",
        f"revoke update, delete, truncate on {fixed} from {app}",
        f"revoke insert, update, delete, truncate on {read_only} from {app}",
    ]


def append_only_tables() -> list[str]:
    """Tables of every model that says `append_only = True`."""
    return sorted(
        model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)
    )
