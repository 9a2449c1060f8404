from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "warmhandoff.core"
    label = "core"

    def ready(self) -> None:
        from warmhandoff.core import anchors  # noqa: F401 - it registers with the worker's clock
