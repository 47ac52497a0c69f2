"""Settlements stay within one group and are never changed; what a database can hold of O12.

A round is settled only when both sides confirmed the statement as it is; from then on nobody is
billed otherwise. A statement with its supplements says at every commit what the merchant's account
says. An entry that takes money back is the exact opposite of the one it names.
"""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_settlement", "round_id", "orders_round"),
    ("orders_settlement", "drawn_by_id", "groups_membership"),
    ("orders_settlementpart", "settlement_id", "orders_settlement"),
    ("orders_settlementline", "part_id", "orders_settlementpart"),
    ("orders_settlementline", "offer_id", "orders_offer"),
    ("orders_settlementword", "settlement_id", "orders_settlement"),
    ("orders_settlementpayment", "settlement_id", "orders_settlement"),
    ("orders_settlementpayment", "reverses_id", "orders_settlementpayment"),
]

# table: column that may be emptied, or none
APPEND_ONLY = {
    "orders_settlement": "",
    "orders_settlementpart": "",
    "orders_settlementline": "",
    "orders_settlementword": "text",
    "orders_settlementpayment": "note",
}

SETTLED_BY_BOTH = (
    """
    create function orders_round_settled_by_both() returns trigger language plpgsql as $$
    begin
      if (select count(distinct w.party) from orders_settlement s
            join orders_settlementword w on w.settlement_id = s.id and w.kind = 'confirmed'
           where s.group_id = new.group_id and s.round_id = new.id
             and w.content_hash = (select content_hash from orders_settlementpart
               where settlement_id = s.id order by number desc limit 1)) < 2
      then
        raise exception 'a round is settled when both sides have confirmed'
          using errcode = 'check_violation', constraint = 'round_settled_by_both';
      end if;
      return new;
    end $$;
    create trigger orders_round_settled_by_both before update of status on orders_round
      for each row when (old.status <> 'settled' and new.status = 'settled')
      execute function orders_round_settled_by_both();
    """,
    "drop trigger orders_round_settled_by_both on orders_round;"
    " drop function orders_round_settled_by_both()",
)

BILLED_ONCE_SETTLED = (
    """
    create function orders_line_settled() returns trigger language plpgsql as $$
    begin
      if (select n.status from orders_round n join orders_order r on r.round_id = n.id
           where r.id = new.order_id) = 'settled'
      then
        raise exception 'nobody is billed otherwise once the round is settled'
          using errcode = 'check_violation', constraint = 'line_settled';
      end if;
      return new;
    end $$;
    create trigger orders_line_settled
      before update of quantity, billed_quantity, final_unit_price_fen on orders_orderline
      for each row when (old.quantity <> new.quantity or old.billed_quantity <> new.billed_quantity
        or old.final_unit_price_fen is distinct from new.final_unit_price_fen)
      execute function orders_line_settled();
    """,
    "drop trigger orders_line_settled on orders_orderline; drop function orders_line_settled()",
)

FOLLOWS = (
    """
    create function orders_settlement_follows() returns trigger language plpgsql as $$
    declare
      drawn bigint;
      written bigint;
      held bigint;
      of_round bigint;
    begin
      if tg_table_name = 'orders_posting' then
        of_round := new.round_id;
      else
        select round_id into of_round from orders_settlement where id = new.settlement_id;
      end if;
      select id into drawn from orders_settlement
       where group_id = new.group_id and round_id = of_round;
      if drawn is null then
        return null;
      end if;
      select coalesce(sum(ordered_fen - short_fen - returned_fen - commission_fen), 0) into written
        from orders_settlementpart where settlement_id = drawn;
      select coalesce(sum(amount_fen), 0) into held from orders_posting
       where group_id = new.group_id and round_id = of_round and account = 'merchant'
         and source not in ('settlement', 'supplement', 'settle_payment');
      if written <> -held then
        raise exception 'settlement % says % fen, the books say %', drawn, written, -held
          using errcode = 'check_violation', constraint = 'settlement_follows';
      end if;
      return null;
    end $$;
    create constraint trigger orders_settlement_follows after insert on orders_posting
      deferrable initially deferred for each row when (new.account = 'merchant')
      execute function orders_settlement_follows();
    create constraint trigger orders_settlementpart_follows after insert on orders_settlementpart
      deferrable initially deferred for each row execute function orders_settlement_follows();
    """,
    "drop trigger orders_settlementpart_follows on orders_settlementpart;"
    " drop trigger orders_settlement_follows on orders_posting;"
    " drop function orders_settlement_follows()",
)

OPPOSITE = (
    """
    create function orders_settlementpayment_opposite() returns trigger language plpgsql as $$
    begin
      if not exists (select from orders_settlementpayment p where p.id = new.reverses_id
          and p.settlement_id = new.settlement_id and p.amount_fen = -new.amount_fen
          and p.reverses_id is null)
      then
        raise exception 'money is taken back by the exact opposite of one entry'
          using errcode = 'check_violation', constraint = 'settlement_payment_opposite';
      end if;
      return new;
    end $$;
    create trigger orders_settlementpayment_opposite before insert on orders_settlementpayment
      for each row when (new.reverses_id is not null)
      execute function orders_settlementpayment_opposite();
    """,
    "drop trigger orders_settlementpayment_opposite on orders_settlementpayment;"
    " drop function orders_settlementpayment_opposite()",
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
    dependencies = [("orders", "0026_waiting_guards"), ("core", "0008_erasures_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(*guard) for guard in APPEND_ONLY.items()),
        migrations.RunSQL(*SETTLED_BY_BOTH),
        migrations.RunSQL(*BILLED_ONCE_SETTLED),
        migrations.RunSQL(*FOLLOWS),
        migrations.RunSQL(*OPPOSITE),
    ]
