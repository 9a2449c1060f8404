import django.db.models.deletion
import uuid
import warmhandoff.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='Client',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='identity')),
                ('initials', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='identity')),
                ('birth_date', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='identity')),
                ('contact', warmhandoff.core.fields.SealedJSON(blank=True, editable=True, null=True, privacy='identity')),
                ('safe_contact', warmhandoff.core.fields.SealedJSON(blank=True, editable=True, null=True, privacy='identity')),
                ('access_code', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='identity')),
                ('language', models.CharField(default='en', max_length=2)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('name_index', models.CharField(blank=True, max_length=64)),
                ('phone_index', models.CharField(blank=True, max_length=64)),
                ('email_index', models.CharField(blank=True, max_length=64)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clients', to='accounts.practice')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', 'name_index'], name='clients_cli_practic_f932ac_idx'), models.Index(fields=['practice', 'phone_index'], name='clients_cli_practic_35b53e_idx'), models.Index(fields=['practice', 'email_index'], name='clients_cli_practic_083634_idx')],
            },
        ),
        migrations.CreateModel(
            name='CareTeam',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='caring_for', to='accounts.membership')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='team', to='clients.client')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('until', None)), fields=('client', 'membership'), name='once_on_a_team')],
            },
        ),
        migrations.CreateModel(
            name='EmergencyAccess',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('words', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('opened_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('review', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='emergencies', to='clients.client')),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='emergencies', to='accounts.membership')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.practice')),
                ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='emergencies_reviewed', to='accounts.membership')),
            ],
            options={
                'indexes': [models.Index(fields=['membership', 'ends_at'], name='clients_eme_members_b761e9_idx'), models.Index(fields=['practice', '-opened_at'], name='clients_eme_practic_a45b26_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at', None), ('reviewed_by', None)), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False), models.Q(('reviewed_by', models.F('membership')), _negated=True)), _connector='OR'), name='an_emergency_is_reviewed_by_another')],
            },
        ),
        migrations.CreateModel(
            name='IdentityCheck',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('how', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.membership')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identity_checks', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
        ),
        migrations.CreateModel(
            name='LawfulDisclosure',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('referral_id', models.UUIDField(null=True)),
                ('basis', models.CharField(blank=True, max_length=40)),
                ('way', models.CharField(max_length=12)),
                ('recipient', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('able', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('facts', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='clinical')),
                ('classes', models.JSONField(default=list)),
                ('disclosed_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('untold_why', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('review', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('consultant', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lawful_disclosures', to='accounts.membership')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lawful_disclosures', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.practice')),
                ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', 'reviewed_at'], name='clients_law_practic_3542c8_idx'), models.Index(fields=['client', 'disclosed_at'], name='clients_law_client__5cbcd2_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at', None), ('reviewed_by', None)), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False)), _connector='OR'), name='a_review_has_its_reviewer')],
            },
        ),
        migrations.CreateModel(
            name='MinorConsent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('consented', models.CharField(max_length=16)),
                ('viewers', models.JSONField(default=list)),
                ('words', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('at', models.DateTimeField()),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='minor_consents', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.practice')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.membership')),
            ],
        ),
        migrations.CreateModel(
            name='PortalKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('referral_id', models.UUIDField(null=True)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('wrong_codes', models.PositiveSmallIntegerField(default=0)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='portal_keys', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.practice')),
            ],
        ),
        migrations.CreateModel(
            name='ProcessNote',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('body', warmhandoff.core.fields.SealedBytes(blank=True, editable=True, null=True, privacy='clinical')),
                ('written_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.practice')),
            ],
            options={
                'indexes': [models.Index(fields=['author', 'client'], name='clients_pro_author__a0c815_idx')],
            },
        ),
        migrations.CreateModel(
            name='ProcessNoteKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wrapped_by', models.CharField(max_length=40)),
                ('wrapped', models.BinaryField()),
                ('practice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='accounts.practice')),
            ],
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('referral_id', models.UUIDField(db_index=True, null=True)),
                ('classes', models.JSONField(default=list)),
                ('kind', models.CharField(default='general', max_length=16)),
                ('purpose', models.CharField(max_length=40)),
                ('news_back', models.BooleanField(default=False)),
                ('back_classes', models.JSONField(default=list)),
                ('expires_on', models.DateField()),
                ('ends_with', models.CharField(blank=True, max_length=24)),
                ('records_from', models.DateField(null=True)),
                ('records_until', models.DateField(null=True)),
                ('to_treating', models.BooleanField(default=False)),
                ('statements', models.JSONField(default=list)),
                ('language', models.CharField(default='en', max_length=2)),
                ('text', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='clinical')),
                ('text_hash', models.CharField(max_length=64)),
                ('drafted_at', models.DateTimeField()),
                ('signed_at', models.DateTimeField(null=True)),
                ('signed_how', models.CharField(blank=True, max_length=12)),
                ('signed_name', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='identity')),
                ('identity_check', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('scan', warmhandoff.core.fields.SealedBytes(blank=True, editable=True, null=True, privacy='clinical')),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_by', models.CharField(blank=True, max_length=12)),
                ('copy_given_at', models.DateTimeField(null=True)),
                ('copy_how', models.CharField(blank=True, max_length=12)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='releases', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='accounts.practice')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('signed_at', None), models.Q(('signed_how', ''), _negated=True), _connector='OR'), name='a_signature_says_how_it_was_given'), models.CheckConstraint(condition=models.Q(('revoked_at', None), ('signed_at__isnull', False), _connector='OR'), name='only_a_signed_release_is_revoked')],
            },
        ),
        migrations.CreateModel(
            name='ReleaseRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('listing_id', models.BigIntegerField()),
                ('name', models.CharField(max_length=300)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='clients.release')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('release', 'listing_id'), name='a_recipient_is_named_once')],
            },
        ),
        migrations.CreateModel(
            name='ReleaseSigner',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('kind', models.CharField(blank=True, max_length=16)),
                ('name', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='identity')),
                ('client_age', models.PositiveSmallIntegerField(null=True)),
                ('scope', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('evidence', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('identity_check', warmhandoff.core.fields.SealedField(blank=True, editable=True, null=True, privacy='work')),
                ('signed_at', models.DateTimeField(null=True)),
                ('signed_how', models.CharField(blank=True, max_length=12)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.practice')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signers', to='clients.release')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('release', 'order'), name='a_signer_has_a_place'), models.CheckConstraint(condition=models.Q(('signed_at', None), models.Q(('signed_how', ''), _negated=True), _connector='OR'), name='a_signer_says_how_it_was_given')],
            },
        ),
        migrations.CreateModel(
            name='ReleaseVersion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('classes', models.JSONField(default=list)),
                ('back_classes', models.JSONField(default=list)),
                ('recipients', models.JSONField(default=list)),
                ('expires_on', models.DateField()),
                ('side', models.CharField(max_length=12)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.membership')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.practice')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='clients.release')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('release', 'number'), name='a_version_has_a_number')],
            },
        ),
    ]
