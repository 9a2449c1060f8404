"""A pytest plugin (-p tests.house.early) that prepares the environment before pytest-django reads the settings.

A conftest.py is too late for that: pytest-django loads the settings before any conftest is imported.
"""

from tests.environment import prepare

prepare()
