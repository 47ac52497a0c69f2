"""What the database itself refuses in orders and money.

Rows that cross groups; status changes without a rule; edits of append-only rows; postings of one
act that do not sum to zero; a frozen unit price that moves.
"""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_round", "initiator_id", "groups_membership"),
    ("orders_round", "pickup_point_id", "groups_pickuppoint"),
    ("orders_round", "copied_from_id", "orders_round"),
    ("orders_offer", "round_id", "orders_round"),
    ("orders_pricetier", "offer_id", "orders_offer"),
    ("orders_basketline", "offer_id", "orders_offer"),
    ("orders_basketline", "household_id", "groups_household"),
    ("orders_order", "round_id", "orders_round"),
    ("orders_order", "member_id", "groups_membership"),
    ("orders_order", "household_id", "groups_household"),
    ("orders_order", "placed_by_id", "groups_membership"),
    ("orders_orderline", "order_id", "orders_order"),
    ("orders_orderline", "offer_id", "orders_offer"),
    ("orders_orderchange", "order_id", "orders_order"),
    ("orders_orderchange", "actor_id", "groups_membership"),
    ("orders_posting", "round_id", "orders_round"),
    ("orders_posting", "order_id", "orders_order"),
    ("orders_payment", "round_id", "orders_round"),
    ("orders_payment", "order_id", "orders_order"),
    ("orders_payment", "claimed_by_id", "groups_membership"),
    ("orders_delivery", "round_id", "orders_round"),
    ("orders_delivery", "recorded_by_id", "groups_membership"),
    ("orders_deliveryline", "delivery_id", "orders_delivery"),
    ("orders_deliveryline", "offer_id", "orders_offer"),
    ("orders_checkoff", "order_id", "orders_order"),
    ("orders_checkoff", "by_id", "groups_membership"),
    ("orders_checkoff", "undone_by_id", "groups_membership"),
    ("orders_return", "round_id", "orders_round"),
    ("orders_return", "order_id", "orders_order"),
    ("orders_return", "line_id", "orders_orderline"),
    ("orders_return", "requested_by_id", "groups_membership"),
    ("orders_return", "decided_by_id", "groups_membership"),
    ("orders_returnphoto", "ret_id", "orders_return"),
]

# A round's merchant must have an approval row in the same group.
APPROVED_MERCHANT = (
    "alter table orders_round add constraint orders_round_merchant_known_in_group"
    " foreign key (group_id, merchant_id) references merchants_application (group_id, merchant_id)"
    " deferrable initially immediate",
    "alter table orders_round drop constraint orders_round_merchant_known_in_group",
)

MOVES = {
    "orders_round": (
        "draft>open,draft>cancelled,open>closed,open>cancelled,closed>open,closed>confirmed,"
        "closed>failed,closed>cancelled,confirmed>arrived,confirmed>cancelled,arrived>completed,"
        "arrived>cancelled,completed>settled"
    ),
    "orders_order": (
        "placed>collected,placed>partly,placed>missed,placed>cancelled,collected>placed,"
        "partly>placed,partly>collected,missed>placed,missed>collected"
    ),
    "orders_payment": "claimed>received,claimed>withdrawn,received>undone",
    "orders_return": (
        "requested>accepted,requested>rejected,requested>withdrawn,accepted>refunded"
    ),
}

APPEND_ONLY = ["orders_orderchange", "orders_posting", "orders_publishedsummary"]

BALANCED = (
    """
    create function orders_postings_balance() returns trigger language plpgsql as $$
    begin
      if (select sum(amount_fen) from orders_posting
           where group_id = new.group_id and source = new.source and source_id = new.source_id) <> 0
      then
        raise exception 'postings of % % do not sum to zero', new.source, new.source_id
          using errcode = 'check_violation', constraint = 'postings_balance';
      end if;
      return null;
    end $$;
    create constraint trigger orders_postings_balance after insert on orders_posting
      deferrable initially deferred for each row execute function orders_postings_balance();
    """,
    "drop trigger orders_postings_balance on orders_posting;"
    " drop function orders_postings_balance()",
)

FROZEN_PRICE = (
    """
    create function orders_line_price_frozen() returns trigger language plpgsql as $$
    begin
      if new.unit_price_fen <> old.unit_price_fen then
        raise exception 'the ordered price of a line never changes'
          using errcode = 'check_violation', constraint = 'line_price_frozen';
      end if;
      if old.final_unit_price_fen is not null
         and new.final_unit_price_fen is distinct from old.final_unit_price_fen then
        raise exception 'the final price of a line is set once'
          using errcode = 'check_violation', constraint = 'line_final_price_once';
      end if;
      return new;
    end $$;
    create trigger orders_line_price_frozen
      before update of unit_price_fen, final_unit_price_fen on orders_orderline
      for each row execute function orders_line_price_frozen();
    """,
    "drop trigger orders_line_price_frozen on orders_orderline;"
    " drop function orders_line_price_frozen()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def checked_moves(table: str, moves: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_moves before update of status on {table}"
        f" for each row execute function core_check_move('{moves}')",
        f"drop trigger {table}_moves on {table}",
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
        ("orders", "0001_initial"),
        ("merchants", "0002_guards"),
        ("core", "0002_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        migrations.RunSQL(*APPROVED_MERCHANT),
        *(checked_moves(table, moves) for table, moves in MOVES.items()),
        *(append_only(table) for table in APPEND_ONLY),
        migrations.RunSQL(*BALANCED),
        migrations.RunSQL(*FROZEN_PRICE),
    ]
