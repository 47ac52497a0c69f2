"""The ledger keeps its own order: pages follow each other, each proved by a row, none changes."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("reputation_entry", "mandate_id", "groups_mandate"),
    ("reputation_entry", "member_id", "groups_membership"),
    ("reputation_entry", "round_id", "orders_round"),
]

# A merchant has an account in groups that it applied to.
KNOWN_MERCHANT = (
    "alter table reputation_entry add constraint reputation_entry_merchant_known_in_group"
    " foreign key (group_id, merchant_id) references merchants_application (group_id, merchant_id)"
    " deferrable initially immediate",
    "alter table reputation_entry drop constraint reputation_entry_merchant_known_in_group",
)

FOLLOWS = (
    """
    create function reputation_entry_follows() returns trigger language plpgsql as $$
    declare
      last record;
      proved boolean;
    begin
      select number, hash into last from reputation_entry
        where group_id = new.group_id order by number desc limit 1;
      if new.number <> coalesce(last.number, 0) + 1
         or new.previous <> coalesce(last.hash, repeat('0', 64)) then
        raise exception 'page % does not follow page %', new.number, coalesce(last.number, 0)
          using errcode = 'check_violation', constraint = 'entry_follows_the_last';
      end if;
      execute format('select exists (select from %I where id = $1)', new.evidence)
        into proved using new.evidence_id;
      if not proved then
        raise exception 'no row % of % proves this page', new.evidence_id, new.evidence
          using errcode = 'foreign_key_violation', constraint = 'entry_has_evidence';
      end if;
      return new;
    end $$;
    create trigger reputation_entry_follows before insert on reputation_entry
      for each row execute function reputation_entry_follows();
    """,
    "drop trigger reputation_entry_follows on reputation_entry;"
    " drop function reputation_entry_follows()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        " for each row execute function core_refuse_change();"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("reputation", "0001_ledger_ratings_complaints"),
        ("orders", "0023_papers_guards"),
        ("core", "0008_erasures_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        migrations.RunSQL(*KNOWN_MERCHANT),
        migrations.RunSQL(*FOLLOWS),
        append_only("reputation_entry"),
    ]
