from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "warmhandoff.directory"
    label = "directory"

    def ready(self) -> None:
        from warmhandoff.core.db import after_migrating
        from warmhandoff.directory import (  # noqa: F401 - they register the worker's jobs
            claiming,
            indexing,
            measuring,
            merging,
            own_word,
        )
        from warmhandoff.directory.searching import raise_index

        after_migrating(raise_index)
