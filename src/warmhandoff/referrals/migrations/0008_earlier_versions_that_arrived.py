"""Earlier versions of a packet that arrived from a practice of the server."""

import django.db.models.deletion
import uuid
import warmhandoff.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_urgent_queue'),
        ('referrals', '0007_joint_session_that_arrived'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArrivedVersion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('version', models.PositiveSmallIntegerField()),
                ('pdf', warmhandoff.core.fields.SealedBytes(blank=True, editable=True, null=True, privacy='clinical')),
                ('sha256', models.CharField(max_length=64)),
                ('replaced_at', models.DateTimeField()),
                ('packet', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='earlier', to='referrals.arrivedpacket')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('packet', 'version'), name='a_version_is_kept_once')],
            },
        ),
    ]
