from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0021_sanctions_proposed")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="complaints_to_answer",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="application",
            name="complaint_answer_due",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="complaints_to_rule",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="application",
            name="complaint_ruling_due",
            field=models.DateTimeField(null=True),
        ),
    ]
