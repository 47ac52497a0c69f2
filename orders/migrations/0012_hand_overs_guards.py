"""Hand-overs in part stay within one group and one order; an order may be partly collected again."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_checkoff", "helper_id", "orders_helperlink"),
    ("orders_checkoffline", "check_off_id", "orders_checkoff"),
    ("orders_checkoffline", "line_id", "orders_orderline"),
    ("orders_helperlink", "round_id", "orders_round"),
    ("orders_helperlink", "made_by_id", "groups_membership"),
]

BEFORE = (
    "placed>collected,placed>partly,placed>missed,placed>cancelled,collected>placed,"
    "partly>placed,partly>collected,missed>placed,missed>collected"
)
AFTER = f"{BEFORE},collected>partly,missed>partly"

SAME_ORDER = (
    """
    create function orders_checkoffline_same_order() returns trigger language plpgsql as $$
    begin
      if (select order_id from orders_checkoff where id = new.check_off_id)
         <> (select order_id from orders_orderline where id = new.line_id) then
        raise exception 'the line of a hand-over belongs to its order'
          using errcode = 'check_violation', constraint = 'check_off_line_of_order';
      end if;
      return new;
    end $$;
    create trigger orders_checkoffline_same_order before insert or update on orders_checkoffline
      for each row execute function orders_checkoffline_same_order();
    """,
    "drop trigger orders_checkoffline_same_order on orders_checkoffline;"
    " drop function orders_checkoffline_same_order()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def order_moves(moves: str) -> str:
    return (
        "drop trigger orders_order_moves on orders_order;"
        "create trigger orders_order_moves before update of status on orders_order"
        f" for each row execute function core_check_move('{moves}')"
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_hand_overs")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        migrations.RunSQL(order_moves(AFTER), order_moves(BEFORE)),
        migrations.RunSQL(*SAME_ORDER),
    ]
