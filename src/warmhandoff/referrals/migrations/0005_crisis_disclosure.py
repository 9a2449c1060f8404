"""What is told without a release in a crisis is one record: the lawful disclosure, to which the note points."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0002_signature_taken_back'),
        ('referrals', '0004_nudged_by_itself'),
    ]

    operations = [
        migrations.AddField(
            model_name='crisisnote',
            name='disclosure',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='crisis_note', to='clients.lawfuldisclosure'),
        ),
    ]
