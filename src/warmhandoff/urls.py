"""Every address of the server. Staff pages need an account unless a view says otherwise, the API a token."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("warmhandoff.api.urls")),
    path("", include("warmhandoff.web.urls")),
    path("hsds/", include("warmhandoff.hsds.views")),
]
handler404 = "warmhandoff.web.errors.not_found"
handler500 = "warmhandoff.web.errors.server_error"
handler400 = "warmhandoff.web.errors.bad_request"
handler403 = "warmhandoff.web.errors.forbidden"
