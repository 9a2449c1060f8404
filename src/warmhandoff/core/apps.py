from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "warmhandoff.core"
    label = "core"

    def ready(self) -> None:
        from warmhandoff.core import (  # noqa: F401 - they register the worker's jobs
            anchors,
            backing_up,
            holding,
            journal,
            limits,
            resealing,
            shredding,
        )

        holding.register()
