"""Complaints stay within one group, end once, and what was said and decided is never changed."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("reputation_complaint", "mandate_id", "groups_mandate"),
    ("reputation_complaint", "round_id", "orders_round"),
    ("reputation_complaint", "line_id", "orders_orderline"),
    ("reputation_complaint", "batch_id", "orders_batch"),
    ("reputation_complaint", "made_by_id", "groups_membership"),
    ("reputation_complaintfile", "complaint_id", "reputation_complaint"),
    ("reputation_complaintmark", "complaint_id", "reputation_complaint"),
    ("reputation_suggestion", "complaint_id", "reputation_complaint"),
    ("reputation_response", "complaint_id", "reputation_complaint"),
    ("reputation_remedydelivery", "response_id", "reputation_response"),
    ("reputation_remedydelivery", "ret_id", "orders_return"),
    ("reputation_ruling", "complaint_id", "reputation_complaint"),
    ("reputation_ruling", "decided_by_id", "groups_membership"),
    ("reputation_ruling", "panel_id", "reputation_panel"),
    ("reputation_complaintappeal", "complaint_id", "reputation_complaint"),
    ("reputation_rulingrating", "ruling_id", "reputation_ruling"),
    ("reputation_seat", "panel_id", "reputation_panel"),
    ("reputation_seat", "member_id", "groups_membership"),
    ("reputation_vote", "seat_id", "reputation_seat"),
]
# and what may be emptied when a person is erased
APPEND_ONLY = {
    "reputation_complaintmark": [],
    "reputation_response": ["text"],
    "reputation_remedydelivery": [],
    "reputation_ruling": ["reason"],
    "reputation_complaintappeal": ["text"],
    "reputation_rulingrating": [],
    "reputation_vote": ["reason"],
}
MOVES = (
    "open>answered,open>settled,open>withdrawn,open>ruled,"
    "answered>settled,answered>withdrawn,answered>ruled,"
    "ruled>appealed,appealed>reviewed"
)
# What a complaint says and about what stays; its text may be emptied.
KEPT = (
    """
    create function reputation_complaint_kept() returns trigger language plpgsql as $$
    begin
      if (new.number, new.against, new.category, new.severity, new.made_by_id, new.made_at,
          new.by_panel, new.answer_due_at) is distinct from
         (old.number, old.against, old.category, old.severity, old.made_by_id, old.made_at,
          old.by_panel, old.answer_due_at)
         or (new.merchant_id, new.mandate_id, new.line_id, new.batch_id, new.round_id)
         is distinct from (old.merchant_id, old.mandate_id, old.line_id, old.batch_id, old.round_id)
         or new.text not in (old.text, '') then
        raise exception 'what a complaint says stays'
          using errcode = 'check_violation', constraint = 'complaint_kept';
      end if;
      return new;
    end $$;
    create trigger reputation_complaint_kept before update on reputation_complaint
      for each row execute function reputation_complaint_kept();
    """,
    "drop trigger reputation_complaint_kept on reputation_complaint;"
    " drop function reputation_complaint_kept()",
)
# An outcome belongs to a complaint that has come to that end.
ENDED = (
    """
    create function reputation_ruling_ends() returns trigger language plpgsql as $$
    declare
      now_is text;
    begin
      select status into now_is from reputation_complaint where id = new.complaint_id;
      if now_is is distinct from (case
           when new.instance = 2 then 'reviewed'
           when new.verdict = 'agreed' then 'settled'
           when new.verdict = 'withdrawn' then 'withdrawn'
           else 'ruled' end) then
        raise exception 'complaint % has not come to this end', new.complaint_id
          using errcode = 'check_violation', constraint = 'ruling_ends_its_complaint';
      end if;
      return new;
    end $$;
    create trigger reputation_ruling_ends before insert on reputation_ruling
      for each row execute function reputation_ruling_ends();
    """,
    "drop trigger reputation_ruling_ends on reputation_ruling;"
    " drop function reputation_ruling_ends()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str, may_go: list[str]) -> migrations.RunSQL:
    allowed = ", ".join(f"'{column}'" for column in may_go)
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({allowed});"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("reputation", "0004_ratings_guards"),
        ("orders", "0018_deliveries_guards"),
        ("groups", "0002_guards"),
        ("core", "0008_erasures_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(table, may_go) for table, may_go in APPEND_ONLY.items()),
        migrations.RunSQL(
            "create trigger reputation_complaint_moves before update of status on"
            " reputation_complaint for each row"
            f" execute function core_check_move('{MOVES}')",
            "drop trigger reputation_complaint_moves on reputation_complaint",
        ),
        migrations.RunSQL(*KEPT),
        migrations.RunSQL(*ENDED),
    ]
