"""The tables, and the index of words over the listings (directory/searching.py)."""

import django.db.models.deletion
import uuid
import warmhandoff.core.fields
from django.db import migrations, models
from warmhandoff.directory.searching import drop_index, raise_index


def put_up_the_index(apps, schema_editor):
    raise_index()


def take_down_the_index(apps, schema_editor):
    drop_index()


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='DirectoryVersion',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(default=0)),
                ('looked_through', models.BigIntegerField(default=0, help_text='The version up to which doubles were looked for.')),
                ('looked_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='MatchingIndex',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('folder', models.CharField(max_length=60)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='OptOut',
            fields=[
                ('address_hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SharedCounts',
            fields=[
                ('practice', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='accounts.practice')),
                ('agreed_at', models.DateTimeField()),
                ('agreed_by', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='Listing',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('source_key', models.CharField(max_length=200)),
                ('name', models.CharField(max_length=300)),
                ('kind', models.CharField(max_length=40)),
                ('city', models.CharField(blank=True, max_length=120)),
                ('state', models.CharField(blank=True, max_length=2)),
                ('zip', models.CharField(blank=True, max_length=5)),
                ('npi', models.CharField(blank=True, db_index=True, max_length=10)),
                ('facts_now', models.JSONField(default=dict)),
                ('retired_at', models.DateTimeField(null=True)),
                ('asked_out_at', models.DateTimeField(help_text='When the listing itself asked not to be listed.', null=True)),
                ('changed_at', models.DateTimeField()),
                ('changed_in', models.BigIntegerField(default=0, help_text="The directory's version that changed it last.")),
                ('seen_in', models.UUIDField(help_text='The import run that read it last.', null=True)),
                ('row_hash', models.CharField(blank=True, db_default='', default='', help_text='What its row said last, to pass over the same.', max_length=48)),
                ('merged_in', models.BigIntegerField(default=0, help_text="The directory's version that merged it.")),
                ('name_words', models.TextField(blank=True, db_default='', default='', help_text='The words of its names, as they are looked up.')),
                ('more_words', models.TextField(blank=True, db_default='', default='', help_text='Its other words.')),
                ('facets', models.TextField(blank=True, db_default='', default='', help_text='What it is counted under, and until when.')),
                ('merged_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='directory.listing')),
                ('practice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='listings', to='accounts.practice')),
                ('survivor', models.ForeignKey(help_text='Where the chain of `merged_into` ends: the row that is shown and referred to.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stands_for', to='directory.listing')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', 'kind'], name='directory_l_practic_e05afb_idx'), models.Index(fields=['name'], name='directory_l_name_06d037_idx'), models.Index(fields=['changed_in'], name='directory_l_changed_fe7624_idx')],
            },
        ),
        migrations.CreateModel(
            name='ListingDraft',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('typed', models.JSONField(help_text='field -> the texts that were typed into it')),
                ('changed_at', models.DateTimeField()),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.membership')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
        ),
        migrations.CreateModel(
            name='ListingList',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('shared', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.membership')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner', 'name'), name='one_list_a_name')],
            },
        ),
        migrations.CreateModel(
            name='ListEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField()),
                ('added_by', models.UUIDField(help_text='The membership that put it there.', null=True)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='directory.listing')),
                ('list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='directory.listinglist')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('list', 'listing'), name='once_on_a_list')],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('how', models.CharField(max_length=12)),
                ('weight', models.FloatField(default=0)),
                ('why', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('by', models.UUIDField(help_text='The membership that said so; null: found to be sure by the rule.', null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.UUIDField(null=True)),
                ('gone', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='directory.listing')),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_kept', to='directory.listing')),
                ('practice', models.ForeignKey(help_text='For whom it counts; null: for the whole server.', null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', '-at'], name='directory_m_practic_f1ee90_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('gone',), name='merged_into_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Overlay',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('relationship', models.CharField(default='unknown', max_length=20)),
                ('how_met', models.CharField(blank=True, max_length=200)),
                ('excluded', models.BooleanField(default=False)),
                ('tie_kind', models.CharField(blank=True, max_length=20)),
                ('tie_text', models.CharField(blank=True, max_length=300)),
                ('notes', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('confirmed', models.BooleanField(default=True, help_text='False: read from a pasted list, not yet confirmed.')),
                ('facts_now', models.JSONField(default=dict)),
                ('changed_in', models.BigIntegerField(default=0)),
                ('own', warmhandoff.core.fields.SealedJSON(blank=True, editable=True, null=True, privacy='work')),
                ('settled_in', models.BigIntegerField(default=0, help_text='The version in which a person wrote it last.')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='overlays', to='directory.listing')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='overlays', to='accounts.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('practice', 'listing'), name='one_overlay_a_listing')],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('about', models.UUIDField(null=True)),
                ('days', models.PositiveIntegerField(help_text='From asking to the first appointment.', null=True)),
                ('words', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('at', models.DateTimeField()),
                ('by', models.UUIDField(null=True)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='directory.listing')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', 'listing', '-at'], name='directory_r_practic_534506_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind__in', ['answered', 'silent'])), fields=('about',), name='a_handoff_is_answered_or_not'), models.UniqueConstraint(fields=('about', 'kind'), name='a_handoff_is_told_of_once')],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField()),
                ('practice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('practice', 'name'), name='one_source_a_name'), models.UniqueConstraint(condition=models.Q(('practice', None)), fields=('name',), name='one_shared_source_a_name')],
            },
        ),
        migrations.AddField(
            model_name='listing',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='directory.source'),
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('file_hash', models.CharField(max_length=64)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('position', models.JSONField(help_text='Where in the file the last batch that landed ends.', null=True)),
                ('step', models.PositiveIntegerField(db_default=0, default=0, help_text='Raised by each batch, so that two runs cannot both go on.')),
                ('report', models.JSONField(default=dict)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='directory.source')),
            ],
        ),
        migrations.CreateModel(
            name='Fact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=40)),
                ('value', models.JSONField(null=True)),
                ('seen_on', models.DateField()),
                ('verified_on', models.DateField(null=True)),
                ('by', models.UUIDField(help_text='The membership that entered or confirmed it.', null=True)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='facts', to='directory.listing')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='directory.source')),
            ],
            options={
                'indexes': [models.Index(fields=['listing', 'field', '-id'], name='directory_f_listing_63da87_idx')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('mapping', models.TextField(help_text='The text of a mapping, or the name of a shipped one; empty: by the header.')),
                ('data', models.BinaryField()),
                ('created_at', models.DateTimeField()),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
        ),
        migrations.CreateModel(
            name='WeightsSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('weights', models.JSONField(help_text="Term -> whole number; a term left out has the product's default.")),
                ('set_at', models.DateTimeField()),
                ('set_by', models.UUIDField(help_text='The membership that set them.', null=True)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='weights_sets', to='accounts.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('practice', 'number'), name='one_set_of_weights_a_number')],
            },
        ),
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('headings', models.JSONField(help_text="The file's headings, in order.")),
                ('headings_hash', models.CharField(max_length=64)),
                ('choices', models.JSONField(help_text='What was chosen on the screen, to be changed there.')),
                ('text', models.TextField(help_text='The same as a mapping file.')),
                ('changed_at', models.DateTimeField()),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('practice', 'name'), name='one_mapping_a_name'), models.UniqueConstraint(fields=('practice', 'headings_hash'), name='one_mapping_for_headings')],
            },
        ),
        migrations.CreateModel(
            name='Likeness',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('weight', models.FloatField()),
                ('why', models.JSONField(default=list)),
                ('state', models.CharField(default='waiting', max_length=10)),
                ('look_on', models.DateField(null=True)),
                ('found_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.UUIDField(null=True)),
                ('practice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='directory.listing')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='directory.listing')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', 'state', '-weight'], name='directory_l_practic_fa19d1_idx')],
                'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='a_pair_is_asked_about_once'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='a_pair_has_one_order')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('how', models.CharField(max_length=8)),
                ('token_hash', models.CharField(max_length=64, null=True, unique=True)),
                ('asked_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('confirmed_by', models.UUIDField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='claims', to='accounts.membership')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='claims', to='directory.listing')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('membership', 'listing'), name='one_claim_of_a_member')],
            },
        ),
        migrations.CreateModel(
            name='Asking',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('way', models.CharField(max_length=8)),
                ('to', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('to_hash', models.CharField(blank=True, max_length=64)),
                ('token_hash', models.CharField(max_length=64, null=True, unique=True)),
                ('asked_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('by', models.UUIDField(null=True)),
                ('for_all', models.BooleanField(default=False)),
                ('answer', models.CharField(blank=True, max_length=10)),
                ('answered_at', models.DateTimeField(null=True)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='askings', to='directory.listing')),
            ],
            options={
                'indexes': [models.Index(fields=['listing', '-asked_at'], name='directory_a_listing_77f276_idx')],
            },
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.UniqueConstraint(fields=('source', 'source_key'), name='one_listing_a_source_row'),
        ),
        migrations.RunPython(put_up_the_index, take_down_the_index),
    ]
