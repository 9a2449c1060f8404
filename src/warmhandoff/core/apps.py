from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "warmhandoff.core"
    label = "core"

    def ready(self) -> None:
        from warmhandoff.core import anchors, backing_up, journal, limits  # noqa: F401 - they register the worker's jobs
