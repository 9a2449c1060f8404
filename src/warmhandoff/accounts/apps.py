from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "warmhandoff.accounts"
    label = "accounts"

    def ready(self) -> None:
        from warmhandoff.accounts import api_clients, leaving  # noqa: F401 - they register what a restore ends
