"""Chains of the audit. Their hashes need the key file and cannot be made in SQL: entries without a chain are refused.

Only unreleased versions wrote such entries. Last, the triggers that make the tables append-only (core/walls.py); a later
migration that rebuilds one of the tables on SQLite has to put them up again, as this one does.
"""

import django.db.models.deletion
from django.db import migrations, models

from warmhandoff.core.walls import raise_walls
from warmhandoff.rules.refusals import Unavailable


def refuse_entries_without_a_chain(apps, schema_editor):
    if apps.get_model("core", "AuditEntry").objects.exists():
        raise Unavailable(
            "This database was made by an unreleased version: its audit has no chain, and none can be made up "
            "afterwards. Begin with a fresh data folder or database."
        )


def put_up_the_walls(apps, schema_editor):
    raise_walls()


def _text(length, **more):
    return models.CharField(max_length=length, **more)


class Migration(migrations.Migration):

    dependencies = [("core", "0001_first")]

    operations = [
        migrations.RunPython(refuse_entries_without_a_chain, migrations.RunPython.noop),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("chain", _text(32, primary_key=True, serialize=False)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("mac", _text(64, blank=True)),
            ],
        ),
        migrations.RemoveIndex(model_name="auditentry", name="core_audite_practic_86c94f_idx"),
        migrations.AddField("auditentry", "chain", _text(32, default=""), preserve_default=False),
        migrations.AddField("auditentry", "number", models.PositiveBigIntegerField(default=0), preserve_default=False),
        migrations.AddField("auditentry", "signed_by", _text(40, default=""), preserve_default=False),
        migrations.AddField("auditentry", "mac", _text(64, default=""), preserve_default=False),
        migrations.AddConstraint(
            "auditentry", models.UniqueConstraint(fields=("chain", "number"), name="one_entry_a_number")
        ),
        migrations.AddIndex(
            "auditentry", models.Index(fields=["membership_id", "-number"], name="entries_of_a_member")
        ),
        migrations.AlterField(
            "auditedclient", "entry",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="clients", to="core.auditentry"
            ),
        ),
        migrations.RunPython(put_up_the_walls, migrations.RunPython.noop),
    ]
