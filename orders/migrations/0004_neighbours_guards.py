"""What the database refuses of the new rows; a return whose repayment is undone opens again."""

from django.db import migrations

COMPOSITE_KEYS = [
    ("orders_proxy", "member_id", "groups_membership"),
    ("orders_proxy", "proxy_id", "groups_membership"),
    ("orders_proxy", "said_by_id", "groups_membership"),
    ("orders_return", "repayment_id", "orders_payment"),
]

RETURN_MOVES = "requested>accepted,requested>rejected,requested>withdrawn,accepted>refunded"

# A repayment and the return it settled carry the same moment.
LINK_REPAYMENTS = (
    "update orders_return r set repayment_id = p.id from orders_payment p"
    " where p.group_id = r.group_id and p.order_id = r.order_id and p.direction = 'out'"
    " and p.received_at = r.refunded_at and r.status = 'refunded'"
)


def composite_key(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_in_group"
    return migrations.RunSQL(
        f"alter table {table} add constraint {name} foreign key (group_id, {column})"
        f" references {target} (group_id, id) deferrable initially immediate",
        f"alter table {table} drop constraint {name}",
    )


def checked_moves(table: str, moves: str) -> str:
    return (
        f"drop trigger {table}_moves on {table};"
        f"create trigger {table}_moves before update of status on {table}"
        f" for each row execute function core_check_move('{moves}')"
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_neighbours")]

    operations = [
        *(composite_key(*key) for key in COMPOSITE_KEYS),
        migrations.RunSQL(
            checked_moves("orders_return", f"{RETURN_MOVES},refunded>accepted"),
            checked_moves("orders_return", RETURN_MOVES),
        ),
        migrations.RunSQL(LINK_REPAYMENTS, migrations.RunSQL.noop),
    ]
