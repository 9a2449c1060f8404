"""Django's own commands over a throw-away configuration: ./run python tests/manage.py makemigrations ..."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.environment import prepare  # noqa: E402

prepare()
from django.core.management import execute_from_command_line  # noqa: E402

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
