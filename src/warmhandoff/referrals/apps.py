from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "warmhandoff.referrals"
    label = "referrals"
