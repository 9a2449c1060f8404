from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "warmhandoff.accounts"
    label = "accounts"

    def ready(self) -> None:
        from warmhandoff.accounts import (  # noqa: F401 - they register work, and what a restore ends
            api_answers,
            api_clients,
            calendar_feeds,
            factors_gone,
            leaving,
            sessions,
        )
