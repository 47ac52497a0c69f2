"""Sanctions keep to their group and their facts: what was decided and what proves it never change,
pages of the ledger prove them, and a page is counted once for a rule."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("reputation_consequences", "published_by_id", "groups_membership"),
    ("reputation_sanctionproposal", "decided_by_id", "groups_membership"),
    ("reputation_sanction", "ret_id", "orders_return"),
    ("reputation_sanction", "proposal_id", "reputation_sanctionproposal"),
    ("reputation_sanction", "decided_by_id", "groups_membership"),
    ("reputation_sanction", "lifted_by_id", "groups_membership"),
    ("reputation_sanctionappeal", "sanction_id", "reputation_sanction"),
]
# A merchant is sanctioned and recognised in groups that it applied to.
KNOWN_MERCHANTS = [
    "reputation_sanctionproposal",
    "reputation_sanction",
    "reputation_recognition",
]
APPEND_ONLY = ["reputation_consequences", "reputation_recognition"]
MOVES = {
    "reputation_sanctionproposal": "waiting>accepted,waiting>dismissed",
    "reputation_sanction": "in_force>over,in_force>lifted,over>lifted",
    "reputation_sanctionappeal": "waiting>granted,waiting>refused",
}
# columns that stay as they were written
FIXED = {
    "reputation_sanctionproposal": (
        "group_id, merchant_id, broken, table_version, level, days, pages, made_at"
    ),
    "reputation_sanction": (
        "group_id, merchant_id, level, broken, pages, ret_id, days, table_version, proposal_id,"
        " decided_by_id, decided_at, ends_at, appeal_until"
    ),
    "reputation_sanctionappeal": "group_id, sanction_id, made_by_id, made_at",
}

PROVED = (
    """
    create function reputation_pages_prove() returns trigger language plpgsql as $$
    begin
      if exists (
        select from unnest(new.pages) as page(number) where not exists (
          select from reputation_entry e
          where e.group_id = new.group_id and e.number = page.number
            and e.merchant_id = new.merchant_id and e.corrects is null
        )
      ) then
        raise exception 'a page of % is not about this merchant', new.pages
          using errcode = 'foreign_key_violation', constraint = 'pages_prove';
      end if;
      return new;
    end $$;
    create trigger reputation_pages_prove before insert on reputation_sanction
      for each row execute function reputation_pages_prove();
    create trigger reputation_pages_prove before insert on reputation_sanctionproposal
      for each row execute function reputation_pages_prove();
    """,
    "drop trigger reputation_pages_prove on reputation_sanctionproposal;"
    "drop trigger reputation_pages_prove on reputation_sanction;"
    "drop function reputation_pages_prove()",
)

# Who writes a proposal holds the group's book, so that two never miss each other.
ONCE = (
    """
    create function reputation_page_counts_once() returns trigger language plpgsql as $$
    begin
      if exists (
        select from reputation_sanctionproposal p
        where p.group_id = new.group_id and p.merchant_id = new.merchant_id
          and p.broken = new.broken and p.pages && new.pages
      ) then
        raise exception 'pages % were counted for % before', new.pages, new.broken
          using errcode = 'unique_violation', constraint = 'page_counts_once';
      end if;
      return new;
    end $$;
    create trigger reputation_page_counts_once before insert on reputation_sanctionproposal
      for each row execute function reputation_page_counts_once();
    """,
    "drop trigger reputation_page_counts_once on reputation_sanctionproposal;"
    "drop function reputation_page_counts_once()",
)

STAYS = (
    """
    create function reputation_facts_stay() returns trigger language plpgsql as $$
    begin
      raise exception '%: what was decided stays', tg_table_name
        using errcode = 'restrict_violation', constraint = 'facts_stay';
    end $$;
    """,
    "drop function reputation_facts_stay()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def known_merchant(table: str) -> migrations.RunSQL:
    name = f"{table}_merchant_known_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, merchant_id)"
        " references merchants_application (group_id, merchant_id) deferrable initially immediate",
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


def checked_moves(table: str, moves: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_moves before update of status on {table}"
        f" for each row execute function core_check_move('{moves}')",
        f"drop trigger {table}_moves on {table}",
    )


def facts_stay(table: str, columns: str) -> migrations.RunSQL:
    names = [name.strip() for name in columns.split(",")]
    old, new = (", ".join(f"{side}.{name}" for name in names) for side in ("old", "new"))
    return migrations.RunSQL(
        f"create trigger {table}_facts_stay before update on {table} for each row"
        f" when (({old}) is distinct from ({new})) execute function reputation_facts_stay();"
        f"create trigger {table}_rows_stay before delete on {table}"
        " for each row execute function reputation_facts_stay()",
        f"drop trigger {table}_rows_stay on {table};drop trigger {table}_facts_stay on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("reputation", "0005_complaints_guards"),
        ("merchants", "0011_members_and_agreements"),
        ("core", "0008_erasures_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(known_merchant(table) for table in KNOWN_MERCHANTS),
        *(append_only(table) for table in APPEND_ONLY),
        *(checked_moves(table, moves) for table, moves in MOVES.items()),
        migrations.RunSQL(*PROVED),
        migrations.RunSQL(*ONCE),
        migrations.RunSQL(*STAYS),
        *(facts_stay(table, columns) for table, columns in FIXED.items()),
    ]
