"""The tables, and the triggers that lock rows of theirs (core/walls.py)."""

import django.db.models.deletion
import uuid
import warmhandoff.core.clock
import warmhandoff.core.fields
from django.db import migrations, models
from warmhandoff.core.walls import raise_walls


def put_up_the_walls(apps, schema_editor):
    raise_walls()


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('practice_id', models.UUIDField()),
                ('client_id', models.UUIDField(db_index=True)),
                ('subject_kind', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField(db_index=True)),
                ('kind', models.CharField(max_length=8)),
                ('data', warmhandoff.core.fields.SealedBytes(blank=True, editable=True, null=True, privacy='clinical')),
                ('size', models.PositiveIntegerField()),
                ('added_by', models.UUIDField(help_text='The membership that added it.', null=True)),
                ('added_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField(db_index=True)),
                ('blocked_until', models.DateTimeField(null=True)),
                ('recent', models.JSONField(help_text='When the last wrong ones were (seconds), as many as count.', null=True)),
                ('taken', models.PositiveIntegerField(db_default=0, default=0, help_text='Tries under way.')),
                ('taken_until', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('chain', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('number', models.PositiveBigIntegerField(default=0)),
                ('mac', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Epoch',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('backup_at', models.DateTimeField(help_text='When the backup was made that this epoch began with.')),
                ('gate_opened_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('chain', models.CharField(max_length=32)),
                ('number', models.PositiveBigIntegerField()),
                ('practice_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
                ('side', models.CharField(max_length=20)),
                ('membership_id', models.UUIDField(null=True)),
                ('verb', models.CharField(max_length=40)),
                ('subject_kind', models.CharField(max_length=40)),
                ('subject_id', models.CharField(blank=True, max_length=64)),
                ('outcome', models.CharField(default='done', max_length=20)),
                ('basis', models.UUIDField(help_text='The release a disclosure rode on.', null=True)),
                ('signed_by', models.CharField(max_length=40)),
                ('mac', models.CharField(max_length=64)),
            ],
            options={
                'indexes': [models.Index(fields=['membership_id', '-number'], name='entries_of_a_member')],
                'constraints': [models.UniqueConstraint(fields=('chain', 'number'), name='one_entry_a_number')],
            },
        ),
        migrations.CreateModel(
            name='AuditedClient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.UUIDField(db_index=True)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clients', to='core.auditentry')),
            ],
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('practice_id', models.UUIDField()),
                ('client_id', models.UUIDField(null=True)),
                ('subject_kind', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField()),
                ('move', models.CharField(max_length=60)),
                ('side', models.CharField(max_length=20)),
                ('membership_id', models.UUIDField(null=True)),
                ('actor_name', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='identity')),
                ('from_state', models.CharField(blank=True, max_length=40)),
                ('to_state', models.CharField(blank=True, max_length=40)),
                ('facts', warmhandoff.core.fields.SealedJSON(blank=True, editable=True, null=True, privacy='clinical')),
                ('release_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
                ('number', models.PositiveIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['practice_id', '-at'], name='core_event_practic_3e4213_idx'), models.Index(fields=['client_id', '-at'], name='core_event_client__73a103_idx')],
                'constraints': [models.UniqueConstraint(fields=('subject_id', 'number'), name='one_event_a_number')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('payload', models.JSONField(default=dict)),
                ('state', models.CharField(default='ready', max_length=10)),
                ('run_at', models.DateTimeField()),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('max_attempts', models.PositiveIntegerField(default=8)),
                ('lease_owner', models.CharField(blank=True, max_length=80)),
                ('lease_until', models.DateTimeField(null=True)),
                ('dedupe_key', models.CharField(max_length=200, null=True, unique=True)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'run_at'], name='core_job_state_bf10ed_idx')],
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(max_length=40)),
                ('practice_id', models.UUIDField()),
                ('subject_id', models.UUIDField()),
                ('written_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['written_at'], name='core_journa_written_e0db85_idx')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('practice_id', models.UUIDField()),
                ('client_id', models.UUIDField(null=True)),
                ('subject_kind', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField()),
                ('channel', models.CharField(max_length=20)),
                ('template', models.CharField(max_length=60)),
                ('to', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='identity')),
                ('body', warmhandoff.core.fields.SealedJSON(blank=True, editable=True, null=True, privacy='identity')),
                ('state', models.CharField(default='waiting', max_length=12)),
                ('deadline_at', models.DateTimeField(null=True)),
                ('not_before', models.DateTimeField(help_text='It waits for this moment: the hours she named safe.', null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('dedupe_key', models.CharField(max_length=200, unique=True)),
            ],
            options={
                'indexes': [models.Index(fields=['practice_id', '-created_at'], name='core_messag_practic_47de36_idx'), models.Index(fields=['subject_id'], name='core_messag_subject_6b802d_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='a_sent_message_has_its_time')],
            },
        ),
        migrations.CreateModel(
            name='PracticeKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('practice_id', models.UUIDField()),
                ('version', models.PositiveIntegerField()),
                ('wrapped_by', models.CharField(max_length=40)),
                ('wrapped', models.BinaryField()),
                ('created_at', models.DateTimeField(default=warmhandoff.core.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('practice_id', 'version'), name='one_key_a_version')],
            },
        ),
        migrations.RunPython(put_up_the_walls, migrations.RunPython.noop),
    ]
