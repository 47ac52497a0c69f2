"""Orders as of 0023: rounds, orders, money, deliveries, returns, and what a round needs to open.

One step instead of the 23 it replaces: every table as it was after them, then what the database
itself refuses. An installation that went through them goes on from their last one; one that stopped
half-way finishes them first.
"""

import functools
import secrets
from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

# What the keys below refer to must be unique before them, but a table with a default in the database
# gets its constraints only at the end of the migration.
REFERRED_TO = ["order", "checkoff", "deliveryline"]

# Rows that cross groups.
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
    ("orders_proxy", "member_id", "groups_membership"),
    ("orders_proxy", "proxy_id", "groups_membership"),
    ("orders_proxy", "said_by_id", "groups_membership"),
    ("orders_return", "repayment_id", "orders_payment"),
    ("orders_purchase", "round_id", "orders_round"),
    ("orders_purchaseline", "purchase_id", "orders_purchase"),
    ("orders_purchaseline", "offer_id", "orders_offer"),
    ("orders_hold", "round_id", "orders_round"),
    ("orders_hold", "offer_id", "orders_offer"),
    ("orders_hold", "held_by_id", "groups_membership"),
    ("orders_hold", "released_by_id", "groups_membership"),
    ("orders_checkoff", "helper_id", "orders_helperlink"),
    ("orders_checkoffline", "check_off_id", "orders_checkoff"),
    ("orders_checkoffline", "line_id", "orders_orderline"),
    ("orders_helperlink", "round_id", "orders_round"),
    ("orders_helperlink", "made_by_id", "groups_membership"),
    ("orders_shortfall", "round_id", "orders_round"),
    ("orders_shortfall", "by_id", "groups_membership"),
    ("orders_shortfallline", "shortfall_id", "orders_shortfall"),
    ("orders_shortfallline", "order_id", "orders_order"),
    ("orders_shortfallline", "line_id", "orders_orderline"),
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
    ("orders_deliverynotice", "round_id", "orders_round"),
    ("orders_deliveryphoto", "delivery_id", "orders_delivery"),
    ("orders_deliveryphoto", "offer_id", "orders_offer"),
    ("orders_deliveryphoto", "by_id", "groups_membership"),
    ("orders_inspection", "delivery_id", "orders_delivery"),
    ("orders_inspection", "by_id", "groups_membership"),
    ("orders_batch", "delivery_line_id", "orders_deliveryline"),
    ("orders_batchpart", "batch_id", "orders_batch"),
    ("orders_batchpart", "line_id", "orders_orderline"),
    ("orders_leftover", "order_id", "orders_order"),
    ("orders_leftover", "taker_id", "groups_membership"),
    ("orders_leftover", "by_id", "groups_membership"),
    ("orders_batchquestion", "batch_id", "orders_batch"),
]

# A round's merchant must have an approval row in the same group.
APPROVED_MERCHANT = (
    "alter table orders_round add constraint orders_round_merchant_known_in_group"
    " foreign key (group_id, merchant_id) references merchants_application (group_id, merchant_id)"
    " deferrable initially immediate",
    "alter table orders_round drop constraint orders_round_merchant_known_in_group",
)

# Status changes without a rule. A return whose repayment is undone opens again.
MOVES = {
    "orders_round": (
        "draft>open,draft>cancelled,open>closed,open>cancelled,closed>open,closed>confirmed,"
        "closed>failed,closed>cancelled,confirmed>arrived,confirmed>cancelled,arrived>completed,"
        "arrived>cancelled,completed>settled"
    ),
    "orders_order": (
        "placed>collected,placed>partly,placed>missed,placed>cancelled,collected>placed,"
        "partly>placed,partly>collected,missed>placed,missed>collected,collected>partly,missed>partly"
    ),
    "orders_payment": "claimed>received,claimed>withdrawn,received>undone",
    "orders_return": (
        "requested>accepted,requested>rejected,requested>withdrawn,accepted>refunded,"
        "refunded>accepted"
    ),
}

# Rows that are never changed, and the free text that may be emptied when a person is erased.
APPEND_ONLY = [
    ("orders_orderchange", "reason"),
    ("orders_posting",),
    ("orders_publishedsummary", "reason"),
    ("orders_purchase",),
    ("orders_purchaseline",),
    ("orders_shortfall",),
    ("orders_shortfallline",),
    ("orders_returnanswer", "text"),
    ("orders_returnmark",),
    ("orders_incident",),
    ("orders_deliverynotice", "car", "driver", "batch", "note"),
    ("orders_inspection", "note"),
]

# The postings of one act sum to zero.
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

# A frozen unit price does not move.
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

