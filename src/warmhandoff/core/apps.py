from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "warmhandoff.core"
    label = "core"

    def ready(self) -> None:
        from warmhandoff.core import anchors  # noqa: F401 - it registers with the worker's clock
        from warmhandoff.core.walls import after_migrating

        post_migrate.connect(after_migrating, sender=self)
