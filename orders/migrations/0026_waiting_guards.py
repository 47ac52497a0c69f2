"""Who waits stays within one group, and an entry ends once."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("round_id", "orders_round"),
    ("offer_id", "orders_offer"),
    ("member_id", "groups_membership"),
    ("household_id", "groups_household"),
    ("order_id", "orders_order"),
    ("leftover_id", "orders_leftover"),
]

MOVES = "waiting>served,waiting>passed,waiting>left,waiting>ended"


def composite_key(column: str, target: str) -> migrations.RunSQL:
    name = f"orders_waitlistentry_{column}_in_group"
    return migrations.RunSQL(
        f"alter table orders_waitlistentry add constraint {name}"
        f" foreign key (group_id, {column}) references {target} (group_id, id)"
        " deferrable initially immediate",
        f"alter table orders_waitlistentry drop constraint {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0025_rest_of_a_delivery_guards")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        migrations.RunSQL(
            "create trigger orders_waitlistentry_moves before update of status"
            " on orders_waitlistentry for each row"
            f" execute function core_check_move('{MOVES}')",
            "drop trigger orders_waitlistentry_moves on orders_waitlistentry",
        ),
    ]
