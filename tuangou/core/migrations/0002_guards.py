"""What the database itself holds to.

`app_now()`             the one clock: clock_timestamp(), or the simulated moment of a transaction
`core_refuse_change()`  trigger function for append-only tables (rows and TRUNCATE)
`core_check_move()`     trigger function for status columns; its argument lists the legal moves:
                        execute function core_check_move('draft>open,open>closed')
"""

from django.db import migrations

FUNCTIONS = """
create function app_now() returns timestamptz
language sql volatile parallel safe
as $$
    select coalesce(
        nullif(current_setting('tuangou.now', true), '')::timestamptz, clock_timestamp()
    )
$$;
comment on function app_now() is
    'The moment that decides: the database clock, or the simulated moment of this transaction.';

create function core_refuse_change() returns trigger
language plpgsql
as $$
begin
    raise exception using
        errcode = 'restrict_violation',
        message = format('%I is append-only: %s is refused', tg_table_name, tg_op),
        hint = 'Correct it by adding a row.';
end
$$;

create function core_check_move() returns trigger
language plpgsql
as $$
begin
    if new.status is distinct from old.status
       and not (old.status || '>' || new.status = any (string_to_array(tg_argv[0], ','))) then
        raise exception using
            errcode = 'check_violation',
            table = tg_table_name,
            message = format('%I: no move from %s to %s', tg_table_name, old.status, new.status);
    end if;
    return new;
end
$$;
"""

DROP_FUNCTIONS = """
drop function core_check_move();
drop function core_refuse_change();
drop function app_now();
"""

EVENT = """
create trigger core_event_rows_stay before update or delete on core_event
    for each row execute function core_refuse_change();
create trigger core_event_table_stays before truncate on core_event
    for each statement execute function core_refuse_change();
alter table core_handling add constraint handling_event_same_group
    foreign key (group_id, event_id) references core_event (group_id, id);
alter table core_notice add constraint notice_event_same_group
    foreign key (group_id, event_id) references core_event (group_id, id);
"""

DROP_EVENT = """
alter table core_notice drop constraint notice_event_same_group;
alter table core_handling drop constraint handling_event_same_group;
drop trigger core_event_table_stays on core_event;
drop trigger core_event_rows_stay on core_event;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(EVENT, DROP_EVENT),
    ]
