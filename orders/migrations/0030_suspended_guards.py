"""A suspension and a new order never pass each other: who suspends pauses the open rounds at once.

The news that tells of it comes a moment later (orders.services.rounds.pause_rounds).
"""

from django.db import migrations

PAUSE = """
create function orders_pause_suspended() returns trigger language plpgsql as $$
begin
    update orders_round set paused_at = app_now(), version = version + 1
    where group_id = new.group_id and merchant_id = new.merchant_id
      and status = 'open' and paused_at is null;
    return null;
end $$;
create trigger orders_pause_suspended after update of status on merchants_application
for each row when (new.status = 'suspended' and old.status <> 'suspended')
execute function orders_pause_suspended();
"""
NO_PAUSE = """
drop trigger orders_pause_suspended on merchants_application;
drop function orders_pause_suspended();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0029_to_the_door_guards"), ("merchants", "0002_guards")]

    operations = [migrations.RunSQL(PAUSE, NO_PAUSE)]
