from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "warmhandoff.directory"
    label = "directory"

    def ready(self) -> None:
        from warmhandoff.directory import indexing  # noqa: F401 - it registers the worker's job
