from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0002_uploads'),
    ]

    operations = [
        migrations.AddField(
            model_name='listing',
            name='row_hash',
            field=models.CharField(blank=True, db_default='', default='', help_text='What its row said last, to pass over the same.', max_length=48),
        ),
        migrations.AddField(
            model_name='importrun',
            name='position',
            field=models.JSONField(help_text='Where in the file the last batch that landed ends.', null=True),
        ),
        migrations.AddField(
            model_name='importrun',
            name='step',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Raised by each batch, so that two runs cannot both go on.'),
        ),
    ]
