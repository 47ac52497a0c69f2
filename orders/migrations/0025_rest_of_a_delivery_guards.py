"""Helpers, batches and evidence stay in their group; what came later is never changed.

A batch that is stopped belongs to the offer that the stop names. The free text of an append-only
row may be emptied when a person is erased.
"""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_delivery", "helper_id", "orders_helperlink"),
    ("orders_deliveryphoto", "helper_id", "orders_helperlink"),
    ("orders_hold", "batch_id", "orders_batch"),
    ("orders_laterarrival", "delivery_id", "orders_delivery"),
    ("orders_laterarrival", "offer_id", "orders_offer"),
    ("orders_laterarrival", "by_id", "groups_membership"),
    ("orders_laterarrival", "helper_id", "orders_helperlink"),
    ("orders_answerfile", "answer_id", "orders_returnanswer"),
]

APPEND_ONLY = [("orders_laterarrival", "'note'")]

OF_ITS_OFFER = (
    """
    create function orders_hold_batch_of_offer() returns trigger language plpgsql as $$
    begin
      if not exists (
           select from orders_batch b join orders_deliveryline l on l.id = b.delivery_line_id
           where b.id = new.batch_id and l.offer_id = new.offer_id) then
        raise exception 'the batch of a hold is of its offer'
          using errcode = 'check_violation', constraint = 'hold_batch_of_offer';
      end if;
      return new;
    end $$;
    create trigger orders_hold_batch_of_offer before insert or update of batch_id, offer_id
      on orders_hold for each row when (new.batch_id is not null)
      execute function orders_hold_batch_of_offer();
    """,
    "drop trigger orders_hold_batch_of_offer on orders_hold;"
    "drop function orders_hold_batch_of_offer()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str, texts: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({texts});"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0024_settlements_waiting_doors"), ("core", "0008_erasures_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(*table) for table in APPEND_ONLY),
        migrations.RunSQL(*OF_ITS_OFFER),
    ]
