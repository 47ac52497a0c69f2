"""After-sales stays within one group; answers, marks and incidents are never changed.

An answer's text may be emptied when its writer is erased; a provisional credit is ended once and
keeps its amount; a batch's answer is about a line of that batch.
"""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_returnanswer", "ret_id", "orders_return"),
    ("orders_returnmark", "ret_id", "orders_return"),
    ("orders_provisionalcredit", "ret_id", "orders_return"),
    ("orders_batchquestion", "round_id", "orders_round"),
    ("orders_batchquestion", "offer_id", "orders_offer"),
    ("orders_batchquestion", "first_id", "orders_return"),
    ("orders_batchanswer", "question_id", "orders_batchquestion"),
    ("orders_batchanswer", "line_id", "orders_orderline"),
    ("orders_batchanswer", "answered_by_id", "groups_membership"),
    ("orders_incident", "question_id", "orders_batchquestion"),
    ("orders_incident", "hold_id", "orders_hold"),
]

# table: column that may be emptied, or none
APPEND_ONLY = {"orders_returnanswer": "text", "orders_returnmark": "", "orders_incident": ""}

CREDIT_KEPT = (
    """
    create function orders_provisionalcredit_kept() returns trigger language plpgsql as $$
    begin
      if new.amount_fen <> old.amount_fen or new.ret_id <> old.ret_id
         or old.ended_at is not null then
        raise exception 'a provisional credit keeps its amount and ends once'
          using errcode = 'check_violation', constraint = 'provisional_credit_kept';
      end if;
      return new;
    end $$;
    create trigger orders_provisionalcredit_kept before update on orders_provisionalcredit
      for each row execute function orders_provisionalcredit_kept();
    """,
    "drop trigger orders_provisionalcredit_kept on orders_provisionalcredit;"
    " drop function orders_provisionalcredit_kept()",
)

SAME_BATCH = (
    """
    create function orders_batchanswer_same_batch() returns trigger language plpgsql as $$
    begin
      if (select offer_id from orders_batchquestion where id = new.question_id)
         <> (select offer_id from orders_orderline where id = new.line_id) then
        raise exception 'who answers has bought of that batch'
          using errcode = 'check_violation', constraint = 'batch_answer_of_batch';
      end if;
      return new;
    end $$;
    create trigger orders_batchanswer_same_batch before insert or update on orders_batchanswer
      for each row execute function orders_batchanswer_same_batch();
    """,
    "drop trigger orders_batchanswer_same_batch on orders_batchanswer;"
    " drop function orders_batchanswer_same_batch()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str, column: str) -> migrations.RunSQL:
    allowed = f"'{column}'" if column else ""
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({allowed});"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_aftersales"), ("core", "0008_erasures_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(*guard) for guard in APPEND_ONLY.items()),
        migrations.RunSQL(*CREDIT_KEPT),
        migrations.RunSQL(*SAME_BATCH),
    ]
