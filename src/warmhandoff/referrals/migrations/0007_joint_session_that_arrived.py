"""A joint session as the receiving practice of the server keeps it."""

import django.db.models.deletion
import uuid
import warmhandoff.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_urgent_queue'),
        ('referrals', '0006_told_that_it_is_over'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArrivedJoint',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('joint_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('minutes', models.PositiveSmallIntegerField()),
                ('where', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('state', models.CharField(max_length=10)),
                ('revision', models.PositiveIntegerField()),
                ('changed_at', models.DateTimeField()),
                ('said', models.CharField(blank=True, max_length=4)),
                ('said_at', models.DateTimeField(null=True)),
                ('incoming', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='joint_sessions', to='referrals.incoming')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.practice')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ('proposed', 'agreed', 'off'))), name='arrived_joint_state_is_known'), models.CheckConstraint(condition=models.Q(('said__in', ['', 'yes', 'no'])), name='arrived_joint_said_is_known'), models.UniqueConstraint(fields=('incoming', 'joint_id'), name='a_joint_session_arrives_once')],
            },
        ),
    ]
