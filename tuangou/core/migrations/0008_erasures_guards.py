"""Erasing people: what an append-only row may lose, and nothing else.

`core_refuse_change()`  takes the columns of its trigger that may be emptied ('reason', or
                        'data.reason' for a key of a JSON column); every other change stays refused
`core_erase_text()`     empties one such column of the rows named; the app's only way to it
"""

from django.db import migrations

GUARD = """
create or replace function core_refuse_change() returns trigger
language plpgsql
as $$
declare
    before jsonb;
    after jsonb;
    place text[];
    emptied boolean := false;
begin
    if tg_op = 'UPDATE' and tg_level = 'ROW' and tg_nargs > 0 then
        before := to_jsonb(old);
        after := to_jsonb(new);
        for i in 0 .. tg_nargs - 1 loop
            place := string_to_array(tg_argv[i], '.');
            if after #> place = '""'::jsonb and before #> place <> '""'::jsonb then
                before := jsonb_set(before, place, '""'::jsonb);
                emptied := true;
            end if;
        end loop;
        if emptied and before = after then
            return new;
        end if;
    end if;
    raise exception using
        errcode = 'restrict_violation',
        message = format('%I is append-only: %s is refused', tg_table_name, tg_op),
        hint = 'Correct it by adding a row.';
end
$$;

create function core_erase_text(p_table regclass, p_place text, p_rows bigint[]) returns bigint
language plpgsql security definer
set search_path = pg_catalog, public
as $$
declare
    place text[] := string_to_array(p_place, '.');
    emptied bigint;
begin
    if not exists (
        select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
        where t.tgrelid = p_table and p.proname = 'core_refuse_change'
          and p_place = any (string_to_array(encode(t.tgargs, 'escape'), '\\000'))
          and p_place <> ''
    ) then
        raise exception using
            errcode = 'insufficient_privilege',
            message = format('%s of %s is not a text that may be erased', p_place, p_table);
    end if;
    if array_length(place, 1) = 1 then
        execute format(
            'update %s set %I = '''' where id = any($1) and %I <> ''''',
            p_table, place[1], place[1]
        ) using p_rows;
    else
        execute format(
            'update %s set %I = jsonb_set(%I, $2, ''""'') where id = any($1)'
            ' and coalesce(%I #>> $2, '''') <> ''''',
            p_table, place[1], place[1], place[1]
        ) using p_rows, place[2:];
    end if;
    get diagnostics emptied = row_count;
    return emptied;
end
$$;
revoke all on function core_erase_text(regclass, text, bigint[]) from public;
"""

UNGUARD = """
drop function core_erase_text(regclass, text, bigint[]);
create or replace function core_refuse_change() returns trigger
language plpgsql
as $$
begin
    raise exception using
        errcode = 'restrict_violation',
        message = format('%I is append-only: %s is refused', tg_table_name, tg_op),
        hint = 'Correct it by adding a row.';
end
$$;
"""

# A decision about a merchant is told with its reason, which is free text.
EVENT = """
drop trigger core_event_rows_stay on core_event;
create trigger core_event_rows_stay before update or delete on core_event
    for each row execute function core_refuse_change('data.reason');
"""

UNEVENT = """
drop trigger core_event_rows_stay on core_event;
create trigger core_event_rows_stay before update or delete on core_event
    for each row execute function core_refuse_change();
"""

ERASURE = """
create trigger core_erasure_rows_stay before update or delete on core_erasure
    for each row execute function core_refuse_change();
create trigger core_erasure_table_stays before truncate on core_erasure
    for each statement execute function core_refuse_change();
"""

UNERASURE = """
drop trigger core_erasure_table_stays on core_erasure;
drop trigger core_erasure_rows_stay on core_erasure;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0007_erasures")]

    operations = [
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(EVENT, UNEVENT),
        migrations.RunSQL(ERASURE, UNERASURE),
    ]
