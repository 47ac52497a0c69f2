"""What a merchant's page says of sanctions and recognition stands on its approval (R7)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0019_rated")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="sanction",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="application",
            name="sanction_last_day",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="recognised_month",
            field=models.DateField(null=True),
        ),
    ]
