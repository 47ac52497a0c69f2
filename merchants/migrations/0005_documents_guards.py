"""A paper stays what it was when it was looked at: only taking it back, the loss of its file and of
a name in its issuer are changes. Another paper is another row."""

from django.db import migrations

GUARD = """
create function merchants_document_stays() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'UPDATE'
        and (new.file = old.file or (new.file = '' and new.withdrawn_at is not null))
        and (old.withdrawn_at is null or new.withdrawn_at = old.withdrawn_at)
        and to_jsonb(new) - array['issuer', 'file', 'withdrawn_at']
          = to_jsonb(old) - array['issuer', 'file', 'withdrawn_at']
    then
        return new;
    end if;
    raise exception using
        errcode = 'restrict_violation',
        message = format('a document stays as it came in: %s is refused', tg_op),
        hint = 'Add another document.';
end
$$;
create trigger merchants_document_stays before update or delete on merchants_document
    for each row execute function merchants_document_stays();
"""

UNGUARD = """
drop trigger merchants_document_stays on merchants_document;
drop function merchants_document_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0004_documents")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
