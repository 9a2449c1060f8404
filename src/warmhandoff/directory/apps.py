from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "warmhandoff.directory"
    label = "directory"
