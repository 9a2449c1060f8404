from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "warmhandoff.accounts"
    label = "accounts"
