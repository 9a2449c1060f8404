from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "warmhandoff.directory"
    label = "directory"

    def ready(self) -> None:
        from warmhandoff.core.db import after_migrating
        from warmhandoff.directory.searching import raise_index

        after_migrating(raise_index)
