"""A rating is of goods in hand, by their buyer, in its time; after a day nobody changes it (R1)."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("reputation_rating", "line_id", "orders_orderline"),
    ("reputation_rating", "round_id", "orders_round"),
    ("reputation_rating", "member_id", "groups_membership"),
    ("reputation_ratingphoto", "rating_id", "reputation_rating"),
    ("reputation_usefultap", "rating_id", "reputation_rating"),
    ("reputation_usefultap", "member_id", "groups_membership"),
    ("reputation_ratinganswer", "rating_id", "reputation_rating"),
    ("reputation_wordset", "changed_by_id", "groups_membership"),
    ("reputation_comment", "round_id", "orders_round"),
    ("reputation_comment", "member_id", "groups_membership"),
    ("reputation_commenthiding", "comment_id", "reputation_comment"),
    ("reputation_commenthiding", "hidden_by_id", "groups_membership"),
]

# (table, column that erasing a person may empty)
APPEND_ONLY = [
    ("reputation_ratinganswer", "text"),
    ("reputation_comment", "text"),
    ("reputation_commenthiding", "reason"),
]

KNOWN_MERCHANT = (
    "alter table reputation_rating add constraint reputation_rating_merchant_known_in_group"
    " foreign key (group_id, merchant_id) references merchants_application (group_id, merchant_id)"
    " deferrable initially immediate",
    "alter table reputation_rating drop constraint reputation_rating_merchant_known_in_group",
)

OF_GOODS_IN_HAND = (
    """
    create function reputation_rating_fits() returns trigger language plpgsql as $$
    begin
      if not exists (
        select from orders_orderline l
          join orders_order o on o.id = l.order_id
          join orders_offer f on f.id = l.offer_id
          join orders_round r on r.id = o.round_id
          where l.id = new.line_id and l.collected_quantity > 0
            and o.member_id = new.member_id and o.household_id = new.household_no
            and o.round_id = new.round_id and f.item_id = new.item_id
            and r.merchant_id = new.merchant_id
            and exists (select from orders_checkoff c where c.order_id = o.id
              and c.undone_at is null and c.at <= new.given_at
              and c.at > new.given_at - interval '30 days')) then
        raise exception 'line % was not handed to this buyer in the last 30 days', new.line_id
          using errcode = 'check_violation', constraint = 'rating_of_goods_in_hand';
      end if;
      return new;
    end $$;
    create trigger reputation_rating_fits before insert on reputation_rating
      for each row execute function reputation_rating_fits();
    """,
    "drop trigger reputation_rating_fits on reputation_rating;"
    " drop function reputation_rating_fits()",
)

STAYS = (
    """
    create function reputation_rating_stays() returns trigger language plpgsql as $$
    declare
      said constant text[] := array['stars', 'words', 'text', 'anonymous', 'edited_at'];
      over boolean;
    begin
      if tg_op = 'UPDATE' then
        over := old.entered or app_now() >= old.given_at + interval '24 hours';
        if to_jsonb(new) - said - 'entered' = to_jsonb(old) - said - 'entered'
           and (new.entered = old.entered
             or (new.entered and app_now() >= old.given_at + interval '24 hours'))
           and (not over or (to_jsonb(new) - 'text' - 'entered' = to_jsonb(old) - 'text' - 'entered'
             and (new.text = old.text or new.text = ''))) then
          return new;
        end if;
      end if;
      raise exception using
        errcode = 'restrict_violation',
        message = format('a rating stays after 24 hours: %s is refused', tg_op),
        hint = 'The shop may answer it.';
    end $$;
    create trigger reputation_rating_stays before update or delete on reputation_rating
      for each row execute function reputation_rating_stays();
    create trigger reputation_rating_no_truncate before truncate on reputation_rating
      for each statement execute function reputation_rating_stays();
    create function reputation_ratingphoto_in_time() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' and exists (select from reputation_rating r where r.id = new.rating_id
          and not r.entered and app_now() < r.given_at + interval '24 hours') then
        return new;
      end if;
      raise exception using
        errcode = 'restrict_violation',
        message = format('a photo comes with its rating, in 24 hours: %s is refused', tg_op);
    end $$;
    create trigger reputation_ratingphoto_in_time before insert or update on reputation_ratingphoto
      for each row execute function reputation_ratingphoto_in_time();
    """,
    "drop trigger reputation_ratingphoto_in_time on reputation_ratingphoto;"
    " drop function reputation_ratingphoto_in_time();"
    " drop trigger reputation_rating_no_truncate on reputation_rating;"
    " drop trigger reputation_rating_stays on reputation_rating;"
    " drop function reputation_rating_stays()",
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str, column: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change('{column}');"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("reputation", "0003_repairs_guards"),
        ("core", "0008_erasures_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        migrations.RunSQL(*KNOWN_MERCHANT),
        migrations.RunSQL(*OF_GOODS_IN_HAND),
        migrations.RunSQL(*STAYS),
        *(append_only(*table) for table in APPEND_ONLY),
    ]
