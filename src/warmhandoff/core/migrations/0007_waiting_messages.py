from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0006_attachments")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="not_before",
            field=models.DateTimeField(help_text="It waits for this moment: the hours she named safe.", null=True),
        ),
    ]
