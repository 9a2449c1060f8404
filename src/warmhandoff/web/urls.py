"""The web app's addresses."""

from django.urls import URLPattern

from warmhandoff.web.desk import clients, crisis, health, jump, outgoing, practice, signing, today
from warmhandoff.web.portal import views as portal
from warmhandoff.web.reply import views as reply

urlpatterns: list[URLPattern] = [
    *today.urlpatterns,
    *signing.urlpatterns,
    *clients.urlpatterns,
    *outgoing.urlpatterns,
    *practice.urlpatterns,
    *crisis.urlpatterns,
    *health.urlpatterns,
    *jump.urlpatterns,
    *portal.urlpatterns,
    *reply.urlpatterns,
]
