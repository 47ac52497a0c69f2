"""No order for somebody who has just left or was erased, whatever was read before.

Placing reads the member first and inserts later. The share lock here waits for whoever is taking
her out of the group, and then sees her gone: no copy of her name and door is made behind it.
"""

from django.db import migrations

STAYS = (
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


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_purchases_guards")]

    operations = [migrations.RunSQL(*STAYS)]
