"""All but what came later."""

from importlib import import_module

from django.db import migrations

from tests.core.came_later import came_later, without

_first = import_module("warmhandoff.core.migrations.0001_first").Migration


class Migration(migrations.Migration):
    initial = True
    dependencies = _first.dependencies
    operations = [without(one) for one in _first.operations if not came_later(one)]
