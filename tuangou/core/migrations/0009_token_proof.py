from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0008_erasures_guards")]

    operations = [
        migrations.AddField(
            model_name="apitoken", name="proved", field=models.BooleanField(default=False)
        ),
    ]
