"""Sealed files; and the wall around the timeline, in which erasing a draft is from now on the one door."""

import uuid

from django.db import migrations, models

import warmhandoff.core.fields
from warmhandoff.core.walls import raise_walls


def put_up_the_walls(apps, schema_editor):
    raise_walls()


class Migration(migrations.Migration):

    dependencies = [("core", "0005_limits")]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("practice_id", models.UUIDField()),
                ("client_id", models.UUIDField(db_index=True)),
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField(db_index=True)),
                ("kind", models.CharField(max_length=8)),
                ("data", warmhandoff.core.fields.SealedBytes(blank=True, null=True, privacy="clinical")),
                ("size", models.PositiveIntegerField()),
                ("added_by", models.UUIDField(help_text="The membership that added it.", null=True)),
                ("added_at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(put_up_the_walls, migrations.RunPython.noop),
    ]
