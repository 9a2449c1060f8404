"""Events may be sealed anew under a newer data key, and nothing else about them may change: core/walls.py."""

from django.db import migrations, models

import warmhandoff.core.clock
from warmhandoff.core.walls import raise_walls


def put_up_the_walls(apps, schema_editor):
    raise_walls()


class Migration(migrations.Migration):

    dependencies = [("core", "0003_restoring")]

    operations = [
        migrations.AlterField(
            "practicekey", "created_at", models.DateTimeField(default=warmhandoff.core.clock.now)
        ),
        migrations.RunPython(put_up_the_walls, migrations.RunPython.noop),
    ]
