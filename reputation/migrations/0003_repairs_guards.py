"""A page that repairs names an earlier ruling on the same account (R6)."""

from django.db import migrations

REPAIRS = (
    """
    create function reputation_entry_repairs() returns trigger language plpgsql as $$
    begin
      if not exists (
        select from reputation_entry e where e.group_id = new.group_id and e.number = new.repairs
          and e.kind = 'ruling' and e.subject = new.subject
          and e.merchant_id is not distinct from new.merchant_id
          and e.mandate_id is not distinct from new.mandate_id
      ) then
        raise exception 'page % is no ruling on this account', new.repairs
          using errcode = 'check_violation', constraint = 'entry_repairs_a_ruling';
      end if;
      return new;
    end $$;
    create trigger reputation_entry_repairs before insert on reputation_entry
      for each row when (new.repairs is not null) execute function reputation_entry_repairs();
    """,
    "drop trigger reputation_entry_repairs on reputation_entry;"
    " drop function reputation_entry_repairs()",
)


class Migration(migrations.Migration):
    dependencies = [("reputation", "0002_entries_guards")]

    operations = [migrations.RunSQL(*REPAIRS)]
