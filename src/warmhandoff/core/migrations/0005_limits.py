"""The limiter counts by day, by hour and under way. The release before reads and writes its own columns as ever."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_key_rotation'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='recent',
            field=models.JSONField(help_text='When the last wrong ones were (seconds), as many as count.', null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='taken',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Tries under way.'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='taken_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='last_at',
            field=models.DateTimeField(db_index=True),
        ),
    ]
