"""What came later: two tables and a column."""

from importlib import import_module

from django.db import migrations

from tests.core.came_later import came_later, the_column

_first = import_module("warmhandoff.core.migrations.0001_first").Migration


class Migration(migrations.Migration):
    dependencies = [("core", "0001_first")]
    operations = [*(one for one in _first.operations if came_later(one)), the_column(_first.operations)]
