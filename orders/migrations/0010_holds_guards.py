"""A hold stays in its group and its round, and is released once."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_hold", "round_id", "orders_round"),
    ("orders_hold", "offer_id", "orders_offer"),
    ("orders_hold", "held_by_id", "groups_membership"),
    ("orders_hold", "released_by_id", "groups_membership"),
]

KEPT = (
    """
    create function orders_hold_kept() returns trigger language plpgsql as $$
    begin
      if new.offer_id is not null and not exists (
           select from orders_offer where id = new.offer_id and round_id = new.round_id) then
        raise exception 'the offer of a hold belongs to its round'
          using errcode = 'check_violation', constraint = 'hold_offer_of_round';
      end if;
      if tg_op = 'UPDATE' and old.released_at is not null
         and new.released_at is distinct from old.released_at then
        raise exception 'a hold is released once'
          using errcode = 'check_violation', constraint = 'hold_released_once';
      end if;
      return new;
    end $$;
    create trigger orders_hold_kept before insert or update on orders_hold
      for each row execute function orders_hold_kept();
    """,
    "drop trigger orders_hold_kept on orders_hold; drop function orders_hold_kept()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_holds")]

    operations = [*(composite_key(*key) for key in COMPOSITE_KEYS), migrations.RunSQL(*KEPT)]
