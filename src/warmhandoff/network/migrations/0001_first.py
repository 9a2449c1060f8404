import django.db.models.deletion
import uuid
import warmhandoff.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True
    # What it was in three files: a database that had them all goes on.
    replaces = [('network', '0001_expected_needs'), ('network', '0002_meeting'), ('network', '0003_niche')]

    dependencies = [
        ('accounts', '0001_first'),
        ('directory', '0001_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(max_length=8)),
                ('place', models.CharField(blank=True, max_length=120)),
                ('next_on', models.DateField(null=True)),
                ('notes', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('added_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='accounts.practice')),
            ],
        ),
        migrations.CreateModel(
            name='Niche',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('text', models.CharField(max_length=600)),
                ('set_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='niches', to='accounts.membership')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='niches', to='accounts.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('membership',), name='one_niche_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='NicheSaid',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('place', models.CharField(max_length=8)),
                ('said_on', models.DateField()),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='niches_heard', to='directory.listing')),
                ('niche', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='said', to='network.niche')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', 'listing', '-said_on'], name='network_nic_practic_790bb0_idx')],
            },
        ),
        migrations.CreateModel(
            name='Outreach',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('way', models.CharField(max_length=10)),
                ('planned_on', models.DateField(null=True)),
                ('done_on', models.DateField(null=True)),
                ('words', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('follow_up_on', models.DateField(null=True)),
                ('followed_up_on', models.DateField(null=True)),
                ('dropped_at', models.DateTimeField(null=True)),
                ('version', models.PositiveSmallIntegerField(default=0)),
                ('made_at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outreach', to='accounts.membership')),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='outreach', to='network.group')),
                ('listing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='outreach', to='directory.listing')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outreach', to='accounts.practice')),
            ],
            options={
                'indexes': [models.Index(fields=['by', 'planned_on'], name='network_out_by_id_c57e31_idx'), models.Index(fields=['practice', 'listing', '-done_on'], name='network_out_practic_8bcb8b_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('planned_on__isnull', False), ('done_on__isnull', False), _connector='OR'), name='outreach_has_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('group', None), ('listing__isnull', False)), models.Q(('group__isnull', False), ('listing', None)), _connector='OR'), name='outreach_is_to_someone_or_a_group'), models.CheckConstraint(condition=models.Q(('follow_up_on', None), ('done_on__isnull', False), _connector='OR'), name='what_is_done_is_followed_up')],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('style', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('fees', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('next_on', models.DateField(null=True)),
                ('changed_at', models.DateTimeField()),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='directory.listing')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='accounts.practice')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', 'next_on'], name='network_con_practic_4662fd_idx')],
                'constraints': [models.UniqueConstraint(fields=('practice', 'listing'), name='one_contact_a_listing')],
            },
        ),
        migrations.CreateModel(
            name='ExpectedNeed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('need', models.JSONField()),
                ('a_year', models.PositiveSmallIntegerField()),
                ('added_at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.membership')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='expected_needs', to='accounts.practice')),
            ],
            options={
                'ordering': ['added_at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('a_year__gte', 1)), name='an_expected_need_is_expected')],
            },
        ),
        migrations.CreateModel(
            name='Goal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('what', models.CharField(max_length=12)),
                ('a_month', models.PositiveSmallIntegerField()),
                ('set_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='goals', to='accounts.membership')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='goals', to='accounts.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('membership', 'what'), name='one_goal_of_a_kind_at_a_time'), models.CheckConstraint(condition=models.Q(('a_month__gte', 1), ('a_month__lte', 31)), name='a_goal_can_be_met')],
            },
        ),
    ]
