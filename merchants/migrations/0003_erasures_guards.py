"""What the append-only rows of this app may lose when a person is erased: free text, no figures."""

from django.db import migrations

# (table, column that may be emptied)
BLANKABLE = [("merchants_pricewitness", "place")]


def guarded(table: str, column: str = "") -> str:
    allowed = f"'{column}'" if column else ""
    return (
        f"drop trigger {table}_append_only on {table};"
        f"create trigger {table}_append_only before update or delete on {table}"
        f" for each row execute function core_refuse_change({allowed})"
    )


class Migration(migrations.Migration):
    dependencies = [("merchants", "0002_guards"), ("core", "0008_erasures_guards")]

    operations = [
        migrations.RunSQL(guarded(table, column), guarded(table)) for table, column in BLANKABLE
    ]
