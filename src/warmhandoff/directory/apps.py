from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "warmhandoff.directory"
    label = "directory"

    def ready(self) -> None:
        from warmhandoff.directory import (  # noqa: F401 - they register the worker's jobs
            claiming,
            indexing,
            measuring,
            merging,
            own_word,
        )