# No order for somebody who has just left or was erased, whatever was read before. Placing reads the
# member first and inserts later. The share lock here waits for whoever is taking her out of the
# group, and then sees her gone: no copy of her name and door is made behind it.
MEMBER_STAYS = (
    """
    create function orders_member_stays() returns trigger language plpgsql as $$
    begin
      perform from groups_membership
        where id = new.member_id and status = 'active' for key share;
      if not found then
        raise exception 'the member left while the order was placed'
          using errcode = 'serialization_failure', table = 'orders_order';
      end if;
      return new;
    end $$;
    create trigger orders_order_member_stays before insert on orders_order
      for each row execute function orders_member_stays();
    """,
    "drop trigger orders_order_member_stays on orders_order; drop function orders_member_stays()",
)

# A hold stays in its round, and is released once.
HOLD_KEPT = (
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

# Hand-overs in part stay within one order.
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

# A provisional credit is ended once and keeps its amount; a batch's answer is about a line of it.
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

# No round opens without its merchant's approval and papers that last to the end of the pick-up.
# Which papers an approval was given on stands on its row; none for merchants approved before papers
# were kept, which are asked for them when they are looked at anew. A paper that is taken back at the
# same moment is waited for. A round that is paused keeps its status, so it goes on.
PAPERS = """
create function orders_round_needs_papers() returns trigger
language plpgsql
as $$
declare
    standing text;
    required text[];
    topic text;
    kinds text[];
    first_day date;
    last_day date;
begin
    select status, papers_required into standing, required from merchants_application
     where group_id = new.group_id and merchant_id = new.merchant_id for share;
    if standing is distinct from 'approved' then
        raise exception using errcode = 'check_violation',
            message = 'orders_round_needs_papers: the merchant is not approved';
    end if;
    select (app_now() at time zone time_zone)::date, (new.pickup_until at time zone time_zone)::date
      into first_day, last_day from groups_group where id = new.group_id;
    foreach topic in array required loop
        kinds := case topic
            when 'licence' then array['licence']
            when 'food' then array['food', 'production']
            when 'scope' then array['food', 'production']
            when 'health' then array['health']
            when 'report' then array['report']
        end;
        perform 1 from merchants_document
         where merchant_id = new.merchant_id and kind = any (kinds) and withdrawn_at is null
           and (valid_from is null or valid_from <= first_day)
           and (valid_until is null or valid_until >= last_day)
           and (kind <> 'report' or last_day - valid_from <= 365)
         order by id limit 1 for share;
        if not found then
            raise exception using errcode = 'check_violation',
                message = format('orders_round_needs_papers: no %s to the end of the pick-up', topic);
        end if;
    end loop;
    return new;
end
$$;
create trigger orders_round_needs_papers before update of status on orders_round
    for each row when (old.status in ('draft', 'closed') and new.status = 'open')
    execute function orders_round_needs_papers();
"""

DROP_PAPERS = """
drop trigger orders_round_needs_papers on orders_round;
drop function orders_round_needs_papers();
"""


def in_group(model: str) -> migrations.AddConstraint:
    return migrations.AddConstraint(
        model_name=model,
        constraint=models.UniqueConstraint(fields=("group", "id"), name=f"orders_{model}_in_group"),
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


def append_only(table: str, *texts: str) -> migrations.RunSQL:
    allowed = ", ".join(f"'{text}'" for text in texts)
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({allowed});"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_guards"),
        ("orders", "0003_neighbours"),
        ("orders", "0004_neighbours_guards"),
        ("orders", "0005_erasures_guards"),
        ("orders", "0006_purchases"),
        ("orders", "0007_purchases_guards"),
        ("orders", "0008_members_who_stay"),
        ("orders", "0009_holds"),
        ("orders", "0010_holds_guards"),
        ("orders", "0011_hand_overs"),
        ("orders", "0012_hand_overs_guards"),
        ("orders", "0013_shortfalls"),
        ("orders", "0014_shortfalls_guards"),
        ("orders", "0015_aftersales"),
        ("orders", "0016_aftersales_guards"),
        ("orders", "0017_deliveries"),
        ("orders", "0018_deliveries_guards"),
        ("orders", "0019_leftovers"),
        ("orders", "0020_leftovers_guards"),
        ("orders", "0021_batch_questions"),
        ("orders", "0022_batch_questions_guards"),
        ("orders", "0023_papers_guards"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("core", "0010_squashed"),
        ("groups", "0008_squashed"),
        ("merchants", "0010_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublishedSummary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("version", models.PositiveIntegerField()),
                ("published_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("figures", models.JSONField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_publishedsummary_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "month", "version"), name="published_version_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)), name="published_version_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=6, unique=True)),
                ("title", models.CharField(max_length=60)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("open", "跟团中"),
                            ("closed", "已截单"),
                            ("confirmed", "已成团"),
                            ("failed", "没成团"),
                            ("arrived", "已到货"),
                            ("completed", "已结团"),
                            ("settled", "已结算"),
                            ("cancelled", "已取消"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("opens_at", models.DateTimeField()),
                ("cut_off_at", models.DateTimeField()),
                ("pickup_from", models.DateTimeField()),
                ("pickup_until", models.DateTimeField()),
                ("minimum_households", models.PositiveIntegerField(blank=True, null=True)),
                ("minimum_fen", models.BigIntegerField(blank=True, null=True)),
                (
                    "payee",
                    models.CharField(
                        choices=[("initiator", "团长"), ("merchant", "商家")],
                        default="initiator",
                        max_length=9,
                    ),
                ),
                ("commission_bp", models.PositiveIntegerField()),
                ("last_number", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveBigIntegerField(default=1)),
                ("month", models.DateField()),
                ("extended_at", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("arrived_at", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=200)),
                (
                    "copied_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "initiator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "pickup_point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.pickuppoint",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "status", "cut_off_at"], name="round_board"),
                    models.Index(
                        fields=["group", "merchant", "-cut_off_at"], name="round_of_merchant"
                    ),
                    models.Index(
                        condition=models.Q(("status", "open")),
                        fields=["cut_off_at"],
                        name="round_due_to_close",
                    ),
                    models.Index(fields=["group", "month"], name="round_of_month"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_round_in_group"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "draft",
                                    "open",
                                    "closed",
                                    "confirmed",
                                    "failed",
                                    "arrived",
                                    "completed",
                                    "settled",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="round_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[2-9A-HJKMNP-TV-Z]{6}$")),
                        name="round_code_shape",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cut_off_at__gt", models.F("opens_at"))),
                        name="round_cut_off_after_opening",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("pickup_from__gte", models.F("cut_off_at")),
                            ("pickup_until__gt", models.F("pickup_from")),
                        ),
                        name="round_pickup_after_cut_off",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payee__in", ["initiator", "merchant"])),
                        name="round_payee_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("commission_bp__lte", 3000)),
                        name="round_commission_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("minimum_households__isnull", True),
                            ("minimum_households__gte", 1),
                            _connector="OR",
                        ),
                        name="round_minimum_households_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("minimum_fen__isnull", True),
                            models.Q(("minimum_fen__gte", 1), ("minimum_fen__lt", 1000000000000)),
                            _connector="OR",
                        ),
                        name="round_minimum_amount_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            ("opened_at__isnull", False),
                            ("status", "cancelled"),
                            _connector="OR",
                        ),
                        name="round_opened_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "closed"), _negated=True),
                            ("closed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="round_closed_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ("confirmed", "arrived", "completed", "settled")),
                                _negated=True,
                            ),
                            ("confirmed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="round_confirmed_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ("arrived", "completed", "settled")), _negated=True
                            ),
                            ("arrived_at__isnull", False),
                            _connector="OR",
                        ),
                        name="round_arrived_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", False), ("status", "cancelled")),
                            models.Q(
                                models.Q(("status", "cancelled"), _negated=True),
                                ("cancelled_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="round_cancelled_at_iff_cancelled",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=40)),
                ("spec", models.CharField(blank=True, max_length=40)),
                ("unit", models.CharField(max_length=8)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("vegetables", "蔬菜"),
                            ("fruit", "水果"),
                            ("beef", "牛羊肉"),
                            ("pork", "猪肉"),
                            ("poultry", "禽肉"),
                            ("seafood", "水产"),
                            ("eggs", "蛋"),
                            ("dairy", "奶"),
                            ("grain", "米面粮油"),
                            ("dumplings", "面点饺子"),
                            ("bakery", "烘焙"),
                            ("cooked", "熟食"),
                            ("snacks", "零食干货"),
                            ("household", "日用"),
                        ],
                        max_length=12,
                    ),
                ),
                ("price_fen", models.BigIntegerField()),
                ("store_price_fen", models.BigIntegerField()),
                ("final_price_fen", models.BigIntegerField(null=True)),
                ("step", models.DecimalField(decimal_places=3, default=Decimal("1"), max_digits=9)),
                (
                    "minimum",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=9, null=True),
                ),
                (
                    "household_limit",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=9, null=True),
                ),
                (
                    "capacity",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=9, null=True),
                ),
                (
                    "taken",
                    models.DecimalField(decimal_places=3, default=Decimal("0"), max_digits=12),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.item",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_offer_in_group"),
                    models.UniqueConstraint(
                        fields=("group", "round", "item"), name="offer_once_per_round"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "round", "position"), name="offer_position_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("taken__gte", 0)), name="offer_taken_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("capacity__isnull", True),
                            ("taken__lte", models.F("capacity")),
                            _connector="OR",
                        ),
                        name="offer_never_oversold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("price_fen__gt", 0),
                            ("store_price_fen__lt", 100000000),
                            ("price_fen__lt", models.F("store_price_fen")),
                        ),
                        name="offer_under_store_price",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("final_price_fen__isnull", True),
                            models.Q(
                                ("final_price_fen__gt", 0),
                                ("final_price_fen__lte", models.F("price_fen")),
                            ),
                            _connector="OR",
                        ),
                        name="offer_final_price_never_above",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("step__gt", 0)), name="offer_step_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("capacity__isnull", True), ("capacity__gt", 0), _connector="OR"
                        ),
                        name="offer_capacity_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("household_limit__isnull", True),
                            ("household_limit__gt", 0),
                            _connector="OR",
                        ),
                        name="offer_limit_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("minimum__isnull", True), ("minimum__gt", 0), _connector="OR"
                        ),
                        name="offer_minimum_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("web", "网页"),
                            ("jielong", "接龙"),
                            ("spreadsheet", "表格"),
                            ("paper", "纸条"),
                            ("api", "接口"),
                        ],
                        default="web",
                        max_length=11,
                    ),
                ),
                ("request_id", models.UUIDField()),
                (
                    "pickup_token",
                    models.CharField(
                        default=functools.partial(secrets.token_urlsafe, *(16,)),
                        max_length=22,
                        unique=True,
                    ),
                ),
                ("building", models.CharField(max_length=20)),
                ("unit", models.CharField(blank=True, max_length=10)),
                ("room", models.CharField(max_length=12)),
                ("nickname", models.CharField(max_length=30)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("placed", "已下单"),
                            ("collected", "已取"),
                            ("partly", "取了一部分"),
                            ("missed", "没取"),
                            ("cancelled", "已取消"),
                        ],
                        default="placed",
                        max_length=9,
                    ),
                ),
                ("placed_at", models.DateTimeField()),
                ("amended_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("changes", models.PositiveSmallIntegerField(default=1)),
                ("received_fen", models.BigIntegerField(default=0)),
                ("refunded_fen", models.BigIntegerField(default=0)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.household",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="orders.round",
                    ),
                ),
                ("proxy_collects", models.BooleanField(db_default=False, default=False)),
                ("proxy_pays", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "member", "-placed_at"], name="order_of_member"),
                    models.Index(
                        fields=["group", "placed_by", "-placed_at"], name="order_by_proxy"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "round", "number"), name="order_number_unique"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "placed_by", "request_id"), name="one_order_per_request"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["placed", "collected", "partly", "missed", "cancelled"])
                        ),
                        name="order_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("channel__in", ["web", "jielong", "spreadsheet", "paper", "api"])
                        ),
                        name="order_channel_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="order_number_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", False), ("status", "cancelled")),
                            models.Q(
                                models.Q(("status", "cancelled"), _negated=True),
                                ("cancelled_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="order_cancelled_at_iff_cancelled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("received_fen__gte", 0),
                            ("received_fen__lt", 1000000000000),
                            ("refunded_fen__gte", 0),
                            ("refunded_fen__lte", models.F("received_fen")),
                        ),
                        name="order_refunded_within_received",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("proxy_collects", False), ("proxy_pays", False)),
                            models.Q(("placed_by", models.F("member")), _negated=True),
                            _connector="OR",
                        ),
                        name="order_proxy_is_another_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=9)),
                ("unit_price_fen", models.BigIntegerField()),
                ("final_unit_price_fen", models.BigIntegerField(null=True)),
                ("billed_quantity", models.DecimalField(decimal_places=3, max_digits=9)),
                (
                    "billed_fen",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Cast(
                            django.db.models.expressions.CombinedExpression(
                                models.F("billed_quantity"),
                                "*",
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("final_unit_price_fen"), models.F("unit_price_fen")
                                ),
                            ),
                            models.BigIntegerField(),
                        ),
                        output_field=models.BigIntegerField(),
                    ),
                ),
                (
                    "collected_quantity",
                    models.DecimalField(decimal_places=3, default=Decimal("0"), max_digits=9),
                ),
                (
                    "returned_quantity",
                    models.DecimalField(decimal_places=3, default=Decimal("0"), max_digits=9),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["group", "offer"], name="line_of_offer")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_orderline_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "order", "offer"), name="line_once_per_offer"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="line_quantity_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("unit_price_fen__gt", 0), ("unit_price_fen__lt", 100000000)
                        ),
                        name="line_price_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("final_unit_price_fen__isnull", True),
                            models.Q(
                                ("final_unit_price_fen__gt", 0),
                                ("final_unit_price_fen__lte", models.F("unit_price_fen")),
                            ),
                            _connector="OR",
                        ),
                        name="line_final_price_never_above",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("billed_quantity__gte", 0)),
                        name="line_billed_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("collected_quantity__gte", 0),
                            ("collected_quantity__lte", models.F("billed_quantity")),
                            ("returned_quantity__gte", 0),
                            ("returned_quantity__lte", models.F("collected_quantity")),
                        ),
                        name="line_returned_within_collected_within_billed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("billed_quantity__lte", models.F("quantity"))),
                        name="line_billed_within_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceTier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_quantity", models.DecimalField(decimal_places=3, max_digits=9)),
                ("price_fen", models.BigIntegerField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tiers",
                        to="orders.offer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_pricetier_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "offer", "from_quantity"), name="tier_quantity_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_quantity__gt", 0), ("price_fen__gt", 0)),
                        name="tier_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("order_change", "下单和改单"),
                            ("payment", "收款"),
                            ("payment_undo", "撤销收款"),
                            ("return_decision", "退货决定"),
                            ("provisional", "商家没按时答复，先记的退款"),
                            ("provisional_end", "先记的退款收回，以决定为准"),
                            ("shortfall", "货没到齐"),
                            ("round_confirmed", "成团"),
                            ("round_cancelled", "取消团"),
                        ],
                        max_length=15,
                    ),
                ),
                ("source_id", models.BigIntegerField()),
                (
                    "account",
                    models.CharField(
                        choices=[
                            ("member", "邻居欠款"),
                            ("merchant", "应付商家"),
                            ("commission", "团长佣金"),
                            ("cash_initiator", "团长手里"),
                            ("cash_merchant", "商家手里"),
                            ("rounding", "尾差"),
                        ],
                        max_length=14,
                    ),
                ),
                ("holder_id", models.BigIntegerField()),
                ("amount_fen", models.BigIntegerField()),
                ("posted_at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "order"], name="posting_of_order"),
                    models.Index(fields=["group", "round", "account"], name="posting_of_round"),
                    models.Index(
                        fields=["group", "account", "holder_id"], name="posting_of_holder"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_posting_in_group"),
                    models.UniqueConstraint(
                        fields=("group", "source", "source_id", "account", "holder_id"),
                        name="posting_once_per_act_and_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "account__in",
                                [
                                    "member",
                                    "merchant",
                                    "commission",
                                    "cash_initiator",
                                    "cash_merchant",
                                    "rounding",
                                ],
                            )
                        ),
                        name="posting_account_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_fen__gt", -1000000000000),
                            ("amount_fen__lt", 1000000000000),
                            models.Q(("amount_fen", 0), _negated=True),
                        ),
                        name="posting_amount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "source__in",
                                [
                                    "order_change",
                                    "payment",
                                    "payment_undo",
                                    "return_decision",
                                    "provisional",
                                    "provisional_end",
                                    "shortfall",
                                    "round_confirmed",
                                    "round_cancelled",
                                ],
                            )
                        ),
                        name="posting_source_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "收"), ("out", "退")], default="in", max_length=3
                    ),
                ),
                ("amount_fen", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("claimed", "说已付"),
                            ("received", "已收"),
                            ("withdrawn", "收回"),
                            ("undone", "已撤销"),
                        ],
                        max_length=9,
                    ),
                ),
                ("claimed_at", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "claimed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="orders.order",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "round", "status"], name="payment_of_round")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_payment_in_group"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["claimed", "received", "withdrawn", "undone"])
                        ),
                        name="payment_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["in", "out"])),
                        name="payment_direction_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0), ("amount_fen__lt", 10000000000)),
                        name="payment_amount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ("received", "undone")), _negated=True),
                            ("received_at__isnull", False),
                            _connector="OR",
                        ),
                        name="payment_received_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "undone"), ("undone_at__isnull", False)),
                            models.Q(
                                models.Q(("status", "undone"), _negated=True),
                                ("undone_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="payment_undone_at_iff_undone",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "claimed")),
                        fields=("group", "order"),
                        name="one_open_claim_per_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Return",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=9)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("short", "少了"),
                            ("damaged", "坏了"),
                            ("not_fresh", "不新鲜"),
                            ("wrong", "不对板"),
                            ("other", "其他"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "wish",
                    models.CharField(
                        choices=[
                            ("refund", "退款"),
                            ("replace", "换"),
                            ("make_up", "下次补"),
                            ("tell", "只反馈"),
                        ],
                        default="refund",
                        max_length=7,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "等团长决定"),
                            ("accepted", "同意退"),
                            ("rejected", "没同意"),
                            ("withdrawn", "已撤回"),
                            ("refunded", "已退款"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision", models.CharField(blank=True, max_length=300)),
                ("accepted_fen", models.BigIntegerField(null=True)),
                ("refunded_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="orders.orderline",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="orders.order",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
                (
                    "repayment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.payment",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["group", "status", "-requested_at"], name="return_by_status"
                    ),
                    models.Index(fields=["group", "round"], name="return_of_round"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_return_in_group"),
                    models.UniqueConstraint(
                        fields=("group", "order", "number"), name="return_number_unique"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "requested")),
                        fields=("group", "line"),
                        name="one_open_return_per_line",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["requested", "accepted", "rejected", "withdrawn", "refunded"],
                            )
                        ),
                        name="return_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reason__in", ["short", "damaged", "not_fresh", "wrong", "other"])
                        ),
                        name="return_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wish__in", ["refund", "replace", "make_up", "tell"])),
                        name="return_wish_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="return_quantity_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("accepted_fen__gte", 0),
                                ("accepted_fen__lt", 10000000000),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("status__in", ("accepted", "refunded")),
                            ),
                            models.Q(
                                ("accepted_fen__isnull", True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("status", "rejected"),
                            ),
                            models.Q(
                                ("accepted_fen__isnull", True),
                                ("status__in", ("requested", "withdrawn")),
                            ),
                            _connector="OR",
                        ),
                        name="return_amount_iff_accepted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "rejected"), _negated=True),
                            models.Q(("decision", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="return_rejection_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_at__isnull", True),
                            ("decided_at__gte", models.F("requested_at")),
                            _connector="OR",
                        ),
                        name="return_decided_after_request",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReturnPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("file", models.FileField(upload_to="returns/")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "ret",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="orders.return",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_returnphoto_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "ret", "position"), name="return_photo_position_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                        name="return_photos_at_most_four",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("arrived_at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
                ("corrected_at", models.DateTimeField(null=True)),
                (
                    "inspection_due",
                    models.CharField(
                        blank=True,
                        choices=[("first", "这家第一次给本群送货"), ("drawn", "按规则抽到")],
                        max_length=5,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_delivery_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "round"), name="one_delivery_per_round"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("inspection_due__in", ["", "first", "drawn"])),
                        name="delivery_due_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SummaryMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("latest_version", models.PositiveIntegerField(default=0)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_summarymonth_in_group"
                    ),
                    models.UniqueConstraint(fields=("group", "month"), name="summary_month_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="summary_month_is_a_first"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("units", models.DecimalField(decimal_places=3, max_digits=12)),
                ("sales_fen", models.BigIntegerField()),
                ("returned_fen", models.BigIntegerField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.item",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_monthitem_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "month", "merchant", "item"), name="month_item_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sales_fen__gte", 0),
                            ("units__gt", 0),
                            ("returned_fen__gte", 0),
                            ("returned_fen__lte", models.F("sales_fen")),
                        ),
                        name="month_item_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthMerchant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("orders", models.PositiveIntegerField()),
                ("orders_returned", models.PositiveIntegerField()),
                ("lines", models.PositiveIntegerField()),
                ("lines_returned", models.PositiveIntegerField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_monthmerchant_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "month", "merchant"), name="month_merchant_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("orders__gt", 0),
                            ("orders_returned__lte", models.F("orders")),
                            ("lines__gte", models.F("orders")),
                            ("lines_returned__lte", models.F("lines")),
                        ),
                        name="month_merchant_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ordered", models.DecimalField(decimal_places=3, max_digits=12)),
                ("delivered", models.DecimalField(decimal_places=3, max_digits=12)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.delivery",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "damaged",
                    models.DecimalField(db_default=0, decimal_places=3, default=0, max_digits=12),
                ),
                ("note", models.CharField(blank=True, db_default="", max_length=100)),
                (
                    "sharing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("order", "先下单的先给"),
                            ("evenly", "按比例，大家都少一点"),
                            ("hand", "自己填"),
                        ],
                        db_default="",
                        max_length=6,
                    ),
                ),
                ("weighed", models.DecimalField(decimal_places=3, max_digits=12, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "delivery", "offer"), name="delivery_line_once_per_offer"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("delivered__gte", 0), ("ordered__gte", 0)),
                        name="delivery_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("damaged__gte", 0),
                            (
                                "damaged__lte",
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("weighed"), models.F("delivered")
                                ),
                            ),
                        ),
                        name="delivery_damaged_within_what_came",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sharing__in", ["", "order", "evenly", "hand"])),
                        name="delivery_sharing_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BasketLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("household_limit", models.DecimalField(decimal_places=3, max_digits=9)),
                ("taken", models.DecimalField(decimal_places=3, max_digits=9)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.household",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_basketline_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "offer", "household"), name="basket_line_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("taken__gte", 0), ("taken__lte", models.F("household_limit"))
                        ),
                        name="basket_within_household_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("placed", "下单"),
                            ("amended", "改单"),
                            ("cancelled", "取消"),
                            ("repriced", "按阶梯价结算"),
                            ("short", "货没到齐"),
                        ],
                        max_length=9,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_orderchange_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "order", "number"), name="change_number_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["placed", "amended", "cancelled", "repriced", "short"])
                        ),
                        name="change_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proxy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("asked", "托我代下单"),
                            ("yes", "可以帮我下单"),
                            ("no", "不要帮我下单"),
                        ],
                        max_length=5,
                    ),
                ),
                ("said_at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "proxy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_proxy_in_group"),
                    models.UniqueConstraint(
                        fields=("group", "member", "proxy"), name="proxy_once_per_pair"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("answer__in", ["asked", "yes", "no"])),
                        name="proxy_answer_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("member", models.F("proxy")), _negated=True),
                        name="proxy_is_another_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", "asked"), ("said_by", models.F("proxy"))),
                            models.Q(
                                ("answer__in", ("yes", "no")), ("said_by", models.F("member"))
                            ),
                            _connector="OR",
                        ),
                        name="proxy_said_by_whose_word_it_is",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("orders", models.PositiveIntegerField()),
                ("changes", models.PositiveIntegerField()),
                ("commission_bp", models.PositiveIntegerField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_purchase_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "round"), name="one_purchase_per_round"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PurchaseLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("price_fen", models.BigIntegerField()),
                ("amount_fen", models.BigIntegerField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.purchase",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_purchaseline_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "purchase", "offer"), name="purchase_line_once_per_offer"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_fen__gte", 0), ("price_fen__gt", 0), ("quantity__gt", 0)
                        ),
                        name="purchase_line_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("inspection", "验货没通过"), ("incident", "同一批有问题")],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("held_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                ("release_reason", models.CharField(blank=True, max_length=200)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_hold_in_group"),
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("group", "round", "offer", "kind"),
                        name="one_standing_hold",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["inspection", "incident"])),
                        name="hold_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="hold_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("release_reason", ""),
                                ("released_at__isnull", True),
                                ("released_by__isnull", True),
                            ),
                            models.Q(
                                ("released_at__gte", models.F("held_at")),
                                ("released_by__isnull", False),
                                models.Q(("release_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="hold_released_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HelperLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("building", models.CharField(blank=True, max_length=20)),
                ("name", models.CharField(max_length=30)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_helperlink_in_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="helper_link_lasts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckOff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("scan", "扫码"), ("door", "按房号"), ("name", "按昵称")],
                        default="door",
                        max_length=4,
                    ),
                ),
                ("collected_by", models.CharField(blank=True, max_length=30)),
                ("request_id", models.UUIDField()),
                ("device_at", models.DateTimeField(null=True)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="check_offs",
                        to="orders.order",
                    ),
                ),
                ("part", models.BooleanField(db_default=False, default=False)),
                (
                    "helper",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.helperlink",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "by", "request_id"), name="one_check_off_per_request"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("way__in", ["scan", "door", "name"])),
                        name="check_off_way_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                            models.Q(
                                ("undone_at__gte", models.F("at")), ("undone_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="check_off_undone_after_done",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("part", False), ("undone_at__isnull", True)),
                        fields=("group", "order"),
                        name="handed_over_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckOffLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=9)),
                (
                    "check_off",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.checkoff",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_checkoffline_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "check_off", "line"), name="check_off_line_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="check_off_line_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Shortfall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("delivery", "到货少了"),
                            ("correction", "到货更正"),
                            ("spot", "取货时缺货"),
                            ("left", "没人取，退回商家"),
                            ("withdrawn", "验货没通过，不发"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_shortfall_in_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["delivery", "correction", "spot", "left", "withdrawn"])
                        ),
                        name="shortfall_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShortfallLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.DecimalField(decimal_places=3, max_digits=9)),
                ("after", models.DecimalField(decimal_places=3, max_digits=9)),
                ("credited_fen", models.BigIntegerField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                (
                    "shortfall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.shortfall",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_shortfallline_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "shortfall", "line"), name="shortfall_once_per_line"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("after__gte", 0),
                            models.Q(
                                models.Q(
                                    ("after__lt", models.F("before")), ("credited_fen__gte", 0)
                                ),
                                models.Q(
                                    ("after__gt", models.F("before")), ("credited_fen__lte", 0)
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="shortfall_credits_what_is_missing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProvisionalCredit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_fen", models.BigIntegerField()),
                ("credited_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "ret",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.return",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_provisionalcredit_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "ret"), name="one_provisional_per_return"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0), ("amount_fen__lt", 10000000000)),
                        name="provisional_amount_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True),
                            ("ended_at__gte", models.F("credited_at")),
                            _connector="OR",
                        ),
                        name="provisional_ends_after_it_began",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReturnAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("apology", "道歉"),
                            ("remedy", "道歉并补偿"),
                            ("explanation", "解释"),
                            ("denial", "否认"),
                        ],
                        max_length=11,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("remedy_fen", models.BigIntegerField(null=True)),
                ("answered_at", models.DateTimeField()),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "ret",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="orders.return",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_returnanswer_in_group"
                    ),
                    models.UniqueConstraint(fields=("group", "ret"), name="one_answer_per_return"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["apology", "remedy", "explanation", "denial"])
                        ),
                        name="return_answer_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("remedy_fen__isnull", True),
                            models.Q(
                                ("kind", "remedy"),
                                ("remedy_fen__gt", 0),
                                ("remedy_fen__lt", 10000000000),
                            ),
                            _connector="OR",
                        ),
                        name="return_answer_remedy_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReturnMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("answer_24", "商家 24 小时没答复"),
                            ("answer_48", "商家 48 小时没答复"),
                            ("decision_72", "团长 72 小时没决定"),
                        ],
                        max_length=11,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "ret",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="orders.return",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_returnmark_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "ret", "kind"), name="return_mark_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["answer_24", "answer_48", "decision_72"])),
                        name="return_mark_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lot", models.CharField(max_length=40)),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                ("produced_on", models.DateField(null=True)),
                ("expires_on", models.DateField(null=True)),
                (
                    "delivery_line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="orders.deliveryline",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "id"), name="orders_batch_in_group"),
                    models.UniqueConstraint(
                        fields=("group", "delivery_line", "lot"), name="batch_lot_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="batch_quantity_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("produced_on__isnull", True),
                            ("expires_on__isnull", True),
                            ("expires_on__gte", models.F("produced_on")),
                            _connector="OR",
                        ),
                        name="batch_expires_after_production",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.return",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.batch",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_batchquestion_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "offer", "batch"),
                        name="batch_asked_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("same", models.BooleanField()),
                ("answered_at", models.DateTimeField()),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="orders.batchquestion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_batchanswer_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "question", "line"), name="one_batch_answer_per_line"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("households", models.PositiveIntegerField()),
                ("buyers", models.PositiveIntegerField()),
                ("found_at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.hold",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="orders.batchquestion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_incident_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "question"), name="one_incident_per_batch"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("households__gte", 1), ("households__lte", models.F("buyers"))
                        ),
                        name="incident_households_among_buyers",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=9)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="orders.batch",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_batchpart_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "batch", "line"), name="batch_once_per_line"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="batch_part_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("arrives_from", models.DateTimeField()),
                ("arrives_until", models.DateTimeField()),
                ("car", models.CharField(blank=True, max_length=20)),
                ("driver", models.CharField(blank=True, max_length=30)),
                ("batch", models.CharField(blank=True, max_length=60)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("for_merchant", models.BooleanField()),
                ("said_at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.round",
                    ),
                ),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_deliverynotice_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "round", "number"), name="delivery_notice_number_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("arrives_until__gt", models.F("arrives_from"))),
                        name="delivery_notice_window",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("file", models.FileField(upload_to="deliveries/")),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="orders.delivery",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.offer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_deliveryphoto_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "delivery", "position"),
                        name="delivery_photo_position_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", 8)),
                        name="delivery_photos_at_most_eight",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Inspection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("passed", "验货通过"), ("failed", "验货没通过")], max_length=6
                    ),
                ),
                ("checks", models.JSONField()),
                ("temperature", models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.delivery",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_inspection_in_group"
                    ),
                    models.UniqueConstraint(
                        fields=("group", "delivery"), name="one_inspection_per_delivery"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["passed", "failed"])),
                        name="inspection_verdict_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("temperature__isnull", True),
                            models.Q(("temperature__gte", -60), ("temperature__lte", 100)),
                            _connector="OR",
                        ),
                        name="inspection_temperature_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Leftover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "choice",
                    models.CharField(
                        choices=[("keep", "先留着"), ("pass", "让给别人"), ("return", "退回商家")],
                        max_length=6,
                    ),
                ),
                ("until", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=100)),
                ("paid_fen", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("request_id", models.UUIDField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.group",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                (
                    "taker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groups.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "id"), name="orders_leftover_in_group"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("choice__in", ("pass", "return"))),
                        fields=("group", "order"),
                        name="left_over_goes_once",
                    ),
                    models.UniqueConstraint(
                        fields=("group", "by", "request_id"), name="one_leftover_per_request"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("choice", "keep"), ("until__isnull", False)),
                            models.Q(("choice__in", ("pass", "return")), ("until__isnull", True)),
                            _connector="OR",
                        ),
                        name="left_over_kept_until",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("choice", "pass"), ("paid_fen__gte", 0), ("taker__isnull", False)
                            ),
                            models.Q(
                                models.Q(("choice", "pass"), _negated=True),
                                ("paid_fen", 0),
                                ("taker__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="left_over_passed_to_somebody",
                    ),
                ],
            },
        ),
        *(in_group(model) for model in REFERRED_TO),
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        migrations.RunSQL(*APPROVED_MERCHANT),
        *(checked_moves(table, moves) for table, moves in MOVES.items()),
        *(append_only(*table) for table in APPEND_ONLY),
        migrations.RunSQL(*BALANCED),
        migrations.RunSQL(*FROZEN_PRICE),
        migrations.RunSQL(*MEMBER_STAYS),
        migrations.RunSQL(*HOLD_KEPT),
        migrations.RunSQL(*SAME_ORDER),
        migrations.RunSQL(*CREDIT_KEPT),
        migrations.RunSQL(*SAME_BATCH),
        migrations.RunSQL(PAPERS, DROP_PAPERS),
    ]
