"""No round opens without its merchant's approval and papers that last to the end of the pick-up.

Which papers an approval was given on stands on its row; none for merchants approved before papers
were kept, which are asked for them when they are looked at anew. A paper that is taken back at the
same moment is waited for. A round that is paused keeps its status, so it goes on.
"""

from django.db import migrations

GUARD = """
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

UNGUARD = """
drop trigger orders_round_needs_papers on orders_round;
drop function orders_round_needs_papers();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0022_batch_questions_guards"), ("merchants", "0009_vetting_guards")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
