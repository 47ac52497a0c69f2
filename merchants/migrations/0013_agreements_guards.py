"""Both sign one text, changes begin seven days later, and nothing of it is rewritten (M5).

What was agreed before signatures were kept stays as it is; from here on every agreement has a text
that both sides have signed.
"""

from django.db import migrations

COMPOSITE_KEYS = [
    ("merchants_agreementdraft", "application_id", "merchants_application"),
    ("merchants_agreementsignature", "draft_id", "merchants_agreementdraft"),
    ("merchants_agreementsignature", "member_id", "groups_membership"),
    ("merchants_agreement", "draft_id", "merchants_agreementdraft"),
    ("merchants_agreementnotice", "agreement_id", "merchants_agreement"),
    ("merchants_merchantday", "application_id", "merchants_application"),
    ("merchants_merchantday", "decided_by_id", "groups_membership"),
]
# texts that may be emptied when they name somebody who was erased
APPEND_ONLY = {
    "merchants_agreementdraft": "'delivery', 'packaging', 'returns'",
    "merchants_agreementsignature": "'note'",
}
DAY_MOVES = "asked>confirmed,asked>declined,asked>withdrawn,confirmed>declined,confirmed>withdrawn"
# what is signed is what stood on the page
CONTENT = "merchants_agreementsignature_content"

GUARD = """
create function merchants_agreement_is_signed() returns trigger
language plpgsql
as $$
declare
    draft merchants_agreementdraft;
    sides int;
    signed timestamptz;
    zone text;
begin
    select * into draft from merchants_agreementdraft
     where group_id = new.group_id and id = new.draft_id and application_id = new.application_id;
    if not found or draft.commission_bp <> new.commission_bp then
        raise exception using errcode = 'check_violation',
            message = 'merchants_agreement_is_signed: not what the text says';
    end if;
    select count(distinct side) filter (where not refused), max(signed_at)
      into sides, signed from merchants_agreementsignature where draft_id = draft.id;
    if sides <> 2 or exists (
        select from merchants_agreementsignature where draft_id = draft.id and refused
    ) then
        raise exception using errcode = 'check_violation',
            message = 'merchants_agreement_is_signed: not by both sides';
    end if;
    select time_zone into zone from groups_group where id = new.group_id;
    if not exists (select from merchants_agreement where application_id = new.application_id) then
        signed := signed - interval '7 days';
    end if;
    if new.valid_from at time zone zone < signed at time zone zone + interval '7 days' then
        raise exception using errcode = 'check_violation',
            message = 'merchants_agreement_is_signed: less than seven days before it begins';
    end if;
    return new;
end
$$;
create trigger merchants_agreement_is_signed before insert on merchants_agreement
    for each row execute function merchants_agreement_is_signed();
"""

UNGUARD = """
drop trigger merchants_agreement_is_signed on merchants_agreement;
drop function merchants_agreement_is_signed();
"""


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def append_only(table: str, erasable: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({erasable});"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function core_refuse_change()",
        f"drop trigger {table}_no_truncate on {table};drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0012_members_side_guards"),
        ("groups", "0002_guards"),
        ("core", "0008_erasures_guards"),
    ]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        *(append_only(*table) for table in APPEND_ONLY.items()),
        migrations.RunSQL(
            f"alter table merchants_agreementsignature add constraint {CONTENT} foreign key"
            " (group_id, draft_id, content_sha256) references merchants_agreementdraft"
            " (group_id, id, content_sha256) deferrable initially immediate",
            f"alter table merchants_agreementsignature drop constraint {CONTENT}",
        ),
        migrations.RunSQL(
            "create trigger merchants_merchantday_moves before update of status on"
            f" merchants_merchantday for each row execute function core_check_move('{DAY_MOVES}')",
            "drop trigger merchants_merchantday_moves on merchants_merchantday",
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
