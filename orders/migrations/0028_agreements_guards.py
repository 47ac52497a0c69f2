"""No round opens without an agreement in force, and with another commission than that says (M5).

A round that was open keeps its terms when it is extended; whoever signs at the same moment is
waited for by the services, which hold the approval.
"""

from django.db import migrations

GUARD = """
create function orders_round_needs_agreement() returns trigger
language plpgsql
as $$
declare
    agreed int;
begin
    select a.commission_bp into agreed from merchants_agreement a
      join merchants_application p on p.id = a.application_id
     where p.group_id = new.group_id and p.merchant_id = new.merchant_id
       and a.valid_from <= new.opens_at
     order by a.valid_from desc, a.id desc limit 1;
    if agreed is distinct from new.commission_bp then
        raise exception using errcode = 'check_violation',
            message = format(
                'orders_round_needs_agreement: agreed are %s basis points, not %s',
                coalesce(agreed::text, 'no'), new.commission_bp
            );
    end if;
    return new;
end
$$;
create trigger orders_round_needs_agreement before update of status on orders_round
    for each row when (old.status = 'draft' and new.status = 'open')
    execute function orders_round_needs_agreement();
"""

UNGUARD = """
drop trigger orders_round_needs_agreement on orders_round;
drop function orders_round_needs_agreement();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0027_settlements_guards"), ("merchants", "0013_agreements_guards")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
