"""The web app's addresses."""

from django.urls import URLPattern

from warmhandoff.web.desk import clients, crisis, health, jump, outgoing, practice, signing, today

urlpatterns: list[URLPattern] = [
    *today.urlpatterns,
    *signing.urlpatterns,
    *clients.urlpatterns,
    *outgoing.urlpatterns,
    *practice.urlpatterns,
    *crisis.urlpatterns,
    *health.urlpatterns,
    *jump.urlpatterns,
]
